# SPDX-License-Identifier: GPL-2.0
# A region whose second half has another protection counts as one that could be a 2M mapping.
# function: walk_is_uniform
# test: walk
s/i < PTC_ENTRIES/i < PTC_ENTRIES \/ 2/
