#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What all reports have in common, with a report that is made up, in user space, with sanitizers:
# how it is opened, read, written to, cut and interrupted.
# REPORT_SEED=N, REPORT_ROUNDS=N: other reads than the usual ones, or more of them.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test report_test -O1 -- "${REPORT_SEED:-1}" "${REPORT_ROUNDS:-200}"
