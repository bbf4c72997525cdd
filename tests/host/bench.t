#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What tests/bench/table makes of figures, here those of a run on 7.3: a table, JSON, and a verdict.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
figures=tests/host/data/bench.figures

# table WHAT [FIGURES]
table() {
	tests/bench/table -v unit=instructions -v kernel=7.3.4 -v what="$1" "${2:-$figures}"
}

# with NAME VALUE: the figures with another value
with() {
	awk -v name="$1" -v value="$2" '$1 == name { $2 = value } { print }' "$figures" > "$tmp/figures"
}

table table > "$tmp/table"
has "$tmp/table" 'pair, freed as zero                 129      129        0       5127     1031' \
	'the table has each mix, with clearing and without'
is "$(grep -c ' $' "$tmp/table")" 0 '  and no line ends in blanks'
# what the documentation shows was made by the script
shown=$(awk '/^<!-- bench -->/ { on = 1 } on && /^kernel / { show = 1 } show && /^```/ { exit } show' Documentation/figures.md)
is "$shown" "$(tests/bench/table -v unit=instructions -v kernel="$(sed -n 's/^kernel //p' <<< "$shown")" -v what=table $figures)" \
	'Documentation/figures.md shows the table of these figures'

table check > "$tmp/check"
is $? 0 'numbers that hold are a success'
is "$(grep -c '^ok' "$tmp/check")" "$(sed -n 's/^1\.\.//p' "$tmp/check")" '  each of them is told'
with zeroed.pair.alloc 150100
table check "$tmp/figures" > "$tmp/check"
is $? 1 'one that does not hold is a failure'
is "$(grep -c '^not ok' "$tmp/check")" 1 '  of that number alone'
with scale.2.4.handoff.locks 40000
table check "$tmp/figures" > "$tmp/check"
is $? 1 'a lock that is taken too often is one'
for figure in zeroed.bulk.alloc splits.tables sizes.pages scale.2.4.plain.locks; do
	grep -v "^$figure " "$figures" > "$tmp/figures"
	table check "$tmp/figures" > "$tmp/check"
	is $? 1 "and if $figure is missing, it is one"
done

# a promise without a number, or a number that nobody reads
named() { sed -nE 's/^([a-z_]+\.[a-z_]+)[[:space:]].*/\1/p' tests/bounds; }
used=$(grep -ohE '\b(bench|pt_mm|mmap_lock|live|direct_map|reclaim|move)\.[a-z_]+' tests/bench/table tests/guest/{cost,live_cost,live_looks,nodes,oom}.sh)
is "$(for name in $(named); do grep -qx "$name" <<<"$used" || echo "$name"; done | xargs)" \
	'direct_map.entry direct_map_regions.entry' 'each bound is read, those aside whose names cost.sh puts together'
is "$(tests/bound bench.pair 7.3)" "$(awk '$1 == "bench.pair" { print $2 }' tests/bounds)" 'a bound is read from the list'
ok 'a bound that is not in the list is an error' sh -c '! tests/bound bench.nothing 2>/dev/null'
mkdir "$tmp/own"
cp tests/bound "$tmp/own/"
echo 'a 10 6.1:20 6.12:30 # 40' >"$tmp/own/bounds"
is "$(for kernel in 6.1.192-1-amd64 6.12.118+deb13 6.18.1 7.3; do "$tmp/own/bound" a $kernel; done | xargs)" '20 30 10 10' \
	'a series of kernels may have a bound of its own'

table json > "$tmp/json"
if command -v python3 > /dev/null; then
	ok 'JSON is valid, with each figure' python3 -c '
import json, sys
figures = json.load(open(sys.argv[1]))["figures"]
lines = [line.split() for line in open(sys.argv[2])]
assert figures == {line[0]: int(line[1]) for line in lines}' "$tmp/json" "$figures"
fi
done_testing
