#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tests/figures writes Documentation/figures.md: of what runs have printed, and of what it said before.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
document=$tmp/Documentation/figures.md

# A project that has what the script needs, and no build/.
mkdir -p "$tmp/tests/host/data" "$tmp/Documentation"
cp tests/figures tests/held "$tmp/tests/"
cp Documentation/figures.md "$document"
cp "$document" "$tmp/before"
figures() { "$tmp/tests/figures" "$@"; }
row() { # TABLE KERNEL
	awk -v name="$1" -v kernel="$2" '$0 == "<!-- " name " -->" { on = 1 } /^<!-- end/ { on = 0 }
		on && index($0, "| " kernel) == 1' "$document"
}

figures
ok 'Documentation/figures.md is as tests/figures writes it' cmp "$document" "$tmp/before"
cmp -s "$document" "$tmp/before" || diff "$tmp/before" "$document" | diag

# Every table has the lines of a test, of as many values as it has columns.
while read -r table; do
	ok "a test prints figures for the table $table" grep -qr "figure: $table " tests/guest tests/host/coverage.t tests/coverage
	is "$(awk -F '|' -v name="$table" '$0 == "<!-- " name " -->" { on = 1; next } /^<!-- end/ { on = 0 }
		on && !columns { columns = NF } on && NF != columns' "$document")" '' '  and each row of it is whole'
done < <(sed -n 's/^@table \([a-z_]*\) .*/\1/p' tests/figures)

printf '%s\n' '# figure: forks 6.12.999+deb13-amd64 20000 500 30 501 11 1234567 3' '# figure: forks 6.1.5 1 2 3 4 5 6 7' \
	'# held: 12 rows read' >"$tmp/log"
figures "$tmp/log"
is "$(row forks 6.12)" '| 6.12.999+deb13-amd64 | 20,000 | 500 | 30 | 501 | 11 | 1,234,567 | 3 |' 'a line of a log becomes the row of its series'
is "$(row forks 6.1.)" '| 6.1.5 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |' '  one that had none, too'
ok '  all else stays' test "$(grep -vc '^| 6' "$document")" = "$(grep -vc '^| 6' "$tmp/before")"
cp "$document" "$tmp/before"

echo 'Files=1, Tests=34, 1 wallclock secs' >>"$tmp/log"
figures "$tmp/log"
is "$(row held 'rows read'; row held tests)" $'| rows read | 12 |\n| tests | 34 |' 'the log of a whole run says what it held'
cp "$document" "$tmp/before"
echo 'Result: FAIL' >>"$tmp/log"
figures "$tmp/log" 2>"$tmp/said"
is $? 1 'that of a run that failed is refused'
has "$tmp/said" 'give the log of a run that passed' '  with what to do'
ok '  and changes nothing' cmp "$document" "$tmp/before"

mkdir -p "$tmp/build/bench"
echo 'kernel 9.9' >"$tmp/build/bench/trixie-backports.txt"
echo 'a 1' >"$tmp/build/bench/trixie-backports.figures"
echo 'memory 1G' >"$tmp/build/scale.txt"
touch -d '1 hour ago' "$document"
figures
has "$document" 'kernel 9.9' 'what the benchmark has left in build/ is taken'
has "$tmp/tests/host/data/bench.figures" 'a 1' '  with its figures'
has "$document" 'memory 1G' 'what tests/host/scale has left there, too'
echo 'memory 2G' >"$tmp/build/scale.txt"
touch -d '1 hour ago' "$tmp/build/scale.txt"
figures
has "$document" 'memory 1G' '  but not what is older'
done_testing
