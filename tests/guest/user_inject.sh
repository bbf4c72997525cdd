# SPDX-License-Identifier: GPL-2.0
# Every step of pt_cache_user.ko that can fail, made to fail once by its number: of loading, of a request to free
# page tables or to move them, and of what it does by itself. The request says so or does its work all the same; the
# process keeps all that it had; and the next request does all of it.
knob=$reports/fail_step
load

steps=0 failed=''
while
	steps=$((steps + 1))
	echo $steps > $knob
	load_user 2> /dev/null
	[ "$(cat $knob)" -eq 0 ]
do
	[ -z "$(ls -d /sys/module/pt_cache_user $reports/reclaim $reports/move 2> /dev/null)" ] || rmmod pt_cache_user ||
		failed="$failed $steps: it is still there"
	load_user && rmmod pt_cache_user || failed="$failed $steps: not again"
	[ $steps -lt 40 ] || break
done
echo 0 > $knob
is "loading: each of $((steps - 1)) steps fails once, and it loads the next time" "$failed" ''
compare '  there are such steps' $steps -gt 4

# ask_while_failing REPORT WORDS: a request while a step fails. Neither an error nor a row that says so is needed: some
# steps are made up for.
ask_while_failing() {
	rm -f /run/rows
	(ask_for "$@") > /dev/null 2>&1
}

steps=0 failed=''
while
	steps=$((steps + 1))
	begin /run/purge build/tests/purge 130 1024
	purge=$!
	until_true 30 grep -q ready /run/purge
	before=$(vm_pte $purge)
	echo $steps > $knob
	ask_while_failing reclaim $purge
	status=$?
	[ "$(cat $knob)" -eq 0 ]
do
	after=$(vm_pte $purge)
	[ $status -ne 0 ] || [ "$(row state)" != ok ] || [ $((before - after)) -ge $((130 * 4)) ] ||
		failed="$failed $steps: $after of $before kB are left, and nobody says so"
	reclaim $purge && [ $((before - $(vm_pte $purge))) -ge $((130 * 4)) ] || failed="$failed $steps: not again"
	kill $purge
	wait $purge 2> /dev/null
	[ $steps -lt 40 ] || break
done
kill $purge
wait $purge 2> /dev/null
echo 0 > $knob
is "reclaim: each of $((steps - 1)) steps fails once: it says so or does it, and does it the next time" "$failed" ''
compare '  there are such steps' $steps -gt 3

load_live
begin /run/tables.out perl tests/guest/tables.pl 20 16
process=$!
until_true 60 grep -q ready /run/tables.out
before=$(vm_pte $process)
# fail_steps_of WORDS...: moved there with a step that fails, and again; to node 1 before
fail_steps_of() {
	steps=0 failed=''
	while
		steps=$((steps + 1))
		move $process node 1 || failed="$failed $steps: not to node 1"
		move $process node 0 || failed="$failed $steps: not to node 0"
		move $process node 1 || failed="$failed $steps: not back"
		echo $steps > $knob
		ask_while_failing move $process "$@"
		status=$?
		moved=$([ $status -ne 0 ] || row moved)
		[ "$(cat $knob)" -eq 0 ]
	do
		[ $status -ne 0 ] || [ "$(row state)" != ok ] || [ "$moved" -ge 20 ] ||
			failed="$failed $steps: $moved are moved, and nobody says so"
		move $process "$@" || failed="$failed $steps: not again"
		[ "$(vm_pte $process)" = "$before" ] || failed="$failed $steps: $(vm_pte $process) of $before kB"
		[ $steps -lt 80 ] || break
	done
	echo 0 > $knob
	is "move $*: each of $((steps - 1)) steps fails once: it says so or does it, and does it the next time" "$failed" ''
	compare '  there are such steps' $steps -gt 3
}
fail_steps_of node 0
fail_steps_of cache
kill $process
wait $process 2> /dev/null
unload_live

rmmod pt_cache_user
load_user auto_reclaim=1 auto_min=0 auto_share=50
failed=''
for steps in 1 2 3 5; do
	begin /run/purge build/tests/purge 130 1024
	purge=$!
	until_true 30 grep -q ready /run/purge
	echo $steps > $knob
	freed() { [ "$(vm_pte $purge)" -le 100 ]; } # of 130 tables of 4 kB
	until_true 60 freed || failed="$failed $steps: $(vm_pte $purge) kB are left"
	kill $purge
	wait $purge 2> /dev/null
done
echo 0 > $knob
is 'auto_reclaim: what fails in one pass is done in another' "$failed" ''
is 'no page is held, none was lost' "$(stat leaked_pages)" 0
ok 'no rule is broken' no_rule_is_broken
