# SPDX-License-Identifier: GPL-2.0
# What was taken out of a tree is not flushed.
# function: ptc_gather_finish
# test: tree
s/gather->start < gather->end/false/
