#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the census adds up, of made-up tables, in user space, with sanitizers.
# CENSUS_SEED=N, CENSUS_ROUNDS=N: other tables than the usual ones, or more of them.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test census_test -O1 -- "${CENSUS_SEED:-1}" "${CENSUS_ROUNDS:-2000}"
