# SPDX-License-Identifier: GPL-2.0
# A copy of a table is believed though what leads to it has changed meanwhile.
# function: ptc_path_read
# test: walk
s/while (level < PT_CACHE_PGD)/while (false \&\& level < PT_CACHE_PGD)/
