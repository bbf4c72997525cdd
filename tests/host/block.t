#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The bitmaps of a block in user space, against a model that looks at each page, with sanitizers.
# BLOCK_SEED=N, BLOCK_SEQUENCES=N: other random operations than the usual ones, or more of them.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test block_test -O2 -- "${BLOCK_SEED:-1}" "${BLOCK_SEQUENCES:-200}"
