# SPDX-License-Identifier: GPL-2.0
# The suites of pt_cache_selftest.ko. suites=NAMES: these alone.
for suite in ${suites:-alloc refuse atomic supply concurrent audit attributes tree tree_race lend inject}; do
	lost=0
	[ "$suite" != supply ] || lost=512 # a block that stays uncached is kept
	free=$(free_kb)
	load
	run_suite "$suite"
	is "$suite: no table was found dirty" "$(stat non_zero)" 0
	is "$suite: no page is held, none was lost" "$(stat pages_held) $(stat leaked_pages)" "0 $lost"
	unload
	[ "$suite" != inject ] || compare 'inject: memory is back' $(($(free_kb) - free)) -gt -12000
done
