# SPDX-License-Identifier: GPL-2.0
# What the tests in a guest share: TAP, the reports' numbers, the modules. Sourced by run.

ko=build/$(uname -r)
reports=/sys/kernel/debug/pt_cache
actor=/sys/kernel/debug/pt_cache_selftest
tests=0
tests_failed=0
ptsplit=

# diag WORDS: a remark in the stream.
diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# ok PROMISE COMMAND...: one test; its output is shown when it fails. Returns whether it did not.
ok() {
	promise=$1
	shift
	tests=$((tests + 1))
	if output=$("$@" 2>&1); then
		echo "ok $tests - $promise"
	else
		tests_failed=$((tests_failed + 1))
		echo "not ok $tests - $promise"
		diag "$* failed: $output"
		return 1
	fi
}

# is PROMISE GOT EXPECTED
is() {
	ok "$1" [ "$2" = "$3" ]
}

# compare PROMISE NUMBER RELATION NUMBER, as test(1) names relations: -le, -gt ...
compare() {
	ok "$1" [ "$2" "$3" "$4" ]
}

# at_most PROMISE NUMBER BOUND [TIMES]: by tests/bounds, for each of so many
at_most() {
	limit=$(tests/bound "$3")
	ok "$1: at most ${limit:-?}${4:+ for each}" [ "$2" -le $((${limit:--1} * ${4:-1})) ]
}

# at_most_of PROMISE NUMBER BOUND WHOLE: at most so many thousandths of the whole
at_most_of() {
	limit=$(tests/bound "$3")
	ok "$1: at most ${limit:-?} thousandths" [ $(($2 * 1000)) -le $((${limit:--1} * $4)) ]
}

# at_least_of PROMISE NUMBER BOUND WHOLE: at least so many thousandths of it
at_least_of() {
	limit=$(tests/bound "$3")
	ok "$1: at least ${limit:-?} thousandths, $(($2 * 1000 / $4))" [ $(($2 * 1000)) -ge $((${limit:-1000000} * $4)) ]
}

skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# stat NAME: a value of the stats report.
stat() {
	awk -v name="$1" '$1 == name { print $2 }' $reports/stats
}

# cache_column NAME COLUMN: of the caches report, by the names in its head.
cache_column() {
	awk -v name="$1" -v column="$2" '
		NR == 2 { for (i = 2; i <= NF; i++) if ($i == column) at = i - 1 }
		$1 == name { print $at }' $reports/caches
}

# no_rule_is_broken: the audit was read whole, and what it found is shown.
no_rule_is_broken() {
	cat $reports/audit > /run/audit && [ "$(grep -vc '^#' /run/audit)" -eq 6 ] || return
	! grep -v '^#' /run/audit | awk '$3' | grep .
}

vmstat() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

# A line that a machine does not have (DirectMap1G) is 0.
meminfo() {
	awk -v name="$1:" '$1 == name { n = $2 } END { print n + 0 }' /proc/meminfo
}

# What of the kernel's reclaimable memory is no slab: ours, in kB. Per-CPU differences are added first.
reclaimable_kb() {
	echo 1 > /proc/sys/vm/stat_refresh
	echo $(($(meminfo KReclaimable) - $(meminfo SReclaimable)))
}

# Free memory and page cache in kB, with the pages that wait in the page allocator's per-CPU lists: kernels keep
# tens of MB there, which MemFree does not count. Not MemAvailable, which counts what is free in our blocks. Both are taken from one report: adopting, for one,
# empties the lists, and pages that go from one to the other between two reports would be in neither.
free_kb() {
	awk '
		$1 == "Cached:" || $1 == "Buffers:" || $1 == "SReclaimable:" { n += $2 }
		$1 == "nr_free_pages" || $1 == "count:" { n += $2 * 4 }
		END { print n }' /proc/meminfo /proc/zoneinfo
}

load() {
	insmod "$ko/pt_cache.ko" "$@"
}

load_actor() {
	insmod "$ko/pt_cache_selftest.ko" "$@"
}

