# SPDX-License-Identifier: GPL-2.0
# Page tables of a process that checks every byte of its own are moved over and over: from node to node, out of 2M
# regions, into the blocks of pt_cache_live.ko and back, while empty ones are freed as well.

# Requests fail when the process ends, and when it is busy.
ask_until_it_ends() { # PID REQUEST...
	pid=$1
	shift
	while kill -0 "$pid" 2> /dev/null; do
		for words; do
			echo "$words" > $reports/move
		done 2> /dev/null
		sleep 0.02
	done
}

to_and_fro() { # PID
	ask_until_it_ends "$1" "$1 node 1" "$1 node 0"
}

# Of what lies in 2M, the region of one of its tables; and of all processes.
out_of_regions() { # PID
	while kill -0 "$1" 2> /dev/null; do
		for pfn in $(awk -v pid="$1" '$2 == "pte" && $4 == pid { print $1 }' $reports/page_tables | shuf -n 3); do
			echo "range $((pfn & ~511)) $(((pfn & ~511) + 512))" > $reports/move
			echo "pfn $pfn" > $reports/move
		done 2> /dev/null
		sleep 0.02
	done
}

into_blocks_and_out() { # PID
	ask_until_it_ends "$1" "$1 cache" "$1 node 0" "$1 cache" "$1 node 1"
}

# Where all of its threads run on node 1, so do its new tables come from there; the kernel's NUMA balancing looks for
# pages to move meanwhile. What is left elsewhere is what the request says that it kept.
settles_on_node_1() { # PID
	settled=0
	for thread in /proc/"$1"/task/*; do
		taskset -p 2 "${thread##*/}" > /dev/null
	done
	while kill -0 "$1" 2> /dev/null; do
		move "$1" node 1
		kept=$(awk -v pid="$1" '$1 == pid { print $4 + $5 + $6 + $7 }' /run/rows)
		left=$(awk -v pid="$1" '$2 == "pte" && $4 == pid && $6 != 1' $reports/page_tables | grep -c .)
		[ "$left" -gt "${kept:-0}" ] || settled=$((settled + 1))
		sleep 0.02
	done 2> /dev/null
}

with_reclaim() { # PID
	while kill -0 "$1" 2> /dev/null; do
		echo "$1" > $reports/reclaim
		sleep 0.02
	done 2> /dev/null &
	to_and_fro "$1"
	wait $!
}

make_much_of_memory

load
load_user
vouched moved 500 'from node to node' 1 to_and_fro
unload

load
load_user
is 'NUMA balancing is on' "$(cat /proc/sys/kernel/numa_balancing)" 1
# once they are there, there is little to move
vouched moved 10 'on one node' 5 settles_on_node_1
compare "  all but what is said to be kept lies there: $settled times" "$settled" -ge 1
unload

load
load_user
vouched moved 500 'out of 2M regions' 2 out_of_regions
unload

load
load_user
vouched moved 500 'while empty ones are freed' 3 with_reclaim
unload

load
load_live
load_user
vouched moved 500 'into the blocks of pt_cache_live.ko and out' 4 into_blocks_and_out
is '  all came back clean' "$(live non_zero)" 0
unload
timeout 30 swapoff -a
