#!/bin/bash
# The bitmaps of a block in user space, against a model that looks at each page, with sanitizers.
# BLOCK_SEED=N, BLOCK_SEQUENCES=N: other random operations than the usual ones, or more of them.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
host_build block_test "$tmp/block_test" "${CC:-gcc}" -O2 "${host_sanitizers[@]}" || exit
host_run "$tmp/block_test" "${BLOCK_SEED:-1}" "${BLOCK_SEQUENCES:-200}"
