# SPDX-License-Identifier: GPL-2.0
# A table that several VMAs share is judged by, and locked for, the first one.
# function: ptc_sharers_find
# parts: reclaim_meet move_meet
# scenes: device
s/vma && vma->vm_start < end/vma \&\& !sharers->nr/
