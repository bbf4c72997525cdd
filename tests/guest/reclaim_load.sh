# SPDX-License-Identifier: GPL-2.0
# Processes that check every byte of theirs are reclaimed over and over, on request and by auto_reclaim, with
# page tables of the kernel's own and with those of pt_cache_live.ko.
# vouch_seconds=N: for so long each.
vouch_seconds=${vouch_seconds:-30}

# CPUs are few, and emulated: who reclaims all the time leaves none for who is reclaimed.
reclaim_until_it_ends() { # PID
	while kill -0 "$1" 2> /dev/null; do
		(echo "$1" > $reports/reclaim) 2> /dev/null || return
		sleep 0.05
	done
}

# With as many tables freed the test has met what it is for. On a busy host that takes more than one round.
TABLES_WANTED=5
ROUNDS_MOST=6

# vouched WHAT SEED [COMMAND...]: while the process lives, COMMAND PID is run; nothing is wrong in the end, and tables
# were freed
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
		[ $# -eq 0 ] || "$@" $vouch
		wait $vouch
		is "$what: no byte is wrong" $? 0
		diag "$(cat /run/vouch)"
		diag "$(cat /run/vouch.err)"
		if [ "$(stat reclaimed)" -ge $TABLES_WANTED ] || [ $round -ge $ROUNDS_MOST ]; then
			break
		fi
	done
	diag "$(stat reclaimed) tables freed, $(stat reclaim_kept_mixed) mixed, $(stat reclaim_kept_busy) busy," \
		"$(stat reclaim_kept_other) others kept; $(stat reclaim_mm_busy) times the process was busy;" \
		"$(stat reclaim_holds) holds, $(stat reclaim_hold_ns) ns, $(stat reclaim_flushes) flushes"
	compare "  tables were freed: $(stat reclaimed), in $round rounds" "$(stat reclaimed)" -ge $TABLES_WANTED
	ok '  no rule is broken' no_rule_is_broken
}

# While the process lives: CPUs and sections of memory go and come back, which moves its pages; memory is taken until
# somebody is killed for it (hog), which takes other pages of its away.
disturb() { # PID
	gone=0
	killed=0
	while kill -0 "$1"; do
		if echo 0 > /sys/devices/system/cpu/cpu1/online; then
			sleep 0.3
			echo 1 > /sys/devices/system/cpu/cpu1/online
			gone=$((gone + 1))
		fi
		for section in /sys/devices/system/memory/memory[0-9]*; do
			kill -0 "$1" || break
			timeout -s INT 2 sh -c "echo offline > $section/state" || continue
			echo online > "$section/state"
			sections="$sections ${section##*/memory}"
		done
		build/tests/hog > /run/hog
		killed=$((killed + 1))
		echo "# a CPU went $gone times, and memory of sections:${sections:- none}; $killed hogs were killed" > /run/disturbed
	done 2> /dev/null
}

echo 4 > /proc/sys/vm/nr_hugepages
ls /sys/module/zram > /dev/null 2>&1 || modprobe zram 2> /dev/null
if [ -e /sys/block/zram0 ]; then
	echo 128M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0
fi
echo 1 > /sys/kernel/mm/ksm/run

disturb_and_reclaim() { # PID
	disturb "$1" &
	disturber=$!
	reclaim_until_it_ends "$1"
	wait $disturber
}

load
load_user
vouched 'on request' 1 reclaim_until_it_ends
unload

load
load_user auto_reclaim=1 auto_min=0 auto_share=50 auto_flushes=1000
vouched 'by itself' 2
unload

load
load_user
vouched 'while CPUs and memory go and come' 4 disturb_and_reclaim
cat /run/disturbed
unload

load
load_live
load_user
vouched 'tables of pt_cache_live.ko' 3 reclaim_until_it_ends
is '  all came back clean' "$(live non_zero)" 0
unload
swapoff -a