# Where the kernel is not Debian's own build, as the debug kernels are not, pt_cache_live.ko loads if it is told
# to. Each insmod of it has ${live_option:+"$live_option"}.
case $(uname -v) in
*' Debian '*) live_option= ;;
*) live_option=untested_kernel=Y ;;
esac

# The livepatch is on when the kernel says so: a second or two after it was loaded.
load_live() {
	insmod "$ko/pt_cache_live.ko" ${live_option:+"$live_option"} "$@" && until_true 60 live_is on
}

# pt_cache_user.ko, likewise.
load_user() {
	insmod "$ko/pt_cache_user.ko" ${live_option:+"$live_option"} "$@"
}

# ask_for REPORT WORDS: a request, and the rows of what became of it in /run/rows
ask_for() {
	exec 3<> "$reports/$1"
	shift
	asked=0
	echo "$*" >&3 || asked=1
	cat <&3 > /run/rows
	exec 3>&-
	return $asked
}

reclaim() {
	ask_for reclaim "$@"
}

move() {
	ask_for move "$@"
}

# row COLUMN: of the only row of /run/rows
row() {
	awk -v column="$1" '
		NR == 2 { for (i = 2; i <= NF; i++) if ($i == column) at = i - 1 }
		!/^#/ { print $at }' /run/rows
}

# Swap, huge pages of hugetlb, and KSM, for what vouch does.
make_much_of_memory() {
	echo 4 > /proc/sys/vm/nr_hugepages
	ls /sys/module/zram > /dev/null 2>&1 || modprobe zram 2> /dev/null
	if [ -e /sys/block/zram0 ]; then
		echo 1 > /sys/block/zram0/reset && echo 128M > /sys/block/zram0/disksize && mkswap /dev/zram0 > /dev/null && swapon /dev/zram0
	fi
	echo 1 > /sys/kernel/mm/ksm/run
}

# vouched COUNTER WANTED WHAT SEED [COMMAND...]: while a process lives that checks every byte of its own, COMMAND PID is
# run; nothing is wrong in the end, and the counter is WANTED at least. Where it is, the test has met what it is for;
# on a busy host that takes more than one round. vouch_seconds=N: for so long each.
vouched() {
	counter=$1 wanted=$2 what=$3 seed=$4
	shift 4
	round=0
	while :; do
		round=$((round + 1))
		build/tests/vouch "${vouch_seconds:-30}" 3 $((seed * 100 + round)) > /run/vouch 2> /run/vouch.err &
		vouch=$!
		until_true 120 grep -q ready /run/vouch
		[ $# -eq 0 ] || "$@" $vouch
		wait $vouch
		is "$what: no byte is wrong" $? 0
		diag "$(cat /run/vouch)"
		diag "$(cat /run/vouch.err)"
		if [ "$(stat "$counter")" -ge "$wanted" ] || [ $round -ge 6 ]; then
			break
		fi
	done
	diag "$(awk '/^(reclaim|move)/ && $2 { printf "%s %s, ", $1, $2 }' $reports/stats)"
	compare "  tables were $counter: $(stat "$counter"), in $round rounds" "$(stat "$counter")" -ge "$wanted"
	ok '  no rule is broken' no_rule_is_broken
}

# vm_pte PID: its page tables, in kB
vm_pte() {
	awk '$1 == "VmPTE:" { print $2 }' "/proc/$1/status"
}

# live KEY: a value of the live report.
live() {
	awk -v key="$1" '$1 == key { print $2 }' $reports/live
}

live_is() {
	[ "$(live state)" = "$1" ]
}

unload_live() {
	[ -d /sys/module/pt_cache_live ] || return 0
	[ ! -d /sys/kernel/livepatch/pt_cache_live ] ||
		echo 0 > /sys/kernel/livepatch/pt_cache_live/enabled
	until_true 60 [ ! -d /sys/kernel/livepatch/pt_cache_live ] && until_true 20 rmmod pt_cache_live
}

unload() {
	unload_live
	for module in pt_cache_user pt_cache_selftest pt_cache; do
		if [ -d /sys/module/$module ]; then
			rmmod $module || return
		fi
	done
}

# run_suite NAME: a suite of pt_cache_selftest.ko, each line of it as one of ours. suite_options: more parameters.
run_suite() {
	# shellcheck disable=SC2086,SC2154  # words, of who started run
	ok "$1: the suite is loaded and run" taskset -c 0 insmod "$ko/pt_cache_selftest.ko" suite="$1" $suite_options || return
	while read -r line; do
		case $line in
		ok*)
			tests=$((tests + 1)); echo "ok $tests - ${line#ok * }" ;;
		not\ ok*)
			tests=$((tests + 1)) tests_failed=$((tests_failed + 1))
			echo "not ok $tests - ${line#not ok * }" ;;
		\#*)
			echo "$line" ;;
		esac
	done < $actor/ktap
	is "$1: every test of the suite has a result" \
		"$(grep -cE '^(not )?ok ' $actor/ktap)" "$(sed -n 's/^1\.\.\([1-9]\)/\1/p' $actor/ktap)"
}

