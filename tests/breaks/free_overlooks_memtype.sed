# SPDX-License-Identifier: GPL-2.0
# A table that was made uncached goes to the magazine, and to the next holder.
# function: free_table
# test: alloc
s/unlikely(ptc_page_has_memtype(page))/0/
