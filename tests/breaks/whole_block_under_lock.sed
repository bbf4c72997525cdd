# SPDX-License-Identifier: GPL-2.0
# A node's lock is held while a whole block is looked at.
# function: ptc_collect_due
# test: scale
s/PTC_BATCH_MAX/PTC_BLOCK_PAGES/
