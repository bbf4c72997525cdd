# SPDX-License-Identifier: GPL-2.0
# A lent table is taken back while the kernel uses it.
# function: collect_is_left
# test: alloc
s/ != 1)/ > 2)/
