# SPDX-License-Identifier: GPL-2.0
# The OOM killer's victim gets as much memory where page tables are lent as where nothing of ours is loaded: what
# is free in blocks is had before it dies. pairs=N: so many pairs of runs, one without and one with. The bound is for
# the median of ten: a pair has three thousandths more or less than the next. Where fewer do not reach it, ten are run.
pairs=${pairs:-2}
most_pairs=10

# hog: the pages that one who takes all memory had when he was killed for it
hog() {
	kills=$(vmstat oom_kill)
	build/tests/hog > /run/hog 2> /run/hog.err
	[ ! -s /run/hog.err ] || diag "$(cat /run/hog.err)" >&2
	[ $(($(vmstat oom_kill) - kills)) -eq 1 ] || echo "$(($(vmstat oom_kill) - kills)) killed" >> /run/killed
	awk '{ print $1 }' /run/hog
}

sparse_says() { # WORD
	grep -q "$1" /run/sparse.out
}

begin_sparse() { # N [KEEP]
	begin /run/sparse.out build/tests/sparse "$@"
	sparse=$!
	until_true 120 sparse_says ready
}

end_sparse() {
	kill -KILL "$sparse"
	wait "$sparse" 2> /dev/null
}

lent() { # N: at least
	compare "  tables are lent: $(live in_use)" "$(live in_use)" -ge "$1"
}

recycling_has_ended() {
	begin /run/one build/tests/sparse 600 # who is served finds the dirty one
	until_true 20 grep -q ready /run/one
	kill -KILL $!
	wait $! 2> /dev/null
	grep -q '^serving no a table was found dirty' $reports/live
}

few_are_out() {
	[ "$(live in_use)" -lt 1000 ]
}

# freed_before WITH: tables that were freed right before
freed_before() {
	if [ -n "$1" ]; then
		load
		load_live max_blocks=100
	fi
	begin_sparse 16000
	[ -z "$1" ] || lent 12000
	end_sparse
	pages=$(hog)
}

# few_kept WITH: nothing is recycled any more, and in each block a few tables are out
few_kept() {
	if [ -n "$1" ]; then
		load verify_zero=1
		load_actor
		load_live max_blocks=100
	fi
	begin_sparse 30000 150
	if [ -n "$1" ]; then
		lent 22000
		echo 1 > $actor/dirty_ready
		ok '  recycling has ended' until_true 60 recycling_has_ended
		rmmod pt_cache_selftest # which takes 8 MB
	fi
	kill -USR1 "$sparse"
	until_true 60 sparse_says kept
	[ -z "$1" ] || until_true 30 few_are_out
	[ -z "$1" ] || diag "$(live in_use) tables out in $(live blocks) blocks"
	pages=$(hog)
	ok '  who holds tables lives' kill -0 "$sparse"
	end_sparse
}

median() { # FILE
	sort -n "$1" | awk '{ n[NR] = $1 } END { print int((n[int((NR + 1) / 2)] + n[int(NR / 2) + 1]) / 2) }'
}

have_as_much() { # by the pairs so far
	[ $(($(median /run/with) * 1000)) -ge $(($(tests/bound live.oom) * $(median /run/without))) ]
}

# case_of PROMISE FUNCTION
case_of() {
	rm -f /run/without /run/with /run/killed
	pair=0
	while [ $pair -lt "$pairs" ] || { [ $pair -lt $most_pairs ] && ! have_as_much; }; do
		pair=$((pair + 1))
		echo 1 > /proc/sys/vm/drop_caches
		$2 ''
		without=$pages
		echo 1 > /proc/sys/vm/drop_caches
		$2 with
		diag "pair $pair, $2: $((without / 256)) MB without, $((pages / 256)) MB with: $((pages * 1000 / without)) thousandths;" \
			"given back: $(stat shrink_pages) pages of whole blocks, $(stat oom_pages) single ones; $(live blocks) blocks are left"
		echo "$without" >> /run/without
		echo "$pages" >> /run/with
		unload
	done
	ok '  each hog, and nobody else, was killed' [ ! -e /run/killed ]
	at_least_of "$1" "$(median /run/with)" live.oom "$(median /run/without)"
}

case_of 'with tables freed right before, who takes all memory has as much as without us' freed_before
case_of 'where a few tables keep each block, he has, too' few_kept
