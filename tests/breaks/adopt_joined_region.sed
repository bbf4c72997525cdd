# SPDX-License-Identifier: GPL-2.0
# A region that the kernel joins in the last moment is taken for one that is split.
# function: adopt_take
# test: adopt
s/if (!ptc_direct_map_is_split(pfn, PTC_BLOCK_PAGES))/if (false)/
