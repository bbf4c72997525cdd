#!/bin/bash
# The walker of the direct map in user space, on made-up tables, with sanitizers.
# WALK_SEEDS=FIRST-LAST: other random layouts than the usual ones.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
host_build walk_test "$tmp/walk_test" "${CC:-gcc}" -O2 -Wextra -Wno-unused-parameter \
	"${host_sanitizers[@]}" || exit
host_run "$tmp/walk_test" ${WALK_SEEDS:+"${WALK_SEEDS%-*}" "${WALK_SEEDS#*-}"}
