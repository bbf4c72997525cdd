# SPDX-License-Identifier: GPL-2.0
# What the kernel counts as VmPTE lacks a level.
# function: ptc_census_bytes
# test: census
s/census->tables\[PT_CACHE_PMD\] +//
