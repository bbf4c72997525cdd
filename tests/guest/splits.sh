# SPDX-License-Identifier: GPL-2.0
# One split of the direct map for 512 tables, by the kernel's own count.
load adopt=0 # what is split already would do as well
load_actor
until_true 20 reserve_is_full
# after a module is loaded the kernel frees its init pages, which may split the direct map as well
until_true 6 quiet

ok 'the reserve is filled by the first cache' reserve_is_full
splits=$(vmstat direct_map_level2_splits) ours=$(stat splits) fresh=$(stat fresh)
avoided=$(stat split_avoided) map4k=$(meminfo DirectMap4k)
hold alloc 5120
fresh=$(($(stat fresh) - fresh)) ours=$(($(stat splits) - ours))
avoided=$(($(stat split_avoided) - avoided))
splits=$(($(vmstat direct_map_level2_splits) - splits))
is '5120 tables take 10 blocks' "$fresh" 10
is 'each block that was mapped by 2M is split once, and the kernel counts as we do' "$splits" "$ours"
is 'no other block is split' $((ours + avoided)) 10
is 'DirectMap4k grows by what was split' $(($(meminfo DirectMap4k) - map4k)) $((splits * 2048))
diag "side tables: $(stat side_table_bytes) bytes for $(stat pages_held) pages"
compare 'side tables stay below 1% of the blocks' \
	$(($(stat side_table_bytes) * 100)) -lt $(($(stat pages_held) * 4096))
is 'a table that is out is counted' "$(stat tables_in_use)" 5120

splits=$(vmstat direct_map_level2_splits)
hold free 5120
hold alloc 5120
is 'recycled tables split nothing' "$(vmstat direct_map_level2_splits)" "$splits"
is 'nothing was found dirty' "$(stat non_zero)" 0
