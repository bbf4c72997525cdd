# SPDX-License-Identifier: GPL-2.0
# Page tables of a process that checks every byte of its own are moved over and over: from node to node, out of 2M
# regions, into the blocks of pt_cache_live.ko and back, while empty ones are freed as well.
# vouch_seconds=N: for so long each.
vouch_seconds=${vouch_seconds:-30}

# With as many tables moved the test has met what it is for. On a busy host that takes more than one round.
TABLES_WANTED=500
ROUNDS_MOST=6

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

with_reclaim() { # PID
	while kill -0 "$1" 2> /dev/null; do
		echo "$1" > $reports/reclaim
		sleep 0.02
	done 2> /dev/null &
	to_and_fro "$1"
	wait $!
}

# vouched WHAT SEED COMMAND...: while the process lives, COMMAND PID is run; nothing is wrong in the end, and tables
# were moved
vouched() {
	what=$1
	seed=$2
	shift 2
	round=0
	while :; do
		round=$((round + 1))
		build/tests/vouch "$vouch_seconds" 3 $((seed * 100 + round)) > /run/vouch 2> /run/vouch.err &
		vouch=$!
		until_true 120 grep -q ready /run/vouch
		"$@" $vouch
		wait $vouch
		is "$what: no byte is wrong" $? 0
		diag "$(cat /run/vouch)"
		diag "$(cat /run/vouch.err)"
		if [ "$(stat moved)" -ge $TABLES_WANTED ] || [ $round -ge $ROUNDS_MOST ]; then
			break
		fi
	done
	diag "$(stat moved) tables moved, $(stat move_kept_mixed) mixed, $(stat move_kept_busy) busy," \
		"$(stat move_kept_other) others kept, $(stat move_no_memory) without memory;" \
		"$(stat move_mm_busy) times the process was busy;" \
		"$(stat move_holds) holds, $(stat move_hold_ns) ns, $(stat move_flushes) flushes; $(stat reclaimed) freed"
	compare "  tables were moved: $(stat moved), in $round rounds" "$(stat moved)" -ge $TABLES_WANTED
	ok '  no rule is broken' no_rule_is_broken
}

echo 4 > /proc/sys/vm/nr_hugepages
ls /sys/module/zram > /dev/null 2>&1 || modprobe zram 2> /dev/null
if [ -e /sys/block/zram0 ]; then
	echo 128M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0
fi
echo 1 > /sys/kernel/mm/ksm/run

load
load_user
vouched 'from node to node' 1 to_and_fro
unload

load
load_user
vouched 'out of 2M regions' 2 out_of_regions
unload

load
load_user
vouched 'while empty ones are freed' 3 with_reclaim
unload

load
load_live
load_user
vouched 'into the blocks of pt_cache_live.ko and out' 4 into_blocks_and_out
is '  all came back clean' "$(live non_zero)" 0
unload
timeout 30 swapoff -a
