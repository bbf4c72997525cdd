# SPDX-License-Identifier: GPL-2.0
# Memory that came online for the kernel's own use (online_kernel), and that page tables of processes lie in, is emptied
# of them by `range`, and goes offline.
memory=/sys/devices/system/memory

# The lowest first: its zone (DMA32) is the last that is filled.
sections_of_node_1() {
	for folder in /sys/devices/system/node/node1/memory[0-9]*; do
		echo "${folder##*memory}"
	done | sort -n
}

# Sets section: one of node 1 that has gone, and has come back for the kernel.
choose_section() {
	for section in $(sections_of_node_1); do
		timeout 30 sh -c "echo offline > $memory/memory$section/state" 2> /run/refused || continue
		echo online_kernel > "$memory/memory$section/state" && return
		echo online > "$memory/memory$section/state"
	done
	return 1
}

# Whatever runs on a CPU of the node has the kernel's own memory from there, which is not moved.
cpus_of_node_1() { # 0|1: offline or online
	for cpu in $cpus; do
		echo "$1" > "/sys/devices/system/cpu/$cpu/online"
	done
}

free_of_node_1() { # in kB
	awk '$3 == "MemFree:" { print $4 }' /sys/devices/system/node/node1/meminfo
}

# PTE tables of processes that lie there
tables_in_section() {
	awk '!/^#/ && $2 == "pte" { print $1 }' $reports/page_tables | while read -r pfn; do
		[ $((pfn / pages)) -ne "$section" ] || echo "$pfn"
	done | grep -c .
}

if [ ! -r $memory/block_size_bytes ]; then
	skip 'memory goes offline' 'the kernel has no memory hotplug'
elif pages=$((0x$(cat $memory/block_size_bytes) / 4096)) && ! choose_section; then
	skip 'memory goes offline' "none can: $(cat /run/refused)"
else
	load
	load_user
	cpus=$(cd /sys/devices/system/node/node1 && echo cpu[0-9]*)
	cpus_of_node_1 0
	mkdir -p /run/filled
	mount -t tmpfs -o mpol=bind:1,size=90% none /run/filled
	while [ "$(free_of_node_1)" -gt $((pages * 4 + 8192)) ]; do
		dd if=/dev/zero bs=1M count=8 >> /run/filled/file 2> /dev/null || break
	done
	diag "$(free_of_node_1) kB of node 1 are free"
	# What came last is used last: where all else of the node is taken, for a file that can be moved. As that is never
	# quite so, one process more comes, up to eight. They are born on node 0.
	processes=
	inside=0
	while [ "$inside" -lt 300 ] && [ "$(echo "$processes" | wc -w)" -lt 8 ]; do
		begin /run/tables.out perl tests/guest/tables.pl 3000 1
		processes="$processes $!"
		until_true 120 grep -q ready /run/tables.out
		move $! node 1
		inside=$(tables_in_section)
	done
	compare "page tables go to the node, of which $inside lie in section $section, which came online for the kernel" \
		"$inside" -ge 300
	ok '  it refuses to go, with page tables in it' sh -c "! timeout -s INT 20 sh -c 'echo offline > $memory/memory$section/state'"
	umount /run/filled
	ok "it is emptied of page tables" move range $((section * pages)) $(((section + 1) * pages))
	is '  none is left' "$(tables_in_section)" 0
	for process in $processes; do
		compare '  a process has all of its own' "$(vm_pte "$process")" -ge $((3000 * 4))
	done
	echo 2 > /proc/sys/vm/drop_caches
	ok '  and it goes offline' until_true 60 timeout -s INT 30 sh -c "echo offline > $memory/memory$section/state"
	echo online > "$memory/memory$section/state"
	for process in $processes; do
		kill "$process"
		wait "$process" 2> /dev/null
	done
	cpus_of_node_1 1
	ok 'no rule is broken' no_rule_is_broken
fi
