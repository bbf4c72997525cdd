#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A guest that does not end, or does not begin, is ended in time. A minute.
# shellcheck source-path=SCRIPTDIR source=boot-test.sh
. "$(dirname "$0")/boot-test.sh"

test_time_limit() {
	local status=0 spoke line
	boot --timeout 60 trixie -- 'echo before; sleep 1000' | {
		read -r line && date +%s >"$tmp/spoke"
		printf '%s\n' "$line"
		cat
	} >"$tmp/out"
	status=${PIPESTATUS[0]}
	spoke=$(($(date +%s) - $(<"$tmp/spoke")))
	is "$status" 124 "the time limit ends the guest with 124"
	# it counts from the start of the guest, which takes a while to come up
	ok "  in time: $spoke s after its first word" test "$spoke" -lt 60
	has "$tmp/err" 'time limit of 60 s' "  says so"
	has "$tmp/err" 'lines of the kernel'"'s console" "  and prints the console's last lines"
}

test_no_start() {
	local status=0
	PTC_START_LIMIT=2 boot trixie -- 'echo never' >"$tmp/out" || status=$?
	is "$status" 99 "a guest that does not come up makes boot fail"
	has "$tmp/err" 'did not come up in 2 s (start 3 of 3)' "  after three starts"
	is "$(cat "$tmp/out")" '' "  and its command never ran"
}

test_time_limit
test_no_start
done_testing
