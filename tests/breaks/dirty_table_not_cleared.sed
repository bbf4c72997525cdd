# SPDX-License-Identifier: GPL-2.0
# A caller who takes a dirty table for want of a clean one gets it as it is.
# function: miss_take_and_clear
# test: alloc
/ptc_clear_tables(/d
