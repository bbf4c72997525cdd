#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The walker of the direct map in user space, on made-up tables, with sanitizers.
# WALK_SEEDS=FIRST-LAST: other random layouts than the usual ones.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test walk_test -O2 -Wextra -Wno-unused-parameter -- \
	${WALK_SEEDS:+"${WALK_SEEDS%-*}" "${WALK_SEEDS#*-}"}
