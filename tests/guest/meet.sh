# SPDX-License-Identifier: GPL-2.0
# Whoever reaches a page table of a process meets the one who wants to take it, in order to free it (reclaim_meet.sh)
# or to move it (move_meet.sh): by pt_cache_delay.ko the former is held up where it has the lock, or the state of its
# CPU, that is to exclude the latter, and goes on when that was seen. What the scenes are, tests/guest/meet.c says.
# Each begins with a table that can be taken.
# scenes='NAME...': these alone.
load
load_user

delay=/sys/module/pt_cache_delay/parameters
tracing=/sys/kernel/tracing/instances/meet

# One CPU is for who is held up, as preemption is off there.
pin() { # CPU
	taskset -p -c "$1" $$ > /run/pin
}

is_inside() {
	[ "$(cat $delay/inside)" = 1 ]
}

has_said() { # WORD...
	for word; do
		! grep -q "^$word" /run/meet || return 0
	done
	return 1
}

# begin_scene NAME: with the table made. Ends with 1 if this kernel has none such.
begin_scene() {
	scene=$1
	case " ${scenes:-$scene} " in *" $scene "*) ;; *) return 1 ;; esac
	begin /run/meet taskset -c "$((1 - own_cpu))" build/tests/meet "$scene" ${moves:+node "$own_cpu"}
	met=$!
	until_true 20 has_said ready 'left out'
	target=$(sed -n 's/^ready //p' /run/meet)
	[ -z "$target" ] || take "$target" # what it has from its beginning
	kill -USR1 "$met"
	until_true 20 has_said made 'left out'
	if ! has_said made; then
		skip "$scene" "$(tail -n 1 /run/meet)"
		end_scene
		return 1
	fi
	take dry "$target"
	table="$(row $taken_row) could be taken, $(row kept_mixed) mixed, $(row kept_other) others are kept"
	before=$(stat $taken_stat)
}

# load_delay [PARAMETERS] FUNCTION...: for the first of these that this kernel has
load_delay() {
	who= # or where
	case $1 in *=*) who=$1; shift ;; esac
	for function; do
		# shellcheck disable=SC2086  # words, or none
		insmod "$ko/pt_cache_delay.ko" function="$function" us=$((${hold_seconds:-16} * 1000000)) times=1 $who 2> /run/insmod && return
	done
}

# hold_up [PARAMETERS] FUNCTION...: whoever calls it
hold_up() {
	load_delay "$@"
	kill -USR1 "$met"
	ok "$scene: is held up in $function()" until_true 20 is_inside
}

let_go() {
	echo 1 > $delay/go
	ok '  it was held up all that time' [ "$still" = 1 ]
	wait "$request"
	until_true 20 has_said right wrong
	is '  and it goes on as if nothing had been' "$(tail -n 1 /run/meet)" right
	rmmod pt_cache_delay
}

# Where a table was moved, nothing of it is lost.
look_again() {
	[ "$moves" ] || return
	kill -USR1 "$met"
	until_true 20 has_said still wrong
	is '  every byte is right after that' "$(tail -n 1 /run/meet)" 'still right'
}

end_scene() {
	kill "$met" 2> /run/kill # it may have ended
	wait "$met"
}

request() {
	rm -f /run/requested
	(take "$target" 2> /run/request; : > /run/requested) & # which may say that it is busy
	request=$!
}

request_has_ended() {
	[ -e /run/requested ]
}

# excluded NAME [PARAMETERS] FUNCTION...: nothing is taken as long as it is held up; then it is. What is to be freed has
# to be empty still.
excluded() {
	begin_scene "$1" || return 0
	shift
	case $table in 0*) ok "$scene: $table" false ;; esac
	hold_up "$@"
	request
	until_true 10 request_has_ended # it gives up before, if it has to wait
	after=$(stat $taken_stat)
	still=$(cat $delay/inside)
	is '  no table is taken meanwhile' "$after" "$before"
	ok '  as a lock is held' [ "$(row state) $(row kept_busy)" != 'ok 0' ]
	let_go
	case $moves$scene in
	fault | populate | move) ;;
	*)
		take "$target"
		compare '  then it is' "$(stat $taken_stat)" -gt "$before"
		look_again ;;
	esac
	end_scene
}

# waits NAME: for the copy of a table, who comes when the table is out of its place
waits() {
	begin_scene "$1" || return 0
	load_delay ptc_replacements_publish
	pin "$((1 - own_cpu))"
	# shellcheck disable=SC2016  # expanded by the inner shell
	taskset -c "$own_cpu" sh -c 'echo "$1" > "$2"' sh "$target node $own_cpu" $reports/move &
	request=$!
	ok "$scene: who moves a table is held up in $function()" until_true 20 is_inside
	kill -USR1 "$met"
	ok '  a request waits for that' [ ! "$(until_true 2 has_said right wrong && tail -n 1 /run/meet)" ]
	still=$(cat $delay/inside)
	let_go
	compare '  its table is moved' "$(stat $taken_stat)" -gt "$before"
	look_again
	end_scene
	pin "$own_cpu"
}

