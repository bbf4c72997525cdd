# What reports cost, in instructions: see cost-one-release.
load
load_actor
sleep 20 # 7.2 is busy at first

# Entries of the last level that was looked at, from the report itself.
entries() {
	awk 'NR > 2 { n += $3 / 2097152 + $4 / 1073741824 + 512 * $5 } END { printf "%d", n }' \
		$reports/direct_map
}

ticks_of() {
	gcc -O2 -nostdlib -static -DREPORT="\"$reports/$1\"" -o "/tmp/ticks-$1" tests/guest/ticks.c &&
		"/tmp/ticks-$1"
}

# costs REPORT LIMIT-PER-ENTRY WHEN
costs() {
	ticks=$(ticks_of "$1")
	entries=$(entries)
	diag "$1 $3: $ticks instructions, $entries entries, $((ticks / entries)) for each, $(wc -l < $reports/$1) lines"
	compare "$1 costs at most $2 instructions for each entry, $3" "$ticks" -le $((entries * $2))
}

costs direct_map 100 'mapped by 2M'
compare '  and less than 5 million in all' "$ticks" -lt 5000000
costs direct_map_regions 500 'mapped by 2M'
hold alloc 100000
costs direct_map 100 'with 195 blocks'
costs direct_map_regions 500 'with 195 blocks'
hold free 100000

# with_tables N K [empty]: a process has them; its line in pt_mm is $row, and reading takes $ticks.
with_tables() {
	perl tests/guest/tables.pl "$@" > /run/tables.out 2>&1 &
	until_true 120 grep -q ready /run/tables.out
	ticks=$(ticks_of pt_mm)
	row=$(awk -v pid=$! '$1 == pid' $reports/pt_mm)
	kill $!
	wait $! 2> /dev/null
}

# What one of N tables costs a reader of pt_mm, all else being equal: cost_of_tables N K [empty]
cost_of_tables() {
	with_tables 1 "$2" $3
	one=$ticks
	with_tables "$@"
	cost=$(((ticks - one) / ($1 - 1)))
}

cost_of_tables 4000 1 empty
diag "pt_mm: $cost instructions for an empty PTE table; $row"
compare 'an empty PTE table costs at most 1000 instructions' $cost -le 1000
compare '  and is seen to be empty' "$(echo "$row" | awk '{ print $9 }')" -ge 4000
cost_of_tables 400 512
diag "pt_mm: $cost instructions for a full PTE table; $row"
compare 'a full one at most 2700' $cost -le 2700
