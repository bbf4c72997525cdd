# SPDX-License-Identifier: GPL-2.0
# A new block is let in before its maker has taken a table from it.
# function: miss_take_new_block
# test: alloc
/got = ptc_block_take/d; s/ptc_node_add(node, block, false);/&\n\tgot = ptc_block_take(block, cache->order, nr, pfns);/
