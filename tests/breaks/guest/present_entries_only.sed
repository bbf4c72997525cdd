# SPDX-License-Identifier: GPL-2.0
# Swapped pages, and markers of guards and userfaultfd, are lost.
# function: detach_is_empty
# parts: reclaim_load
s/!ptc_entry_none(any)/any \& _PAGE_PRESENT/
