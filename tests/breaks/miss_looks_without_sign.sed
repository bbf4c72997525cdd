# SPDX-License-Identifier: GPL-2.0
# A request that finds no clean table looks at lent ones, whether or not something tells of any that are free.
# function: ptc_collect_is_promising
# test: scale
s/return !list_empty(&node->look_lists\[0\]) &&/return true ||/
