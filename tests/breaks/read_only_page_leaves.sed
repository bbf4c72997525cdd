# SPDX-License-Identifier: GPL-2.0
# A page goes to the page allocator as the direct map has it.
# function: supply_free_pages
# test: alloc
/ptc_attributes_filter_leaving/d
