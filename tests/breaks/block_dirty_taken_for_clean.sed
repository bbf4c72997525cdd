# SPDX-License-Identifier: GPL-2.0
# A dirty page that is taken to be cleared stays dirty, and is handed out twice.
# function: ptc_block_take_dirty
# test: block
s/__test_and_clear_bit(i, block->dirty)/test_bit(i, block->dirty)/
