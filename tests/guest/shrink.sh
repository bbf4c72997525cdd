# SPDX-License-Identifier: GPL-2.0
# Whole empty blocks go back, by hand; nothing that is out does.
load
load_actor
hold alloc 8704
in_use() {
	awk '!/^#/ && $5 > 0' $reports/blocks
}
blocks=$(in_use)
echo 1000000 > $reports/shrink
is 'blocks with tables out stay' "$(in_use)" "$blocks"

hold free_zeroed 8192
freed=$(stat blocks_freed)
echo 512 > $reports/shrink
is '512 pages are one block' $(($(stat blocks_freed) - freed)) 1
echo 1000000 > $reports/shrink
freed=$(($(stat blocks_freed) - freed))
compare 'the other empty ones follow' "$freed" -ge 15
is 'the tables still out are counted' "$(stat tables_in_use)" 512
is 'they are listed' "$(grep -c ' hold ' $reports/tables)" 512

# 32 MB of blocks go back: is as much free then? Others take and give memory meanwhile (khugepaged some
# MB in one go), so there are three tries; pages that got lost would be missing in each.
gives_memory_back() {
	hold alloc 8192
	hold free_zeroed 8192
	freed=$(stat blocks_freed)
	reclaimable_kb > /run/reclaimable
	free=$(free_kb)
	cat /proc/meminfo > /run/meminfo
	echo 1000000 > $reports/shrink
	freed=$((($(stat blocks_freed) - freed) * 2048))
	free=$(($(free_kb) - free))
	[ $freed -ge 30720 ] && [ $free -ge $((freed * 3 / 4)) ] && return
	echo "$freed kB were given back, $free kB are free; before and now:"
	paste /run/meminfo /proc/meminfo
	return 1
}
ok 'the memory is free again' eval 'gives_memory_back || gives_memory_back || gives_memory_back'

# Counted by batches, and not what lies in magazines.
compare 'before, they counted as memory that can be reclaimed' "$(cat /run/reclaimable)" -ge $((8192 * 4 - 2048))

hold free 512
echo 1000000 > $reports/shrink
is 'and nothing does when nothing is left' "$(reclaimable_kb)" 0
is 'nothing is left: magazines are drained, and the reserve goes last' "$(stat pages_held)" 0
hold alloc 1
is 'tables can be had after it' "$(stat tables_in_use)" 1
ok 'and the reserve is filled again' until_true 20 reserve_is_full
hold free 1