# hold COMMAND: see tests/selftest/hold.c. On one CPU, so that one magazine is in play.
hold() {
	# shellcheck disable=SC2016  # expanded by the inner shell
	taskset -c 0 sh -c 'echo "$1" > "$2"' sh "$*" $actor/hold
}

# until_true SECONDS COMMAND...: wait for a condition; the worker takes its time in an emulated guest. The
# seconds are those between the looks: a COMMAND that takes long itself comes as often as a short one.
until_true() {
	looks=$(($1 * 5))
	shift
	while ! "$@"; do
		looks=$((looks - 1))
		[ "$looks" -gt 0 ] || return 1
		sleep 0.2
	done
}

# begin FILE COMMAND...: run it in the background, with what it prints in FILE, where nothing of an earlier one
# is left by the time one looks.
begin() {
	printed=$1
	shift
	: > "$printed"
	"$@" > "$printed" 2>&1 &
}

reserve_is_full() {
	[ "$(stat pages_reserve)" -ge 128 ]
}

# Nothing splits the direct map for two seconds, which this takes.
quiet() {
	was=$(vmstat direct_map_level2_splits)
	sleep 2
	[ "$(vmstat direct_map_level2_splits)" = "$was" ]
}

# Everything is given back, and the blocks with it.
empty_cache() {
	hold free_zeroed 1048576
	echo 10000000 > $reports/shrink
}

# ptsplit.bt in the background; it is ready when it says that it is tracing.
start_ptsplit() {
	: > /run/ptsplit.out
	timeout -s INT 1200 chrt -f 1 bpftrace tools/bpftrace/ptsplit.bt > /run/ptsplit.out 2> /run/ptsplit.err &
	ptsplit=$!
	until_true 300 grep -q Tracing /run/ptsplit.out
	until_true 6 quiet
	split_span
}

# It prints its totals when it ends.
stop_ptsplit() {
	kill -INT "$(pidof bpftrace)"
	wait "$ptsplit"
	[ ! -s /run/ptsplit.err ] || diag "$(cat /run/ptsplit.err)"
}

# From here on are counted: what the kernel counts, and what is reported.
split_span() {
	span_kernel=$(vmstat direct_map_level2_splits)
	span_lines=$(splits_reported | wc -l)
}

# Each split that ptsplit.bt reported: its comm and the functions of its stack, on one line.
splits_reported() {
	awk '/^[0-9][0-9]:[0-9:]+ .* 2M$/ { if (line) print line; line = $2; next }
	     /^@/ { exit }
	     line && NF { sub(/\+[0-9]+$/, "", $1); line = line " " $1 }
	     END { if (line) print line }' /run/ptsplit.out
}

# Those of the span.
splits() {
	splits_reported | tail -n +$((span_lines + 1))
}

kernel_splits() {
	echo $(($(vmstat direct_map_level2_splits) - span_kernel))
}

# What the kernel frees late has been split, and what was printed has been written.
splits_settle() {
	until_true 6 quiet
	until_true 20 splits_agree
}

splits_agree() {
	[ "$(splits | wc -l)" = "$(kernel_splits)" ]
}
