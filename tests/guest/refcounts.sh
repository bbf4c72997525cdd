# SPDX-License-Identifier: GPL-2.0
# refcounts: its form, and that it agrees with pt_mm_tables and tables.
load
load_actor
hold alloc 700
begin /run/five.out perl tests/guest/tables.pl 300 5
five=$!
begin /run/full.out perl tests/guest/tables.pl 200 512
full=$!
begin /run/empty.out perl tests/guest/tables.pl 100 9 empty
empty=$!
for name in five full empty; do
	until_true 60 grep -q ready /run/$name.out
done

# bucket WHAT LEVEL FROM: its tables
bucket() {
	awk -v what="$1" -v level="$2" -v from="$3" '
		$1 == what && $2 == level && $3 == from { n = $5 } END { print n + 0 }' /run/refcounts
}

cat $reports/refcounts > /run/refcounts
is 'refcounts has its form' "$(sed -n '1,2p' /run/refcounts)" "# pt_cache refcounts format 1
# what level from to tables bytes"
is 'each record has its columns' "$(awk '!/^#/ && (NF != 6 || $3 > $4)' /run/refcounts)" ''
is 'the buckets of occupancy are 0, 1, 2-3 ... 512' \
	"$(awk '$1 == "occupancy" && $2 == "pte" { printf "%s-%s ", $3, $4 }' /run/refcounts)" \
	'0-0 1-1 2-3 4-7 8-15 16-31 32-63 64-127 128-255 256-511 512-512 '
compare 'tables of 5 pages are in 4 to 7' "$(bucket occupancy pte 4)" -ge 300
compare 'full ones in 512' "$(bucket occupancy pte 512)" -ge 200
compare 'empty ones in 0' "$(bucket occupancy pte 0)" -ge 100
compare 'and not many others' "$(bucket occupancy pte 0)" -le 160

# the same, table by table, of each process that pt_mm has
awk '!/^#/ && $1 != "-" { print $1 }' $reports/pt_mm | build/tests/ask pt_mm_tables |
	awk '$2 == "pte" && $6 != "-" { n[$6]++ }
	END {
		for (k in n) {
			for (from = 1; from * 2 <= k + 0; from *= 2)
				;
			sum[k + 0 ? from : 0] += n[k]
		}
		for (from in sum) print from, sum[from]
	}' | sort -n > /run/by_table
diag "$(paste -s -d ';' /run/by_table)" "$(grep -v '^#' /run/refcounts)"
is 'pt_mm_tables adds up to the same, but for what changed meanwhile' "$(
	awk 'NR == FNR { n[$1] = $2; next }
		$1 == "occupancy" && $2 == "pte" {
			d = $5 - n[$3]
			if (d > 40 || d < -40) print $3, "tables", $5, "one by one", n[$3] + 0
		}' /run/by_table /run/refcounts)" ''
is 'all users of the tables out' "$(awk '$1 == "users" { n += $5 } END { print n + 0 }' /run/refcounts)" \
	"$(stat tables_in_use)"
is 'each of them has one' "$(bucket users pte 1)" 700
for pid in $five $full $empty; do
	kill "$pid"
	wait "$pid"
done
hold free 700

# a tree's tables have as many as they have entries
insmod "$ko/pt_cache_example.ko"
cat $reports/refcounts > /run/refcounts
diag "$(grep '^users' /run/refcounts)" "$(grep ' example ' $reports/tables)"
is 'a PTE table of the example has 511 users' "$(bucket users pte 256)" 1
is 'tables says so' "$(awk '$2 == "example" && $3 == "pte" { print $4 }' $reports/tables)" 511
is 'and that its PMD table has 512' "$(awk '$2 == "example" && $3 == "pmd" { print $4 }' $reports/tables)" 512
ok 'the example says what it maps' sh -c "dmesg | grep -q 'pt_cache_example: 0x40001000 to 0x0000000180001000'"
ok 'the example can be unloaded' rmmod pt_cache_example
is 'its tables are back' "$(grep -c ' example ' $reports/tables)" 0
