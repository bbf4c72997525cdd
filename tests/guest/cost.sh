# SPDX-License-Identifier: GPL-2.0
# What reports cost, in instructions: see cost-one-release.
. tests/guest/ticks.sh
load
load_actor
sleep 20 # 7.2 is busy at first

# Entries of the last level that was looked at, from the report itself.
entries() {
	awk 'NR > 2 { n += $3 / 2097152 + $4 / 1073741824 + 512 * $5 } END { printf "%d", n }' \
		$reports/direct_map
}

# costs REPORT LIMIT-PER-ENTRY WHEN
costs() {
	ticks=$(ticks_of "$reports/$1")
	entries=$(entries)
	diag "$1 $3: $ticks instructions, $entries entries, $((ticks / entries)) for each, $(wc -l < "$reports/$1") lines"
	compare "$1 costs at most $2 instructions for each entry, $3" "$ticks" -le $((entries * $2))
}

costs direct_map 100 'mapped by 2M'
compare '  and less than 5 million in all' "$ticks" -lt 5000000
costs direct_map_regions 500 'mapped by 2M'
hold alloc 100000
costs direct_map 100 'with 195 blocks'
costs direct_map_regions 500 'with 195 blocks'
hold free 100000

cost_of_tables 4000 1 empty
diag "pt_mm: $cost instructions for an empty PTE table; $row"
compare 'an empty PTE table costs at most 1000 instructions' $cost -le 1000
compare '  and is seen to be empty' "$(echo "$row" | awk '{ print $9 }')" -ge 4000
cost_of_tables 400 512
diag "pt_mm: $cost instructions for a full PTE table; $row"
compare 'a full one at most 2700' $cost -le 2700
