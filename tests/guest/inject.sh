# SPDX-License-Identifier: GPL-2.0
# Every step that can fail, made to fail once by its number: of loading, of each report, of a livepatch.
# Afterwards nothing is left behind, and the next try works. (Requests and trees: the suite inject.)
knob=$reports/fail_step

# What of ours is still there: folders, names of caches, vmalloc areas, callbacks of CPUs. A shrinker or a
# notifier that nobody has taken back is called, which ends the guest.
left_behind() {
	echo 2 > /proc/sys/vm/drop_caches
	for state in /sys/devices/system/memory/memory*/state; do :; done
	echo offline > "$state" && echo online > "$state"
	ls -d /sys/module/pt_cache $reports
	grep pt_cache /proc/vmallocinfo /proc/slabinfo /sys/devices/system/cpu/hotplug/states
} 2> /dev/null

# Where the step that fails is one of opening the report, it can be read the next time.
none_is_dirty() {
	[ "$(live non_zero 2> /dev/null)" = 0 ]
}

steps=0 failed='' # loads that neither worked nor left nothing
while steps=$((steps + 1)) && ! insmod "$ko/pt_cache.ko" fail_step=$steps 2> /dev/null; do
	[ -z "$(left_behind)" ] || failed="$failed $steps: $(left_behind)"
	load || failed="$failed $steps: not again"
	unload || failed="$failed $steps: not unloaded"
done
diag "held: $((steps - 1)) steps of loading failed one by one"
is 'load: each step fails once, nothing stays, and it loads the next time' "$failed" ''
compare '  there are such steps' $steps -gt 8
compare '  and they end' "$(cat $knob)" -gt 0
echo 0 > $knob
load_actor
hold alloc 1200 # something to report
read_steps=0

for report in info stats caches blocks tables pt_mm pt_cgroup page_tables refcounts direct_map direct_map_regions audit lookup pt_mm_tables; do
	steps=0 failed=''
	while
		steps=$((steps + 1))
		echo $steps > $knob
		cat $reports/$report > /run/report 2>&1
		status=$?
		[ "$(cat $knob)" -eq 0 ]
	do
		cat $reports/$report > /run/again 2>&1 || failed="$failed $steps: not again"
		# processes come and go between the two
		[ $status -ne 0 ] || [ $(($(wc -l < /run/report) * 10)) -ge $(($(wc -l < /run/again) * 9)) ] ||
			failed="$failed $steps: it is short, and says nothing"
		[ $steps -lt 50 ] || break
	done
	echo 0 > $knob
	read_steps=$((read_steps + steps - 1))
	is "$report: each of $((steps - 1)) steps fails once: it says so or is whole, and is whole the next time" "$failed" ''
done
diag "held: $read_steps steps of reading a report failed one by one"
is 'stats: the tables are out' "$(stat tables_in_use)" 1200
ok 'audit: all rules hold' no_rule_is_broken
hold free 1200

if [ -e "$ko/pt_cache_live.ko" ]; then
	steps=0 failed=''
	while
		steps=$((steps + 1))
		echo $steps > $knob
		if insmod "$ko/pt_cache_live.ko" ${live_option:+"$live_option"} 2> /dev/null; then
			until_true 60 live_is on || failed="$failed $steps: not on"
			build/tests/dirt plain 1 > /run/dirt 2>&1 || failed="$failed $steps: a process failed: $(cat /run/dirt)"
			until_true 5 none_is_dirty || failed="$failed $steps: dirty"
			unload_live || failed="$failed $steps: not unloaded"
		fi
		[ ! -d /sys/module/pt_cache_live ] || failed="$failed $steps: it is still there"
		[ "$(cat $knob)" -eq 0 ]
	do
		[ $steps -lt 60 ] || break
	done
	echo 0 > $knob
	diag "held: $((steps - 1)) steps of serving the kernel failed one by one"
	is 'live: each step fails once, and no process sees it' "$failed" ''
	compare '  there are such steps' $steps -gt 8
	ok '  and it serves the next time' load_live
	unload_live
fi
rmmod pt_cache_selftest
is 'no page is held, none was lost' "$(stat pages_held) $(stat leaked_pages)" '0 0'
unload
is 'nothing of it is left' "$(left_behind)" ''
