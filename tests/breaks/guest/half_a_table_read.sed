# SPDX-License-Identifier: GPL-2.0
# Tables whose second half has entries are taken.
# function: detach_is_empty
# parts: reclaim_load
s|PTRS_PER_PTE;|PTRS_PER_PTE / 2;|
