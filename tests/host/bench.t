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
has "$tmp/table" 'pair, freed as zero                 127      127        0       5127     1031' \
	'the table has each mix, with clearing and without'
is "$(grep -c ' $' "$tmp/table")" 0 '  and no line ends in blanks'
# what the README shows was made by the script
shown=$(awk '/^## What it costs/ { on = 1 } on && /^kernel / { show = 1 } show && /^```/ { exit } show' README.md)
is "$shown" "$(tests/bench/table -v unit=instructions -v kernel="$(sed -n 's/^kernel //p' <<< "$shown")" -v what=table $figures)" \
	'the README shows the table of these figures'

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

table json > "$tmp/json"
if command -v python3 > /dev/null; then
	ok 'JSON is valid, with each figure' python3 -c '
import json, sys
figures = json.load(open(sys.argv[1]))["figures"]
lines = [line.split() for line in open(sys.argv[2])]
assert figures == {line[0]: int(line[1]) for line in lines}' "$tmp/json" "$figures"
fi
done_testing
