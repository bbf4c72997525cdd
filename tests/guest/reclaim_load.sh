# SPDX-License-Identifier: GPL-2.0
# Processes that check every byte of theirs are reclaimed over and over, on request and by auto_reclaim, with
# page tables of the kernel's own and with those of pt_cache_live.ko.

# CPUs are few, and emulated: who reclaims all the time leaves none for who is reclaimed.
reclaim_until_it_ends() { # PID
	while kill -0 "$1" 2> /dev/null; do
		(echo "$1" > $reports/reclaim) 2> /dev/null || return
		sleep 0.05
	done
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

disturb_and_reclaim() { # PID
	disturb "$1" &
	disturber=$!
	reclaim_until_it_ends "$1"
	wait $disturber
}

make_much_of_memory

load
load_user
vouched reclaimed 5 'on request' 1 reclaim_until_it_ends
unload

load
load_user auto_reclaim=1 auto_min=0 auto_share=50 auto_flushes=1000
vouched reclaimed 5 'by itself' 2
unload

load
load_user
vouched reclaimed 5 'while CPUs and memory go and come' 4 disturb_and_reclaim
cat /run/disturbed
unload

load
load_live
load_user
vouched reclaimed 5 'tables of pt_cache_live.ko' 3 reclaim_until_it_ends
is '  all came back clean' "$(live non_zero)" 0
unload
swapoff -a
