#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which lines of module/ the other tests here and the corpora of the fuzz targets run, as a table. A
# file that is tested here, and not by the way, is run all but for a few lines.
# COVERAGE_JSON=FOLDER: leave there what gcov says, for a sum with other runs.

cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT

status=0
tests/host/coverage ${COVERAGE_JSON:+"$COVERAGE_JSON"} > "$tmp/table" 2> "$tmp/log" || status=$?
is "$status" 0 'coverage can be measured'
is "$(cat "$tmp/log")" '' '  by programs that all pass'
sed 's/^/# /' "$tmp/table"
awk 'NR > 1 { lines += $2; run += $3 }
	END { if (lines) printf "# figure: coverage host %d %.1f\n", lines, 100 * run / lines }' "$tmp/table"
for file in alloc/{adopt,block,magazine,node,index}.c tree/{map,pte,users,walk,way}.c direct_map/{walk,split}.c pgtable/path.c census/{audit,census,cgroups,lookup,mm_tables,mm_walk,mmap_lock,suspects}.c report/report.c debugfs/{blocks,caches,direct_map,direct_map_regions,filter,info,lookup}.c debugfs/{page_tables,pt_cgroup,pt_mm,pt_mm_tables,stats,tables}.c; do
	percent=$(awk -v file="module/$file" '$1 == file { print $4 + 0 }' "$tmp/table")
	ok "more than 85% of the lines of module/$file are run (${percent:-0})" \
		awk -v percent="${percent:-0}" 'BEGIN { exit !(percent > 85) }'
done
done_testing
