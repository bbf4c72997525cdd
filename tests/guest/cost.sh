# What the reports of the direct map cost, in instructions: see cost-one-release.
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
