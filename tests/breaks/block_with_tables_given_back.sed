# SPDX-License-Identifier: GPL-2.0
# A block is given back with tables out.
# function: ptc_node_isolate_empty
# test: alloc
s/PTC_GROUP_EMPTY_DIRTY, /PTC_GROUP_SPENT, /; s/if (!ptc_block_empty(block))/if (!block)/
