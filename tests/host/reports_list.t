#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Documentation/reports.list is what the modules' rows say, and Documentation/reports.md explains each of them.
# PTC_SAVE=1 writes the list.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
list=Documentation/reports.list

ok 'the rows of all reports can be compiled' host_build reports_list "$tmp/reports_list" "${CC:-gcc}"
"$tmp/reports_list" > "$tmp/list"
is $? 0 '  and listed'
[[ ! $PTC_SAVE ]] || cp "$tmp/list" $list
ok "$list is that list (PTC_SAVE=1 writes it)" cmp "$tmp/list" $list
cmp -s "$tmp/list" $list || diff $list "$tmp/list" | diag

# unlike LIST: what reports.md does not say of a report of the list, or says of none
unlike() {
	awk -v list="$1" '
		FILENAME == list && $1 == "report" {
			reports[$2]
			mode[$2] = $6
			format[$2] = $4
			for (i = 8; i <= NF; i++)
				columns[$2, $i]
		}
		FILENAME == list { next }
		/^##/ { report = ""; table = 0 }
		/^### `/ {
			report = $2
			gsub("`", "", report)
			if (!(report in reports))
				print report ": no such report"
			documented[report]
		}
		report == "" { next }
		/[Mm]ode 0600/ { told_mode[report] = "0600" }
		match($0, /[Ff]ormat [0-9]+/) { told_format[report] = substr($0, RSTART + 7, RLENGTH - 7) }
		!/^\|/ { table = 0 }
		/^\| column / { table = 1; next }
		table && /^\| `/ {
			column = $2
			gsub("`", "", column)
			if (!((report, column) in columns))
				print report ": no such column: " column
			delete columns[report, column]
		}
		END {
			for (report in reports) {
				if (!(report in documented))
					print report ": is not explained"
				if (mode[report] != (told_mode[report] ? told_mode[report] : "0400"))
					print report ": has mode " mode[report]
				if (format[report] != (told_format[report] ? told_format[report] : 1))
					print report ": has format " format[report]
			}
			for (i in columns) {
				split(i, key, SUBSEP)
				print key[1] ": is not explained: column " key[2]
			}
		}' "$1" Documentation/reports.md | LC_ALL=C sort
}
is "$(unlike "$tmp/list")" '' 'Documentation/reports.md explains each report, its mode, its format and each column'

# what is looked for is found
sed -e 's/ in_use free$/ in_use busy free/' -e 's/^report audit format 1/report audit format 2/' \
	-e 's/^report lookup\(.*\)0600/report lookups\10400/' "$tmp/list" > "$tmp/other"
is "$(unlike "$tmp/other" | cut -d : -f 1,2 | uniq | tr '\n' ';')" \
	'audit: has format 2;blocks: is not explained;lookup: no such column;lookup: no such report;lookups: has format 2;lookups: is not explained;' \
	'  one that it does not explain is found'
done_testing
