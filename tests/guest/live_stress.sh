# SPDX-License-Identifier: GPL-2.0
# What stress-ng does to memory and to processes, with each table looked at when it is served; then what is
# left of it. stress_seconds=N: how long in all.
load verify_zero=1
load_live
echo 16 > /proc/sys/vm/nr_hugepages
echo 1 > /sys/kernel/mm/ksm/run
echo always > /sys/kernel/mm/transparent_hugepage/enabled
seconds=${stress_seconds:-45}

# stress NAME SECONDS STRESSOR...: one of each at a time
stress() {
	name=$1 time=$2
	shift 2
	for stressor; do set -- "$@" "--$stressor" 1; shift; done
	served=$(live served) recycled=$(live recycled)
	stress-ng --temp-path /tmp --timeout "$time" --oomable --vm-bytes 64m --mmap-bytes 32m \
		--mremap-bytes 16m --oom-avoid "$@" > /run/stress 2>&1
	status=$?
	diag "$name, $time s: $(($(live served) - served)) served, $(($(live recycled) - recycled)) taken back, status $status" \
		"$(grep -E 'fail|error|unexpected' /run/stress | head -n 5)"
	diag "held: $(($(live served) - served)) page tables of stress-ng's processes served, each looked at"
	is "$name: no table was served dirty" "$(live non_zero)" 0
	is "$name: it serves still" "$(live serving)" yes
	compare "$name: tables were served" $(($(live served) - served)) -gt 100
}

stress 'processes' $((seconds / 3)) fork exec clone vfork
stress 'memory' $((seconds / 3)) vm mmap mremap madvise
stress 'memory of other kinds' $((seconds / 3)) userfaultfd mlock brk bigheap msync
ok 'audit: all rules hold after it' no_rule_is_broken
diag "$(cat $reports/live | tail -n +3 | cut -c 1-80)"
is 'no page came back in a bad state' "$(stat bad_state)" 0
echo 0 > /proc/sys/vm/nr_hugepages
echo 2 > /sys/kernel/mm/ksm/run
unload
