# SPDX-License-Identifier: GPL-2.0
# Regions that are split already: taken again, from under others' pages, and left alone if need be.
load
load_actor
until_true 20 reserve_is_full
until_true 6 quiet

level2() {
	vmstat direct_map_level2_splits
}

# the first page frames of blocks with tables out, one a line
blocks_in_use() {
	awk '!/^#/ && $5 > 0 { print $1 }' $reports/blocks
}

hold alloc 4096
split=$(blocks_in_use)
ours=$(echo "$split" | wc -l)
empty_cache
splits=$(level2) adopted=$(stat adopted) avoided=$(stat split_avoided)
had=$(grep -c ' adopted ' $reports/blocks)
hold alloc 3584
is 'what was given back is adopted: as many tables again split nothing' "$(level2)" "$splits"
# a request does not wait long for the worker: what was split before may come from the page allocator
compare 'the splits that were saved are counted' $(($(stat split_avoided) - avoided)) -ge 7
compare 'and adopting' $(($(stat adopted) - adopted)) -ge 1
is 'blocks names the origin' "$(grep -c ' adopted ' $reports/blocks)" \
	$(($(stat adopted) - adopted + had))
diag "$(($(stat adopted) - adopted)) regions adopted"
is 'blocks are of the node that was asked' \
	"$(awk '!/^#/ && $5 > 0 && $3 != 0' $reports/blocks)" ''
ok 'what is adopted is in the direct map as every block is' \
	sh -c "grep -q ' pte rw.* pt_cache' $reports/direct_map_regions"
hold free 3584
empty_cache

# The same with other people's memory in these regions.
echo never > /sys/kernel/mm/transparent_hugepage/enabled
begin /run/keeper.out numactl --interleave=all build/tests/keeper 40 256
keeper=$!
until_true 120 grep -q ready /run/keeper.out
echo > /sys/kernel/tracing/trace
echo 1 > /sys/kernel/tracing/events/pt_cache/block_adopt/enable
# One of whose pages somebody holds the lock, and does not come to the end.
locked=
for pfn in $split; do
	if echo "lock $pfn" > $actor/pin; then
		locked=$pfn
		break
	fi
done 2> /dev/null
if [ -n "$locked" ]; then
	hold alloc 600
	sleep 2
	rm -f /run/shrunk
	(echo 1 > $reports/shrink; touch /run/shrunk) &
	ok 'a region with a page that somebody has locked holds nobody up' until_true 60 [ -e /run/shrunk ]
	ok '  and is not tried' sh -c "! grep -q 'pfn=$locked ' /sys/kernel/tracing/trace"
	echo 0 > $actor/pin
	hold free 600
	empty_cache
	echo > /sys/kernel/tracing/trace
else
	skip 'a region with a page that somebody has locked' 'others have no memory in these regions'
fi
# All of which somebody has locked in memory: the control is that they are had afterwards, unlocked.
mlocked=
for pfn in $split; do
	echo "$pfn" > $actor/pin && mlocked="$mlocked $pfn"
done 2> /dev/null
echo 0 > $actor/pin
if [ -n "$mlocked" ]; then
	kill -USR2 $keeper
	ok 'others have locked their memory' until_true 120 grep -q '^locked' /run/keeper.out
	echo > /sys/kernel/tracing/trace
	# more tables than all these regions have, so that the worker looks at each
	for _ in $(seq $((ours * 5))); do
		hold alloc 128
		sleep 0.3
	done
	is 'regions with pages that are locked in memory are not tried' \
		"$(for pfn in $mlocked; do grep -o "pfn=$pfn .*" /sys/kernel/tracing/trace; done)" ''
	empty_cache
	kill -USR2 $keeper
	until_true 120 grep -q '^unlocked' /run/keeper.out
	echo > /sys/kernel/tracing/trace
else
	skip 'regions with pages that are locked in memory' 'others have no memory in these regions'
fi
splits=$(level2) adopted=$(stat adopted) failed=$(stat adopt_failed)
retyped=$(stat adopt_retyped)

held=0 pinned=
for pfn in $split; do
	if echo "$pfn" > $actor/pin; then
		held=$((held + 1)) pinned=$pfn
	fi
done 2> /dev/null
diag "$held of $ours regions hold movable pages of others; pfn $pinned has one that is pinned"

tried() {
	grep "pfn=$pinned .*error=-" /sys/kernel/tracing/trace | head -n 1
}

# A request waits for the worker a quarter of a second at most, and then splits. Moving a region's pages may
# take an emulated machine longer: the worker, which is asked ahead of need, gets the time.
stock_is_ready() {
	[ "$(stat pages_clean)" -ge 128 ]
}

alloc_from_stock() { # TABLES
	for _ in $(seq $(($1 / 128))); do
		until_true 20 stock_is_ready
		hold alloc 128
	done
}

# Where the page allocator puts others' memory is not ours to say: seldom are they elsewhere.
if [ "$held" -ge 2 ]; then
	alloc_from_stock $(((held - 1) * 512))
	after=$(level2)
	for _ in 1 2 3 4; do # the last one is still to be tried
		[ -z "$(tried)" ] || break
		hold alloc 600
		sleep 1
	done
	is 'tables come from regions that others used, and split nothing' "$after" "$splits"
	compare 'their pages were moved' $(($(stat adopted) - adopted)) -ge 1
	diag "$(($(stat adopted) - adopted)) regions adopted" "$(tried)"
	if [ -n "$(tried)" ]; then
		compare 'a region with a page that cannot be moved is not had, which is counted' \
			$(($(stat adopt_failed) - failed)) -ge 1
	else
		skip 'a region with a page that cannot be moved' 'others were enough for the worker'
	fi
	is 'what became of the pageblocks that could not be had is counted' \
		"$(grep -c 'error=-[0-9]* type=\(un\|re\).* type_after=movable' /sys/kernel/tracing/trace)" \
		$(($(stat adopt_retyped) - retyped))
	ok 'it is no block of ours' sh -c "! grep -q '^$pinned ' $reports/blocks"
else
	skip "others' pages are moved" 'others have no memory in these regions'
fi
echo 0 > /sys/kernel/tracing/events/pt_cache/block_adopt/enable
echo 0 > $actor/pin
kill -USR1 $keeper
wait $keeper
is 'nobody has lost a page: all hold what was written to them' $? 0
diag "$(cat /run/keeper.out)"
hold free 1048576
empty_cache
is 'all goes back' "$(stat pages_held)" 0
is 'nothing was found dirty' "$(stat non_zero)" 0

echo N > /sys/module/pt_cache/parameters/adopt
ok 'info says that adopting is off' grep -q '^adopt no switched off' $reports/info
adopted=$(stat adopted)
hold alloc 512
is 'and nothing is adopted' "$(stat adopted)" "$adopted"
echo Y > /sys/module/pt_cache/parameters/adopt
ok 'or on' grep -q '^adopt yes' $reports/info
empty_cache
