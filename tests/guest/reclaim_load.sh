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

ls /sys/module/zram > /dev/null 2>&1 || modprobe zram 2> /dev/null
if [ -e /sys/block/zram0 ]; then
	echo 128M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0
fi
echo 1 > /sys/kernel/mm/ksm/run

load
load_user
begin_vouch 1
reclaim_until_it_ends $vouch
vouched 'on request' 5
unload

load
load_user auto_reclaim=1 auto_min=0 auto_share=50 auto_flushes=1000
begin_vouch 2
vouched 'by itself' 5
unload

load
load_live
load_user
begin_vouch 3
reclaim_until_it_ends $vouch
vouched 'tables of pt_cache_live.ko' 5
is '  all came back clean' "$(live non_zero)" 0
unload
swapoff -a
