# SPDX-License-Identifier: GPL-2.0
# Everything at once, for a number of operations: `make soak OPERATIONS=N`. Consumers of all kinds on every
# CPU, the livepatch coming and going, processes that begin and end, memory pressure, every report read all
# the time, and one step after the other failing on purpose; then an account of it.
operations=${operations:-200000}
base=$(free_kb)
load verify_zero=1
load_actor
knob=$reports/fail_step

soak() {
	awk -v key="$1" '$1 == key { print $2 }' $actor/soak
}

: > /run/reports-read
read_reports() {
	while :; do
		for report in "$reports"/*; do
			case $report in
			*/fail_step | */shrink) continue ;;
			esac
			cat "$report" > /dev/null 2>&1 && echo >> /run/reports-read
		done
	done
}

fail_steps() {
	while :; do
		echo $(($(od -An -N2 -tu2 /dev/urandom) % 40 + 1)) > $knob
		sleep 0.2
	done
}

: > /run/live-switched
: > /run/live-served
# A load that a failed step has refused was no time that it came and went.
switch_live() {
	while [ ! -e /run/soak-ends ]; do
		if load_live verify_zero=1 2> /dev/null; then
			sleep 5
			live served >> /run/live-served
			echo >> /run/live-switched
		fi
		unload_live
	done
}

give_back() {
	while sleep 3; do echo 100000 > $reports/shrink; done
}

rm -f /run/soak-ends
dirt=
echo "$operations" > $actor/soak
read_reports & helpers=$!
fail_steps & helpers="$helpers $!"
give_back & helpers="$helpers $!"
switch_live & switcher=$!
for kind in plain collapse thp; do build/tests/dirt $kind 100000 > /dev/null 2>&1 & dirt="$dirt $!"; done
stress-ng --temp-path /tmp --oomable --vm 2 --vm-bytes 60% --fork 2 --mmap 1 --mmap-bytes 64m --timeout 0 > /run/stress 2>&1 & stress=$!
while [ "$(soak running)" -gt 0 ]; do
	diag "after $(cut -d . -f 1 /proc/uptime) s: $(soak operations) operations, $(soak faults) faults, $(wc -l < /run/live-switched) times live switched, $(wc -l < /run/reports-read) reports read, $(($(meminfo MemFree) / 1024)) MB free"
	sleep 10
done
touch /run/soak-ends
pkill stress-ng
pkill dirt
# shellcheck disable=SC2086  # pids
kill $helpers
echo 0 > $knob
# shellcheck disable=SC2086  # pids
wait $stress $helpers $switcher $dirt 2> /dev/null
unload_live
cp $actor/soak /run/soak
echo 0 > $actor/soak

# The account.
value() {
	awk -v key="$1" '$1 == key { print $2 }' /run/soak
}
echo 100000000 > $reports/shrink
warnings=$(dmesg | grep -cE 'WARNING:|BUG:|soak: the table')
unaccounted=$(($(stat tables_in_use) + $(stat leaked_pages) + $(stat quarantined_pages)))
diag "account: operations $(value operations) (tables $(value tables), lent $(value lent), mapped $(value mapped), caches made $(value caches))"
diag "account: refused for want of memory $(value refused), faults injected $(value faults)"
diag "account: served by live $(awk '{ n += $1 } END { print n + 0 }' /run/live-served), in $(wc -l < /run/live-switched) times on and off; reports read $(wc -l < /run/reports-read)"
diag "held: $(value operations) operations of consumers of all kinds at once, under memory pressure"
diag "held: $(value faults) steps that failed on purpose in the midst of it"
diag "held: $(awk '{ n += $1 } END { print n + 0 }' /run/live-served) page tables of processes served meanwhile"
diag "held: $(wc -l < /run/live-switched) times the livepatch came and went meanwhile"
diag "held: $(wc -l < /run/reports-read) reports read meanwhile"
diag "account: pages given back by the shrinker $(stat shrink_pages), before the OOM killer $(stat oom_pages)"
diag "account: warnings $warnings, pages unaccounted for $unaccounted"
compare 'as many operations were done as asked for' "$(value operations)" -ge "$operations"
compare 'steps failed meanwhile' "$(value faults)" -gt 0
compare 'reports were read meanwhile' "$(wc -l < /run/reports-read)" -gt 0
compare 'the livepatch came and went meanwhile' "$(wc -l < /run/live-switched)" -gt 0
is 'no table was handed out dirty' "$(value dirty) $(stat non_zero)" '0 0'
is 'no warning' "$warnings" 0
is 'every table came back, none was lost' "$unaccounted" 0
ok 'audit: all rules hold' no_rule_is_broken
rmmod pt_cache_selftest
echo 100000000 > $reports/shrink
is 'no page is held' "$(stat pages_held)" 0
unload
free=$(free_kb)
diag "memory available: before $base kB, after $free kB"
compare 'memory is back' $((free - base)) -gt -40000
