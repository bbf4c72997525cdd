#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Adopting in user space, on memory that is made up, against a model: alone and with threads, with
# sanitizers of memory and undefined behaviour; then threads with a detector of races.
# ADOPT_SEED=N, ADOPT_WORLDS=N, ADOPT_ROUNDS=N: other random numbers than the usual ones, more
# memory, more of each thread.

cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
export TSAN_OPTIONS="suppressions=tests/host/tsan.supp ${TSAN_OPTIONS-}"
seed=${ADOPT_SEED:-1} worlds=${ADOPT_WORLDS:-9} rounds=${ADOPT_ROUNDS:-60}

host_part 'what may be adopted is, and nobody reads, writes or computes what is not defined' \
	adopt_test -O0 "${host_sanitizers[@]}" -- "$seed" "$worlds" "$rounds"
host_part 'threads adopt while memory comes and goes, and no two of them race' \
	adopt_test -O0 "${host_race_detector[@]}" -- "$seed" 0 "$rounds"
done_testing
