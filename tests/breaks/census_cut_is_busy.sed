# SPDX-License-Identifier: GPL-2.0
# What was found before the lock was lost is not told.
# function: ptc_census_of_process
# test: census
s/census->tables\[PT_CACHE_PGD\] ? PTC_CENSUS_CUT : //
