# SPDX-License-Identifier: GPL-2.0
# Loading and unloading 50 times leaves memory as it was.
loads=50

counters() {
	sync
	echo 3 > /proc/sys/vm/drop_caches
	sleep 2 # what RCU and lazy vmap still hold
	printf '%s ' "$(free_kb)"
	for key in SUnreclaim Percpu VmallocUsed DirectMap4k; do
		printf '%s ' "$(meminfo $key)"
	done
}

# One cache that fills the reserves, and tables of it.
once() {
	load && load_actor && hold alloc 600 && hold free 300 &&
		rmmod pt_cache_selftest || failed=1 # and with its cache, the worker
	ours=$((ours + $(stat splits))) leaked=$((leaked + $(stat leaked_pages)))
	rmmod pt_cache || failed=1
}

empty() {
	insmod "$ko/pt_cache_empty.ko" && rmmod pt_cache_empty || failed=1
}

# many TIMES COMMAND
many() {
	for _ in $(seq "$1"); do $2; done
}

# In this guest nobody but pt_cache.ko calls these two. Its own functions have no names any more
# when the module is gone; the kernel's have.
our_splits() {
	splits | grep -E ' set_memory_(uc|wb) '
}

other_splits() {
	splits | grep -vE ' set_memory_(uc|wb) '
}

# What loads, unloads and frees modules, whatever the kernel calls it.
loader=' (load_module|do_init_module|free_module|do_free_init|__do_sys_delete_module|execmem_[a-z_]*)( |$)'

# How often each of the kernel's functions had the mapping changed, and for whom.
culprits() {
	awk '{
		for (i = 2; i < NF && $i ~ /^(flush_tlb_all|_*change_page_attr|_*set_(memory|direct_map|pages)|split_large)/; i++)
			;
		print $i " for " $(i + 1)
	}' | sort | uniq -c | sort -rn | sed 's/^ */  /'
}

# Which kernels collapse mappings is told by the line in /proc/vmstat; elsewhere there are none.
collapses() {
	echo $(($(vmstat direct_map_level2_collapses) + 0))
}

ours=0 leaked=0 failed=0
many 2 once # what the first time costs is no leak
[ -n "$ptsplit" ] || start_ptsplit
splits_settle
split_span
many 10 empty
splits_settle
diag "$(splits | wc -l) splits of 2M by 10 loads of an empty module:" "$(splits | culprits)"
is 'all splits by an empty module are reported' "$(splits | wc -l)" "$(kernel_splits)"
is "all of them are the kernel's module loader's" "$(splits | grep -vE "$loader")" ''

ours=0 leaked=0
before=$(counters)
collapsed=$(collapses)
split_span
many $loads once
splits_settle
after=$(counters)
all=$(kernel_splits)
collapsed=$(($(collapses) - collapsed))
until_true 20 splits_agree
is "$loads loads and unloads succeed" $failed 0
diag "free SUnreclaim Percpu VmallocUsed DirectMap4k, in kB: $before-> $after"
diag "$all splits of 2M by $loads loads: $ours of ours, and of the loader $(other_splits | wc -l):" \
	"$(other_splits | culprits)"
# shellcheck disable=SC2086  # words
set -- $before $after
# one block a load would be 100 MB, one side table 1 MB, one magazine a CPU 50 kB
compare 'memory is back' $(($1 - $6)) -lt 16384
compare 'slabs are back' $(($7 - $2)) -lt 1024
compare 'per-CPU memory is back' $(($8 - $3)) -le 64
compare 'vmalloc memory is back' $(($9 - $4)) -lt 256
is 'all splits are reported' "$(splits | wc -l)" "$all"
is 'those within our changes of a mapping are what pt_cache.ko counted' \
	"$(our_splits | wc -l)" $ours
# for a larger module the loader splits more than for an empty one, by no doing of ours
is "every other one is the kernel's module loader's" "$(other_splits | grep -vE "$loader")" ''
is 'DirectMap4k grew by what was split' $((${10} - $5)) $(((all - collapsed) * 2048))
is 'nothing was leaked' $leaked 0
all=$(splits_reported | wc -l)
stop_ptsplit
is 'ptsplit.bt: the total by size is right' \
	"$(sed -n 's/^@splits_by_size\[2M\]: //p' /run/ptsplit.out)" "$all"
ok 'there is a total by stack' grep -q '^@splits_by_stack' /run/ptsplit.out
ok 'and one by process' grep -q '^@splits_by_comm' /run/ptsplit.out
diag "$(grep -E '^@splits_by_(comm|size)' /run/ptsplit.out)"
