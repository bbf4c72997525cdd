# SPDX-License-Identifier: GPL-2.0
# The process's account keeps what was taken.
# function: detach_take_locked
# parts: reclaim
s|mm_dec_nr_ptes(detach->mm);||
