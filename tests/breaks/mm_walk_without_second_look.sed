# SPDX-License-Identifier: GPL-2.0
# A PTE table that was freed while it was looked at is told of.
# function: mm_walk_step
# test: mm_walk
s/gone = level == PT_CACHE_PTE/gone = false/
