# SPDX-License-Identifier: GPL-2.0
# ptsplit.bt names each split of the direct map, and whoever caused it.
load adopt=0
load_actor
until_true 20 reserve_is_full
start_ptsplit

ours=$(stat splits)
blocks=0
# the page allocator may give what was split before; not for long
until [ $(($(stat splits) - ours)) -ge 9 ] || [ $blocks -ge 400 ]; do
	blocks=$((blocks + 5))
	hold alloc 2560
done
splits_settle
ours=$(($(stat splits) - ours))
is 'ptsplit.bt reports each split that the kernel counts' "$(splits | wc -l)" "$(kernel_splits)"
is 'each split of ours has our function in its stack' \
	"$(splits | grep -c '^sh .* ptc_direct_map_split ')" "$ours"
compare 'there were some' "$ours" -ge 9

# somebody who has nothing to do with pt_cache
others=$(kernel_splits)
echo ordinary 8 | tee $actor/flip > /run/tee.out
insmod "$ko/pt_cache_empty.ko"
rmmod pt_cache_empty
splits_settle
is "who else splits is named, and the kernel's function that it called" \
	"$(splits | grep -v ptc_direct_map_split | grep -c '^tee .* set_memory_uc .*flip')" 8
is 'all of them are reported' "$(splits | wc -l)" "$(kernel_splits)"
compare 'there were some of others' "$(kernel_splits)" -ge $((others + 8))
# The script goes on: loads is to come.
