# SPDX-License-Identifier: GPL-2.0
# A run of pages is freed although somebody has a reference to one of them.
# function: leave_join
# test: alloc
s/!page_ref_freeze(page + nr, 1)/(page_ref_unfreeze(page + nr, 0), false)/
