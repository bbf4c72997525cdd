# SPDX-License-Identifier: GPL-2.0
# Memory that has no 2M page left, for real: every 512th page is taken, then every second.
load adopt=0 # what is adopted needs no supply
load_actor
# What others give back meanwhile, and compaction, may make a 2M page again: then once more.
for try in 1 2 3; do
	echo 512 > $actor/fragment
	empty_cache
	fresh=$(stat fresh) smaller=$(stat smaller)
	hold alloc 2000
	[ "$(cache_column hold fallbacks)" -eq 0 ] || break
	[ $try = 3 ] || { hold free 2000; empty_cache; }
done
is 'all tables are had without 2M pages' "$(stat tables_in_use)" 2000
compare 'from smaller runs' "$(stat smaller)" -gt "$smaller"
diag "$(($(stat fresh) - fresh)) blocks of 2M, $(($(stat smaller) - smaller)) smaller runs"
compare 'which count as fallbacks' "$(cache_column hold fallbacks)" -gt 0
ok 'blocks names their origin' grep -q ' smaller ' $reports/blocks
hold free 2000
empty_cache
ok 'smaller runs go back as well' sh -c "! grep -q ' smaller ' $reports/blocks"

single=$(stat single) splits=$(stat splits)
# In one breath, by the shell itself: a fork needs a run of four pages, and where there is none, the
# kernel kills processes until there is one.
echo 2 > $actor/fragment
echo alloc 2000 > $actor/hold
echo 0 > $actor/fragment
is 'all tables are had from single pages' "$(stat tables_in_use)" 2000
compare 'which are counted' "$(stat single)" -gt "$single"
diag "$(($(stat single) - single)) single pages, $(($(stat splits) - splits)) splits"
is 'and listed' "$(awk '!/^#/ && $4 == "single"' $reports/blocks | wc -l)" \
	"$(($(stat single) - single))"
hold free 2000
empty_cache
hold alloc 512
hold free 512
is 'nothing was found dirty' "$(stat non_zero)" 0
