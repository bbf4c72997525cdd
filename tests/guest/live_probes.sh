# SPDX-License-Identifier: GPL-2.0
# Others look at pte_alloc_one(), too: their probes come and go while the livepatch does. Each works beside it, or
# is refused in words.
tracing=/sys/kernel/tracing
load verify_zero=1
build/tests/dirt plain 900 > /run/load 2>&1 &
dirt=$!

serves_more() {
	[ "$(live served)" -gt $((before + 100)) ]
}

serves() { # WHEN
	before=$(live served)
	ok "$1: tables are served" until_true 30 serves_more
	is "$1: none was dirty" "$(live non_zero)" 0
}

# The livepatch comes, or the kernel's refusal is said.
live_comes() { # WHEN
	lines=$(dmesg | wc -l)
	if load_live; then
		ok "$1: the livepatch comes" true
		serves "$1"
	else
		diag "$(dmesg | tail -n "+$((lines + 1))")"
		ok "$1: the livepatch is refused, which is said" \
			sh -c "dmesg | tail -n +$((lines + 1)) | grep -q 'the kernel refused the livepatch of pte_alloc_one()'"
	fi
}

# probe KIND on|off: of tracefs, with what the kernel says of it in /run/probe.err
probe() {
	case $1 in
	kprobe) file=kprobe_events line='p:ptc/kprobe pte_alloc_one' ;;
	kretprobe) file=kprobe_events line='r:ptc/kretprobe pte_alloc_one' ;;
	fprobe) file=dynamic_events line='f:ptc/fprobe pte_alloc_one' ;;
	fretprobe) file=dynamic_events line='f:ptc/fretprobe pte_alloc_one%return' ;;
	esac
	case $1-$2 in
	function-on) { echo pte_alloc_one > $tracing/set_ftrace_filter && echo function > $tracing/current_tracer; } ;;
	function-off) { echo nop > $tracing/current_tracer && echo > $tracing/set_ftrace_filter; } ;;
	*-on) { echo "$line" >> "$tracing/$file" && echo 1 > "$tracing/events/ptc/$1/enable"; } ;;
	*-off) { echo 0 > "$tracing/events/ptc/$1/enable" && echo "-:ptc/$1" >> "$tracing/$file"; } ;;
	esac 2> /run/probe.err
}

sees() { # KIND: since the last look
	case $1 in
	function) grep -q 'pte_alloc_one <-' $tracing/trace ;;
	*) grep -q " $1: (" $tracing/trace ;;
	esac
}

all_see() { # WHEN
	echo > $tracing/trace
	for kind in $on; do
		ok "$1: $kind sees pte_alloc_one()" until_true 20 sees "$kind"
	done
}

kinds='kprobe kretprobe function'
if grep -q '[[:space:]]f\[:' $tracing/README; then
	kinds="$kinds fprobe fretprobe"
else
	skip 'probes of kind fprobe' 'this kernel offers none by tracefs'
fi
on=
for kind in $kinds; do
	if probe "$kind" on; then
		on="$on $kind"
	else
		ok "$kind is refused, which is said" [ -s /run/probe.err ]
		diag "$(cat /run/probe.err) $(tail -n 3 $tracing/error_log)"
	fi
done
compare 'there are probes' "$(echo "$on" | wc -w)" -ge 2
all_see 'before the livepatch'
live_comes 'with probes there'
all_see 'with the livepatch'
bad=
for _ in 1 2 3; do
	for kind in $on; do probe "$kind" off || bad="$bad $kind off: $(cat /run/probe.err);"; done
	for kind in $on; do probe "$kind" on || bad="$bad $kind on: $(cat /run/probe.err);"; done
done
is 'they go and come while it is on' "$bad" ''
all_see 'come with the livepatch on'
serves 'come with the livepatch on'
ok 'the livepatch goes from under them' unload_live
all_see 'after the livepatch'

# Both at once, at no agreed moment.
(
	trap 'stop=1' TERM
	stop=
	while [ -z "$stop" ]; do
		for kind in $on; do probe "$kind" off || echo "$kind off: $(cat /run/probe.err)"; done
		for kind in $on; do probe "$kind" on || echo "$kind on: $(cat /run/probe.err)"; done
	done
) > /run/flipper 2>&1 &
flipper=$!
failed=
for _ in 1 2 3; do
	load_live || failed="$failed on"
	unload_live || failed="$failed off"
done
kill -TERM $flipper
wait $flipper
is 'the livepatch comes and goes 3 times while they come and go' "$failed" ''
is '  and none is refused' "$(sort /run/flipper | uniq -c)" ''
all_see 'after that'
for kind in $on; do probe "$kind" off; done

# A trampoline of BPF is called in the function's place, as the livepatch's function is.
# shellcheck disable=SC2016  # bpftrace's
start_fentry() {
	: > /run/trace.out
	timeout -s INT 400 bpftrace -e 'BEGIN { printf("Tracing\n"); }
		kfunc:pte_alloc_one { @entry = count(); } kretfunc:pte_alloc_one { @exit = count(); }
		interval:s:1 { print(@entry); print(@exit); clear(@entry); clear(@exit); }' \
		> /run/trace.out 2> /run/trace.err &
	tracer=$!
	until_true 300 traces_or_has_ended
	grep -q Tracing /run/trace.out
}

traces_or_has_ended() {
	grep -q Tracing /run/trace.out || ! kill -0 $tracer 2> /dev/null
}

fentry_sees() {
	tail -n 6 /run/trace.out | grep -q '^@entry: [1-9]' && tail -n 6 /run/trace.out | grep -q '^@exit: [1-9]'
}

stop_fentry() {
	[ -z "$(pidof bpftrace)" ] || kill -INT "$(pidof bpftrace)"
	wait $tracer
}

if start_fentry; then
	ok 'fentry and fexit see pte_alloc_one()' until_true 30 fentry_sees
	live_comes 'with fentry and fexit there'
	sleep 2 # what was seen before is not printed any more
	[ ! -d /sys/module/pt_cache_live ] || ok '  they see it with the livepatch' until_true 30 fentry_sees
	stop_fentry
	if [ -d /sys/module/pt_cache_live ]; then serves 'fentry and fexit have gone'; else live_comes 'without them'; fi
	if start_fentry; then
		ok 'come with the livepatch on, fentry and fexit see pte_alloc_one()' until_true 30 fentry_sees
		serves 'come with the livepatch on'
	else
		ok 'fentry and fexit are refused with the livepatch on, which is said' [ -s /run/trace.err ]
		diag "$(tail -n 5 /run/trace.err)"
	fi
	ok 'the livepatch goes from under them, too' unload_live
	stop_fentry
else
	diag "$(tail -n 5 /run/trace.err)"
	skip 'fentry and fexit beside the livepatch' "this kernel's bpftrace has none of pte_alloc_one()"
	stop_fentry
fi
live_comes 'without probes'
ok 'audit: all rules hold after it' no_rule_is_broken
is 'no page came back in a bad state' "$(stat bad_state)" 0
kill $dirt
wait
unload
