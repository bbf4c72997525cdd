# Whole empty blocks go back, by hand; nothing that is out does.
load
load_actor
# 32 MB of them are to come back: others take and give some MB meanwhile
hold alloc 8704
in_use() {
	awk 'NR > 2 && $5 > 0' $reports/blocks
}
blocks=$(in_use)
echo 1000000 > $reports/shrink
is 'blocks with tables out stay' "$(in_use)" "$blocks"

hold free_zeroed 8192
freed=$(stat blocks_freed)
free=$(free_kb)
echo 512 > $reports/shrink
is '512 pages are one block' $(($(stat blocks_freed) - freed)) 1
echo 1000000 > $reports/shrink
freed=$(($(stat blocks_freed) - freed))
compare 'the other empty ones follow' "$freed" -ge 15
is 'the tables still out are counted' "$(stat tables_in_use)" 512
is 'they are listed' "$(grep -c ' hold ' $reports/tables)" 512
compare 'the memory is free again' $(($(free_kb) - free)) -ge $((freed * 2048 * 3 / 4))

hold free 512
echo 1000000 > $reports/shrink
is 'nothing is left: magazines are drained, and the reserve goes last' "$(stat pages_held)" 0
hold alloc 1
is 'tables can be had after it' "$(stat tables_in_use)" 1
ok 'and the reserve is filled again' until_true 20 reserve_is_full
hold free 1
