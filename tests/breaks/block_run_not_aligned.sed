# SPDX-License-Identifier: GPL-2.0
# A run of pages is not aligned to its size.
# function: block_find_run
# test: block
/start = ALIGN(start, size);/d
