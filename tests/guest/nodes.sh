# SPDX-License-Identifier: GPL-2.0
# Nodes share live's limit: what a node had and needs no more, another one gets.
load
load_live max_blocks=8

blocks_of() { # NODE
	awk -v node="$1" '!/^#/ && $3 == node' $reports/blocks | wc -l
}

# tables_on NODE N: a process on the node's CPUs has so many, and exits
tables_on() {
	begin /run/sparse.out taskset -c "$(cat /sys/devices/system/node/node"$1"/cpulist)" build/tests/sparse "$2"
	until_true 60 grep -q ready /run/sparse.out
	kill -KILL $!
	wait $! 2> /dev/null
}

centiseconds() {
	read -r up _ < /proc/uptime
	echo "${up%.*}${up#*.}"
}

if [ -e /sys/devices/system/node/node1/cpulist ]; then
	had=$(blocks_of 1)
	for _ in 1 2 3; do # who comes first is missed, until the worker has made blocks
		tables_on 0 3300
		[ "$(blocks_of 0)" -lt 6 ] || break
	done
	diag "node 0 has $(blocks_of 0) blocks, node 1 $(blocks_of 1), and had $had"
	compare 'a process on one node takes nearly all blocks' "$(blocks_of 0)" -ge 6
	tables_on 1 2500
	began=$(centiseconds)
	until [ $(($(centiseconds) - began)) -ge 200 ]; do
		tables_on 1 2500
	done
	diag "2 s after another node needs tables: node 0 has $(blocks_of 0) blocks, node 1 $(blocks_of 1)"
	compare 'another node has blocks within 2 s of its need' "$(blocks_of 1)" -ge 4
	served=$(live served) missed=$(live fallbacks_miss)
	tables_on 1 2500
	served=$(($(live served) - served)) missed=$(($(live fallbacks_miss) - missed))
	diag "$served served on node 1, $missed missed"
	at_most_of '  and serves: not served' "$missed" live.missed_on_node $((served + missed))
	compare '  the limit holds' "$(live blocks)" -le 8
else
	skip 'nodes share the limit' 'this machine has one node'
fi
