#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who ends `boot` finds nothing that it leaves behind. No other tree may be made, and nothing be
# mounted, meanwhile.
# shellcheck source-path=SCRIPTDIR source=boot-test.sh
. "$(dirname "$0")/boot-test.sh"

cache=${PTC_CACHE:-$HOME/.cache/pt_cache}
export TMPDIR=$tmp/files # other programs' files come and go in /tmp
mkdir "$TMPDIR"

left_behind() {
	pgrep -f -- "$mark" | while read -r pid; do
		[[ $pid == "$$" ]] || ps -o pid=,args= -p "$pid"
	done | cut -c 1-150
	find "$cache" "$TMPDIR" -maxdepth 1 | LC_ALL=C sort
	find "$cache/trees" -maxdepth 1 | LC_ALL=C sort
	cat /proc/self/mounts
}

wait_for_guest() {
	local i
	for ((i = 0; i < 300; i++)); do
		pgrep -f -- "qemu-system.*$mark" >/dev/null && return
		sleep 0.1
	done
	return 1
}

test_interrupt() { # SIGNAL STATUS
	local status=0
	left_behind >"$tmp/before"
	# Not by way of a function: $! is to be boot itself.
	"$testbox/boot" --append "$mark" trixie -- 'sleep 1000' >"$tmp/out" 2>"$tmp/err" &
	ok "a guest is started" wait_for_guest
	kill -s "$1" $!
	wait $! 2>/dev/null || status=$?
	is "$status" "$2" "SIG$1 ends boot with $2"
	sleep 1
	left_behind >"$tmp/after"
	ok "  and leaves no process, no mount and no file" cmp "$tmp/before" "$tmp/after"
	diff "$tmp/before" "$tmp/after" | cut -c 1-100 | diag
}

test_interrupt TERM 143
test_interrupt KILL 137
done_testing
