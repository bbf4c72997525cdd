# SPDX-License-Identifier: GPL-2.0
# What looking costs grows with what is lent.
# function: ptc_collect_due
# test: scale
s/max(node->look_credit, 0) + 0U/UINT_MAX/
