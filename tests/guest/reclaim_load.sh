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

# vouched WHAT: nothing wrong, and tables were freed
vouched() {
	wait "$vouch"
	is "$1: no byte is wrong" $? 0
	diag "$(cat /run/vouch)"
	diag "$(cat /run/vouch.err)"
	diag "$(stat reclaimed) tables freed, $(stat reclaim_kept_mixed) mixed, $(stat reclaim_kept_busy) busy," \
		"$(stat reclaim_kept_other) others kept; $(stat reclaim_mm_busy) times the process was busy;" \
		"$(stat reclaim_holds) holds, $(stat reclaim_hold_ns) ns, $(stat reclaim_flushes) flushes"
	compare "  tables were freed: $(stat reclaimed)" "$(stat reclaimed)" -ge "$2"
	ok '  no rule is broken' no_rule_is_broken
}

begin_vouch() {
	build/tests/vouch "$vouch_seconds" 3 "$1" > /run/vouch 2> /run/vouch.err &
	vouch=$!
	until_true 120 grep -q ready /run/vouch
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

load
load_user
begin_vouch 1
reclaim_until_it_ends $vouch
vouched 'on request' 1
unload

load
load_user auto_reclaim=1 auto_min=0 auto_share=50 auto_flushes=1000
begin_vouch 2
vouched 'by itself' 1
unload

load
load_user
begin_vouch 4
disturb $vouch &
reclaim_until_it_ends $vouch
vouched 'while CPUs and memory go and come' 1
wait
cat /run/disturbed
unload

load
load_live
load_user
begin_vouch 3
reclaim_until_it_ends $vouch
vouched 'tables of pt_cache_live.ko' 1
is '  all came back clean' "$(live non_zero)" 0
unload
swapoff -a
