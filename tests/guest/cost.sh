# SPDX-License-Identifier: GPL-2.0
# What reports cost, in instructions: for kind `cost` of one-release.
. tests/guest/ticks.sh
load
load_actor
sleep 20 # 7.2 is busy at first

# Entries of the last level that was looked at, from the report itself.
entries() {
	awk '!/^#/ { n += $3 / 2097152 + $4 / 1073741824 + 512 * $5 } END { printf "%d", n }' \
		$reports/direct_map
}

# costs REPORT WHEN
costs() {
	ticks=$(ticks_of "$reports/$1")
	entries=$(entries)
	diag "$1 $2: $ticks instructions, $entries entries, $((ticks / entries)) for each, $(wc -l < "$reports/$1") lines"
	at_most "$1, $2: instructions of an entry" "$ticks" "$1.entry" "$entries"
}

costs direct_map 'mapped by 2M'
at_most '  and of all' "$ticks" direct_map.all
costs direct_map_regions 'mapped by 2M'
hold alloc 100000
costs direct_map 'with 195 blocks'
costs direct_map_regions 'with 195 blocks'
hold free 100000

cost_of_tables 4000 1 empty
diag "pt_mm: $cost instructions for an empty PTE table; $row"
at_most 'pt_mm: instructions of an empty PTE table' "$cost" pt_mm.empty_table
compare '  and is seen to be empty' "$(echo "$row" | awk '{ print $9 }')" -ge 4000
cost_of_tables 400 512
diag "pt_mm: $cost instructions for a full PTE table; $row"
at_most 'pt_mm: of a full one' "$cost" pt_mm.full_table
