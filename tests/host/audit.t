#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The audit of all mms, on processes that are made up, of machines up to 12 TB, in user space, with
# sanitizers.
# AUDIT_SEED=N, AUDIT_TABLES=N: other processes than the usual ones, or more tables.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
host_test audit_test -O1 -- "${AUDIT_SEED:-1}" "${AUDIT_TABLES:-200000}"
