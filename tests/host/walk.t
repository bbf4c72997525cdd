#!/bin/bash
# The walker of the direct map in user space, on made-up tables, with sanitizers.
# WALK_SEEDS=FIRST-LAST: other random layouts than the usual ones.

cd "$(dirname "$0")/../.." || exit
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
"${CC:-gcc}" -std=gnu11 -O2 -g -Wall -Wextra -Werror -fsanitize=address,undefined \
	-fno-sanitize-recover=all -I tests/host/shim -I module \
	-o "$tmp/walk_test" tests/host/walk_test.c module/direct_map/walk.c || exit
timeout 300 "$tmp/walk_test" ${WALK_SEEDS:+"${WALK_SEEDS%-*}" "${WALK_SEEDS#*-}"}
