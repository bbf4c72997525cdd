# SPDX-License-Identifier: GPL-2.0
# What a process has whose allocator, jemalloc, gives memory back piece by piece: with auto_reclaim and without, with
# huge pages and without. Printed, not judged, but for its page tables.
# objects=NUMBER of 1k to 64k.
objects=${objects:-30000}
library=$PWD/build/tests/jemalloc/usr/lib/x86_64-linux-gnu/libjemalloc.so.2

# stages NAME THP: sets $full, $freed and $again to "VMRSS VMPTE ANONHUGE", and $faults to how many huge pages
stages() {
	echo "$2" > /sys/kernel/mm/transparent_hugepage/enabled
	before=$(vmstat thp_fault_alloc)
	MALLOC_CONF=dirty_decay_ms:500,muzzy_decay_ms:0,background_thread:true,narenas:4 LD_PRELOAD=$library \
		perl tests/guest/arena.pl "$objects" 12 > /run/stages
	faults=$(($(vmstat thp_fault_alloc) - before))
	full=$(sed -n 's/^full //p' /run/stages)
	freed=$(sed -n 's/^freed //p' /run/stages)
	again=$(sed -n 's/^again //p' /run/stages)
	diag "$1, huge pages $2: VmRSS, VmPTE, AnonHugePages in kB: full $full, freed $freed, used again $again;" \
		"$faults huge pages by faults"
}

# kb STAGE COLUMN
kb() {
	echo "$1" | cut -d ' ' -f "$2"
}

# 7.2 frees tables itself where a whole 2M is given back at once, and jemalloc merges what it can.
fewer=fewer
than=-lt
case $(uname -r) in 6.*) ;; *) fewer='no more' than=-le ;; esac

load
load_user auto_min=0
for pages in never always; do
	echo 0 > /sys/module/pt_cache_user/parameters/auto_reclaim
	stages without $pages
	kept=$(kb "$freed" 2)
	stock="$kept $(kb "$again" 1) $faults"
	echo 2 > /sys/module/pt_cache_user/parameters/auto_reclaim
	stages with $pages
	compare "huge pages $pages: page tables after most was freed, $kept kB without, $fewer with" \
		"$(kb "$freed" 2)" $than "$kept"
	values="$(uname -r) $(kb "$full" 1) $stock $(kb "$freed" 2) $(kb "$again" 1) $faults"
	case $pages in
	never) diag "figure: jemalloc_never $values" ;;
	always) diag "figure: jemalloc_always $values" ;;
	esac
done
ok 'no rule is broken' no_rule_is_broken
unload
