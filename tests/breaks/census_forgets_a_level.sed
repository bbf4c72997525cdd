# SPDX-License-Identifier: GPL-2.0
# What the kernel counts as VmPTE lacks a level.
# function: census_end
# file: census.c
# test: census
s/census->tables\[PT_CACHE_PMD\] +//
