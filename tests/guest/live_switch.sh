# SPDX-License-Identifier: GPL-2.0
# On and off under load, and what comes between. switches=N: how often.
load verify_zero=1
load_actor
start_load() {
	for kind in plain collapse; do
		build/tests/dirt $kind 900 > /run/load-$kind 2>&1 &
	done
}

stop_load() {
	pkill dirt
	wait
}

start_load
served=0 failed=0
for _ in $(seq "${switches:-4}"); do
	load_live || failed=1
	begin /run/tables.out perl tests/guest/tables.pl 200 1 # it outlives the livepatch
	until_true 60 grep -q ready /run/tables.out
	served=$((served + $(live served)))
	unload_live || failed=1
	kill $!
done
is "${switches:-4} times on and off under load" $failed 0
diag "$served tables served, $(stat handed_over) in use were handed over"
compare 'tables were served' $served -gt 500
compare 'tables in use became the kernel'"'"'s own' "$(stat handed_over)" -gt 200
is 'no table was served dirty' "$(stat non_zero)" 0

# Written to enabled while it comes and goes.
insmod "$ko/pt_cache_live.ko" ${live_option:+"$live_option"}
sleep 0.3
echo 0 > /sys/kernel/livepatch/pt_cache_live/enabled
sleep 0.1
[ ! -d /sys/kernel/livepatch/pt_cache_live ] || echo 1 > /sys/kernel/livepatch/pt_cache_live/enabled 2> /dev/null
until_true 60 sh -c "grep -qE '^state (on|off)' $reports/live"
diag "switched off and on within a second: $(sed -n 3p $reports/live)"
ok 'it can be unloaded whatever came of it' unload_live

# A task that holds the livepatch up: how long, and what to do, is said; nothing is forced.
stop_load # a thread that is not on its CPU can be seen to be elsewhere
echo 18 > $actor/spin
since_now() {
	dmesg | tail -n "+$((lines + 1))"
}
lines=$(dmesg | wc -l)
# unbound workers have the CPU where it spins alone: what is to be said may not wait for one
unbound=/sys/devices/virtual/workqueue/cpumask
unbound_cpus=$(cat $unbound)
printf '%x\n' $((1 << $(nproc) - 1)) > $unbound
# on another CPU than the last, where it spins: insmod would wait there until all is over
taskset -c 0 insmod "$ko/pt_cache_live.ko" ${live_option:+"$live_option"}
said() {
	sed -n 3p $reports/live >> /run/states
	since_now | grep -q 'pt_cache_live: the livepatch has waited 1[0-7] s for tasks to switch over.*/proc/PID/task/TID/patch_state'
}
ok 'a transition that does not end: the log says for how long, and what to do' until_true 30 said
ok '  and the report says so' grep -qE '^state coming for [0-9]+ s; tasks with 0 in /proc/PID/task/TID/patch_state' /run/states
ok '  and when the task is done it ends' until_true 60 live_is on
echo 0 > $actor/spin
echo "$unbound_cpus" > $unbound
start_load

# Somebody else's livepatch.
insmod "$ko/pt_cache_overlay.ko"
ok 'another livepatch on top is noticed' until_true 60 live_is shadowed
ok '  the log says so' until_true 10 sh -c "dmesg | grep -q 'pt_cache_live: another livepatch of pte_alloc_one() is stacked on top'"
until_true 60 [ "$(cat /sys/kernel/livepatch/pt_cache_overlay/transition)" = 0 ]
sleep 3
before=$(live served)
sleep 2
is '  nothing is served then' "$(live served)" "$before"
echo 0 > /sys/kernel/livepatch/pt_cache_overlay/enabled
until_true 60 [ ! -d /sys/kernel/livepatch/pt_cache_overlay ]
until_true 20 rmmod pt_cache_overlay
ok 'when it is gone it is on again' until_true 60 live_is on
before=$(live served)
sleep 2
compare '  and serves' "$(live served)" -gt "$before"
insmod "$ko/pt_cache_overlay.ko" replace=1
ok 'a livepatch that replaces all others is noticed' until_true 60 live_is off
ok '  the log says so' until_true 10 sh -c "dmesg | grep -q 'pt_cache_live: switched off, or replaced by another livepatch'"
ok '  and it can be unloaded' until_true 60 rmmod pt_cache_live
echo 0 > /sys/kernel/livepatch/pt_cache_overlay/enabled
until_true 60 [ ! -d /sys/kernel/livepatch/pt_cache_overlay ]
until_true 20 rmmod pt_cache_overlay
load_live
ok 'loaded again, it serves' until_true 20 sh -c "[ \$(awk '\$1 == \"served\" { print \$2 }' $reports/live) -gt 100 ]"

# Who sleeps in the livepatch, as one who is not served does when memory is short, is not taken for gone:
# its code would go from under it. Here that is a thread whose leader is not there.
sleeper() {
	grep -l ptc_live_from_page_allocator /proc/[0-9]*/task/[0-9]*/stack 2> /dev/null | head -n 1
}
someone_sleeps() {
	[ -n "$(sleeper)" ]
}
stop_load
echo 1 > $actor/stock_late
begin /run/thread.out build/tests/thread 50
until_true 60 someone_sleeps # it begins late on a busy machine
task=$(sleeper)
echo 0 > /sys/kernel/livepatch/pt_cache_live/enabled
sleep 5
is 'a thread that sleeps in the livepatch holds it' "$(cat "${task%stack}patch_state")" 1
is '  which the state of its leader does not tell' "$(cat "${task%/task/*}/patch_state")" 0
ok '  until it has left' unload_live
ok '  and runs on' until_true 60 grep -q ready /run/thread.out
kill $!
load_live

# Nor is one whose stack does not show that: the kernel takes it for gone, the module does not.
rm -f /run/woke
(echo 1 > $actor/unseen; touch /run/woke) &
until_true 60 someone_sleeps
echo 0 > /sys/kernel/livepatch/pt_cache_live/enabled
until_true 60 [ ! -d /sys/kernel/livepatch/pt_cache_live ]
if someone_sleeps; then
	ok 'a task in the livepatch that nobody sees there holds the module' until_true 20 rmmod pt_cache_live
	ok '  until it has left' until_true 3 [ -e /run/woke ]
else
	skip 'a task in the livepatch that nobody sees there' 'it did not sleep for long enough'
	unload_live
fi
wait $!
start_load
load_live

# The first failed check ends it, and the machine goes on.
echo 1 > $actor/dirty_ready
until_true 60 sh -c "grep -q '^serving no a table was found dirty' $reports/live"
ok 'a table dirtied after it was cleared: serving ends, and the report says so' \
	grep -q '^serving no a table was found dirty' $reports/live
ok '  the log says so' sh -c "dmesg | grep -q 'pt_cache: table at pfn .* of cache live was not zero'"
is '  one was found' "$(live non_zero)" 1
sleep 1
before=$(live served)
rounds=$(build/tests/dirt plain 3 | awk '{ print $2 }')
is '  nothing more is served' "$(live served)" "$before"
compare '  and processes run on' "$rounds" -gt 10
stop_load
ok 'it can be unloaded after that' unload_live
