# SPDX-License-Identifier: GPL-2.0
# Empty page tables of running processes are freed when it is asked for.
load
load_user

now_is() {
	kill -USR1 "$1"
	until_true 5 grep -q now /run/purge
	sed -n 's/now //p' /run/purge
}

# The benchmark of the 2021 proposal: 50 GB mapped, touched and given back. 7.2 frees the tables where the
# pieces are of 2M and more.
piece=$((51200 * 1024))
case $(uname -r) in 6.*) ;; *) piece=1024 ;; esac
begin /run/purge build/tests/purge 25600 $piece
purge=$!
until_true 600 grep -q ready /run/purge
before=$(vm_pte $purge)
compare "50 GB given back leave their tables: $before kB" "$before" -ge 102400
ok 'dry' reclaim dry $purge
is '  says what could be had' "$(row state)" dry_ok
compare "  of it: $(row freed)" "$(row freed)" -ge 25600
is '  and changes nothing' "$(vm_pte $purge)" "$before"
flushes=$(stat reclaim_flushes)
ok 'they are freed' reclaim $purge
diag "$(cat /run/rows)"
is '  without anything left' "$(row state)" ok
compare "  all: $(row freed)" "$(row freed)" -ge 25600
after=$(now_is $purge)
compare "VmPTE: $after kB" "$after" -le 260
flushes=$(($(stat reclaim_flushes) - flushes))
compare "  by few flushes: $flushes" $((flushes * 1000)) -le $((4 * 25600))
diag "$(stat reclaim_holds) holds of $(stat reclaim_hold_ns) ns in all"
kill $purge
wait $purge

# Somebody keeps the mmap lock of a process, and does not release it: nobody waits for long, and the module can go.
load_actor
begin /run/purge build/tests/purge 2000 1024
purge=$!
until_true 60 grep -q ready /run/purge
echo $purge > $actor/stick
until_true 10 [ "$(cat $actor/stick)" = 1 ]
asked_at=$(cut -d. -f1 /proc/uptime)
ok 'a process whose mmap lock is kept: the request fails' sh -c "! echo $purge > $reports/reclaim"
compare '  after some seconds' $(($(cut -d. -f1 /proc/uptime) - asked_at)) -le 10
exec 4<> $reports/reclaim
echo all >&4 &
all=$!
sleep 0.5
timeout -s KILL 1 cat <&4 > /run/rows
is '  who reads the same open file meanwhile can be killed' $? 137
wait $all
exec 4>&-
echo 1 > /sys/module/pt_cache_user/parameters/auto_reclaim
sleep 3
asked_at=$(cut -d. -f1 /proc/uptime)
ok '  the module goes while it tries by itself' rmmod pt_cache_user
compare '    at once' $(($(cut -d. -f1 /proc/uptime) - asked_at)) -le 10
echo 0 > $actor/stick
kill $purge
wait $purge
load_user

ok 'no process of that number' sh -c "! echo 4194303 > $reports/reclaim"
ok 'a kernel thread' sh -c "! echo 2 > $reports/reclaim"
ok 'rubbish' sh -c "! echo everything > $reports/reclaim"
ok 'all processes' reclaim all
compare '  have a row each' "$(grep -vc '^#' /run/rows)" -ge 2
diag "$(cat /run/rows)"
ok 'no rule is broken' no_rule_is_broken
