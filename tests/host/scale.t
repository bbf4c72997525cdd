#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What must not grow with what is lent: the figures of tests/host/scale for machines of up to 128 GB,
# each against its bound. The looks are counted, and the same on any machine.

cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT

status=0
tests/host/scale -r 1G 16G 128G > "$tmp/figures" 2> "$tmp/log" || status=$?
is "$status" 0 'each machine gets all of its pages back in the end'
((status == 0)) || diag < "$tmp/log"

# at_most FIGURE MOST PROMISE [FACTOR]: at each size; FACTOR: so much for each of these
at_most() {
	is "$(awk -v name="$1" -v most="$2" -v factor="${4-}" '
		{ f[$1, $2] = $3; sizes[$1] }
		END {
			for (size in sizes) {
				limit = most * (factor ? f[size, factor] : 1)
				if (!((size, name) in f) || f[size, name] > limit)
					printf "%s: %s, at most %s; ", size, f[size, name], limit
				found++
			}
			if (found != 3)
				printf "%d sizes", found
		}' "$tmp/figures")" '' "$3"
}

at_most growth.misses 0 'no request is in vain while the number of lent tables grows'
at_most growth.looks 4 '  and few lent tables are looked at for each that is lent'
at_most idle.looks 1000 'while nothing happens a node is looked at 1,000 times a second at most' nodes
at_most short.looks 20000 'short processes have lent tables looked at 20,000 times a second at most'
at_most short.missing 0 '  and each gets its tables'
at_most miss.looks 0 'a request at the limit looks at nothing without a sign'
at_most miss.locks 0 '  and takes no lock'
at_most scan.looks 32768 'a scan of the shrinker keeps to its budget where it finds nothing'
at_most left.scan.looks 32768 '  and where there is much to find'
at_most oom.looks 262144 'the OOM notifier keeps to its budget for each node where it finds nothing' nodes
at_most left.oom.looks 262144 '  and where there is much to find' nodes
at_most bytes.block 20971 'side tables are less than 1% of a block'
at_most idle_magazines.left 0 'magazines that have been idle keep nothing'

# The worker comes after 8 s at most, and sees that the kernel has fewer page tables.
at_most together.all 20 'what a process left is found within 20 s, whatever is lent'
at_most spread.all 20 '  also where it is spread over all blocks'

# over COLUMN MOST: where more is done with a node's lock held; the columns are those of scale -r
over() {
	awk -v column="$1" -v most="$2" '$2 == "hold" && $column > most {
		print $1, $3 ": " $column }' "$tmp/figures"
}

ok 'places that take the lock of a node are known' \
	[ "$(awk '$2 == "hold" { print $3 }' "$tmp/figures" | sort -u | grep -c '^[a-z]')" -ge 10 ]
is "$(over 5 64)" '' '  none of them holds it for more than 64 tables'
is "$(over 6 80)" '' '  nor comes by more than 80 blocks'
is "$(over 7 512)" '' '  nor takes more than 8 steps for each of 64'
echo "# $(awk '$2 == "run.seconds" { sum += $3 } END { print sum }' "$tmp/figures") s of CPU time"
done_testing
