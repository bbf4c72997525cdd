#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The walk of a process's page tables, on address spaces that are made up and change while they are
# walked, in user space, with sanitizers.
# MM_WALK_SEED=N, MM_WALK_ROUNDS=N: other address spaces than the usual ones, or more of them.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test mm_walk_test -O1 -- "${MM_WALK_SEED:-1}" "${MM_WALK_ROUNDS:-400}"
