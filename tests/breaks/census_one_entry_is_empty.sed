# SPDX-License-Identifier: GPL-2.0
# A table with one entry counts as empty.
# function: census_count
# file: census.c
# test: census
s/occupancy == 0/occupancy <= 1/
