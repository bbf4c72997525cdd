#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Trees of page tables in user space, against a model and hardware that remembers: one CPU at a time
# with sanitizers of memory and undefined behaviour, then threads, then these with a detector of
# races.
# TREE_SEED=N, TREE_OPERATIONS=N, TREE_ROUNDS=N: other random numbers than the usual ones, more
# operations on each tree, more of each thread.

cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
export TSAN_OPTIONS="suppressions=tests/host/tsan.supp ${TSAN_OPTIONS-}"
seed=${TREE_SEED:-1} operations=${TREE_OPERATIONS:-600} rounds=${TREE_ROUNDS:-80}

host_part 'the tree maps what the model does, and nobody reads or writes what is not defined' \
	tree_test -O1 "${host_sanitizers[@]}" -- "$seed" "$operations" "$rounds"
host_part 'threads map, unmap and walk, and no two of them race' \
	tree_test -O0 "${host_race_detector[@]}" -- "$seed" 0 "$rounds"
done_testing
