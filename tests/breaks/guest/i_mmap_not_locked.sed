# SPDX-License-Identifier: GPL-2.0
# Holes are punched while tables of the file's mappings are taken.
# function: sharers_lock_rmap
# parts: reclaim_meet
# scenes: punch
s/vma->vm_file && /false \&\& /
