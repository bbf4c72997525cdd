#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The allocator in user space, with real threads for CPUs: once with a detector of races, once with
# sanitizers of memory and undefined behaviour.
# ALLOC_SEED=N, ALLOC_STEPS=N: other random steps than the usual ones, or more of each thread.

cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
export TSAN_OPTIONS="suppressions=tests/host/tsan.supp ${TSAN_OPTIONS-}"

# under NAME FLAG...: its own TAP is indented, as that of a part of a test.
under() {
	local name=$1 status=0
	shift
	if ! host_build alloc_test "$tmp/alloc_test" "${CC:-gcc}" "$@"; then
		ok "$name: it builds" false
		return
	fi
	host_run "$tmp/alloc_test" "${ALLOC_SEED:-1}" "${ALLOC_STEPS:-800}" > "$tmp/log" 2>&1 || status=$?
	sed 's/^/    /' "$tmp/log"
	is "$status" 0 "$name"
	((status == 0)) || sed '/^ok /d; s/^# //' "$tmp/log" | head -n 60 | diag
}

under 'threads allocate, free, lend and shrink, and no two of them race' -O1 "${host_race_detector[@]}"
under 'and none reads, writes or computes what is not defined' -O0 "${host_sanitizers[@]}"
done_testing
