#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `boot` promises. Five guests, about two minutes.
# shellcheck source-path=SCRIPTDIR source=boot-test.sh
. "$(dirname "$0")/boot-test.sh"

refused() { # NAME WORDS ARGUMENT...
	local name=$1 words=$2 status=0
	shift 2
	"$testbox/boot" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	is "$status" 2 "wrong arguments end with 2: $name"
	is "$(wc -l <"$tmp/err")" 1 "  and one line"
	has "$tmp/err" "$words" "  that says why"
	is "$(cat "$tmp/out")" '' "  on stderr"
}

test_arguments() {
	refused 'no release' 'which release'
	refused 'unknown release' "unknown release 'sid'" sid -- true
	refused 'no --' "a '--' goes between" trixie true
	refused 'no command' 'which command' trixie --
	refused 'unknown option' "unknown option '--frob'" --frob trixie -- true
	refused 'no value' '--memory wants a value' --memory
	refused 'bad size' '--memory wants a size' --memory lots trixie -- true
	refused 'bad number' '--cpus wants a number' --cpus 0 trixie -- true
	refused 'bad limit' '--timeout wants a number' --timeout 1h trixie -- true
	refused 'uneven nodes' 'cannot be split evenly' --numa 3 trixie -- true
	refused 'no root tree' '--tree wants a copy' --tree /absent trixie -- true
	refused 'icount with two CPUs' '--icount counts one CPU' --icount --cpus 2 trixie -- true
	refused 'other architecture' "architecture 'riscv64'" --arch riscv64 trixie -- true
	"$testbox/boot" --help >"$tmp/out"
	is $? 0 "--help ends with 0"
	has "$tmp/out" 'Usage: boot' "  and tells the usage"
}

# All that a good guest can show, in one boot: each line of its output is a
# question answered.
test_good_guest() {
	local status=0
	cat >"$project/script" <<-'END'
		echo "arguments: $# [$1] [$2] [$3]"
		echo "folder: $PWD $(id -u)"
		test -d /sys/kernel/debug/bdi && echo debugfs
		test -e /sys/kernel/tracing/available_events && echo tracefs
		echo "nodes: $(ls -d /sys/devices/system/node/node* | wc -l)"
		echo "cpus: $(nproc)"
		echo written >written && echo writable
		for stream in /dev/stderr /dev/stderr; do (echo "to stderr" >$stream) & done
		wait
		log() { echo "$*" >/dev/kmsg; }
		log "pt_cache test: expect warning ptc_planted"
		log "WARNING: planted.c:1 at ptc_planted+0x1/0x2, CPU#0: sh/1"
		log "pt_cache test: expect end"
		log "pt_cache test: allow warning ptc_absent"
		log "pt_cache test: expect end"
		sleep 1000 &
		echo data:
		seq 1 500000
		printf '\000\001\377\r\n no newline at the end'
		exit 7
	END
	{
		printf 'earlier words\n'
		# shellcheck disable=SC2016  # not to be expanded
		printf 'arguments: 3 [two words] [] [$HOME "quoted" \\ * '\'']\n'
		printf 'folder: /pt_cache 0\ndebugfs\ntracefs\nnodes: 2\ncpus: 2\nwritable\n'
		printf 'data:\n'
		seq 1 500000
		printf '\000\001\377\r\n no newline at the end'
	} >"$tmp/wanted"
	printf 'earlier words\n' >"$tmp/out"
	# shellcheck disable=SC2016  # not to be expanded
	boot --numa 2 trixie -- bash script \
		'two words' '' '$HOME "quoted" \ * '\' >>"$tmp/out" || status=$?
	is "$status" 7 "boot ends with the command's status, expected warnings aside"
	((status == 7)) || diag "$(cat "$tmp/err")"
	ok "stdout is the command's, byte for byte, behind what was in the file" \
		cmp "$tmp/wanted" "$tmp/out"
	is "$(grep -c 'to stderr' "$tmp/err")" 2 "stderr is the command's; two writers open it at once"
	is "$(cat "$project/written")" written \
		"what the command writes into the project is there afterwards"
	is_logged bash 'a failure' 'arguments: 3 [two words]' 'to stderr' 'pt_cache test: expect warning ptc_planted'
}

# is_logged NAME WHAT WORDS...: the log of that name is named, and has the words and the console.
is_logged() {
	local log=build/log/$1.log what=$2 words
	shift 2
	has "$tmp/err" "its whole output and its console: $log" "$what leaves a log, which is named"
	for words in 'Linux version' "$@"; do
		has "$project/$log" "$words" "  which has: $words"
	done
}

test_success() {
	PTC_TEST=passes boot trixie -- 'echo fine' >"$tmp/out"
	is $? 0 'a guest whose command succeeds ends with 0'
	ok '  and leaves no log' test ! -e "$project/build/log/passes.log"
}

test_planted_warning() {
	local status=0
	boot trixie -- 'echo "pt_cache test: expect warning ptc_missing" >/dev/kmsg
		echo "pt_cache test: expect end" >/dev/kmsg
		echo "WARNING: planted.c:1 at ptc_planted+0x1/0x2, CPU#0: sh/1" >/dev/kmsg
		echo done' >"$tmp/out" || status=$?
	is "$status" 99 "a warning makes boot fail though the command did not"
	is "$(cat "$tmp/out")" 'done' "  whose output is whole"
	has "$tmp/err" 'at ptc_planted+0x1/0x2' "  and is printed"
	has "$tmp/err" 'did not come: ptc_missing' "an expected warning that is missing, too"
	is_logged echo 'a warning' 'done' 'did not come: ptc_missing'
}

test_panic() {
	local status=0
	PTC_TEST=panics boot trixie -- 'echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 1000' \
		>"$tmp/out" || status=$?
	is "$status" 99 "a panic makes boot fail"
	has "$tmp/err" 'Kernel panic - not syncing: sysrq triggered crash' "  with the kernel's words"
	has "$tmp/err" 'sysrq_handle_crash+0x' "  and its trace"
	is "$(cat "$tmp/out")" before "  and what the command said until then"
	is_logged panics 'a panic' before 'Kernel panic - not syncing' 'the guest ended before its command did'
}

# As when the host is short of memory
test_killed() {
	local status=0
	PTC_TEST=killed boot trixie -- 'echo before; sleep 1000' >"$tmp/out" &
	until grep -qs before "$project/build/log/killed.log" || ! kill -0 $! 2>/dev/null; do sleep 0.2; done
	kill -KILL "$(pgrep -f "^qemu-system.*$mark" | head -n 1)"
	wait $! || status=$?
	is "$status" 99 'a guest that is killed from outside makes boot fail'
	is_logged killed 'that' before 'the guest ended before its command did' 'MB left'
}

test_arguments
test_good_guest
test_success
test_planted_warning
test_panic
test_killed
done_testing
