# The suites of pt_cache_selftest.ko.
for suite in alloc refuse atomic supply concurrent audit tree tree_race lend; do
	load
	run_suite $suite
	is "$suite: no table was found dirty" "$(stat non_zero)" 0
	unload
done
