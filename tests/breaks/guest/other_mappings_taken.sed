# SPDX-License-Identifier: GPL-2.0
# Mappings whose owners write to page tables with locks of their own lose tables.
# function: sharers_may_change
# parts: reclaim_meet move_meet
# scenes: device arena
s/return vma->vm_file ? .*;/return true;/
