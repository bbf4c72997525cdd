# SPDX-License-Identifier: GPL-2.0
# Holes are punched while tables of the file's mappings are taken.
# function: sharers_lock_rmap
# parts: reclaim_meet move_meet
# scenes: punch
s|if (vma->vm_file)|if (false)|
