# SPDX-License-Identifier: GPL-2.0
# Of a table of several pages only the first is looked at.
# function: free_has_memtype
# test: alloc
s/i < 1U << order/i < 1/
