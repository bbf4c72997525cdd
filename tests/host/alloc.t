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

arguments=("${ALLOC_SEED:-1}" "${ALLOC_STEPS:-800}")

host_part 'threads allocate, free, lend and shrink, and no two of them race' \
	alloc_test -O1 "${host_race_detector[@]}" -- "${arguments[@]}"
host_part 'and none reads, writes or computes what is not defined' \
	alloc_test -O0 "${host_sanitizers[@]}" -- "${arguments[@]}"
done_testing