# kept NAME: by what it is
kept() {
	begin_scene "$1" || return
	pages=$(vm_pte "$target")
	take "$target"
	is "$scene: no table of it is taken" "$(row $taken_row)" 0
	is '  it has them all' "$(vm_pte "$target")" "$pages"
	compare '  one is kept for what it is' $(($(row kept_mixed) + $(row kept_other))) -ge 1
	end_scene
}

own_cpu=0
pin 0

# Page faults: the VMA's lock, or in 6.1 the mmap lock. UFFDIO_MOVE has looked at the table's PMD before.
excluded fault comm=met handle_mm_fault
case $(uname -r) in 6.*) function=folio_get_anon_vma ;; *) function=vm_normal_folio ;; esac
excluded move comm=met $function
# The mmap lock.
excluded populate comm=met handle_mm_fault
# The lock of the file's mappings, and that of all anonymous memory that has one origin.
excluded punch comm=met tlb_gather_mmu
excluded migrate comm=met page_vma_mapped_walk

# The same locks until a copy is in place.
if [ "$moves" ]; then
	waits fault
	waits punch
fi

kept device
kept arena

# GUP-fast has interrupts off: the request, by a thread of the scene, is not done before it is through.
if begin_scene gup; then
	load_delay 'comm=met irqs_off=Y us=3000000' try_grab_folio_fast __pte_offset_map try_grab_folio
	kill -USR1 "$met"
	until_true 20 has_said right wrong
	is "$scene: held up in $function(), a request waits for it" "$(tail -n 1 /run/meet)" right
	is '  it was held up' "$(cat $delay/delayed)" 1
	compare '  its table is taken' "$(stat $taken_stat)" -gt "$before"
	rmmod pt_cache_delay
	look_again
	end_scene
fi

# What was taken is freed only when all have left their RCU read-side sections.
mkdir -p $tracing

# trace FUNCTION...: these alone, from now on
trace() {
	echo nop > $tracing/current_tracer
	for function; do
		ok "$function() can be traced" sh -c "echo $function >> $tracing/set_ftrace_filter" || return
	done
	echo function > $tracing/current_tracer
}

tables_were_freed() {
	grep -q detached_free_work $tracing/trace
}
trace detached_free_work
if begin_scene reader; then
	until_true 2 false # earlier ones are freed
	echo > $tracing/trace
	hold_up comm=met tlb_gather_mmu
	request
	ok '  a request is done meanwhile' until_true 5 request_has_ended
	compare '  and took its table' "$(row $taken_row)" -ge 1
	ok '  which is not freed yet' [ ! "$(until_true 1 tables_were_freed && echo freed)" ]
	still=$(cat $delay/inside)
	let_go
	ok '  but then' until_true 10 tables_were_freed
	look_again
	end_scene
fi

# Every CPU has forgotten what was taken when the mmap lock is released, and when a copy of it is made: the one that is
# slow, too.
trace on_each_cpu_cond_mask ptc_replacements_publish mmput_async
echo write==1 > $tracing/events/mmap_lock/mmap_lock_released/filter
echo 1 > $tracing/events/mmap_lock/mmap_lock_released/enable

# flush_us WHAT: from when all CPUs are told to flush to this, before the process is left alone
flush_us() {
	awk -v what="$1" '
		{ for (i = 3; i < NF && $i !~ /^[0-9.]+:$/; i++); task = $1; at = $i * 1000000 }
		/on_each_cpu_cond_mask/ { begun[task] = at }
		$0 ~ what && begun[task] {
			if (at - begun[task] > most)
				most = at - begun[task]
			delete begun[task]
		}
		/mmput_async/ { delete begun[task] }
		END { printf "%d\n", most }' $tracing/trace
}
if begin_scene spin; then
	flushes=$(stat $flushes_stat)
	insmod "$ko/pt_cache_delay.ko" function=ptc_flush_this_cpu us=0
	ok 'flush: a request' take "$target"
	compare '  takes the table' "$(row $taken_row)" -ge 1
	flushes=$(($(stat $flushes_stat) - flushes))
	is '  each CPU is flushed' "$(cat $delay/cpus)" "$(cat /sys/devices/system/cpu/online)"
	is "  so often: $flushes" "$(cat $delay/delayed)" $((flushes * $(nproc --all)))
	rmmod pt_cache_delay
	end_scene
fi
if begin_scene spin; then
	kill -USR1 "$met" # it keeps its CPU
	insmod "$ko/pt_cache_delay.ko" function=ptc_flush_this_cpu us=300000 comm=met
	echo > $tracing/trace
	ok 'flush: a request while another CPU is slow to do it' take "$target"
	is '  it was' "$(cat $delay/cpus)" 1
	us=$(flush_us mmap_lock_released)
	compare "  the mmap lock is held until then: $us us" "$us" -ge 300000
	if [ "$moves" ]; then
		us=$(flush_us ptc_replacements_publish)
		compare "  nor is a copy made before: $us us" "$us" -ge 300000
	fi
	rmmod pt_cache_delay
	look_again
	[ "$moves" ] || kill -USR1 "$met"
	end_scene
fi
echo nop > $tracing/current_tracer
rmdir $tracing

# A CPU that goes offline is no longer interrupted.
own_cpu=1
pin 1
excluded offline cpuhp_kick_ap_work

taskset -p -c 0-1 $$ > /run/pin
ok 'no rule is broken' no_rule_is_broken
unload
