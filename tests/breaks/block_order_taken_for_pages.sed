# SPDX-License-Identifier: GPL-2.0
# The size of a run is taken for its order when it comes back.
# function: ptc_block_put
# file: block.h
# test: block
s/nr << order/nr/
