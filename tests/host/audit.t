#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The audit of all mms, in user space, with sanitizers: on processes that are made up, of machines up
# to 12 TB; and over the real walk of an address space.
# AUDIT_SEED=N, AUDIT_TABLES=N, AUDIT_ROUNDS=N: other processes than the usual ones, more tables, or
# more address spaces.

cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
seed=${AUDIT_SEED:-1}

host_part 'what is in two mms is found, and nothing else, in at most two walks' \
	audit_test -O1 "${host_sanitizers[@]}" -- "$seed" "${AUDIT_TABLES:-100000}"
host_part 'it is found where the walk met it' \
	audit_walk_test -O1 "${host_sanitizers[@]}" -- "$seed" "${AUDIT_ROUNDS:-100}"
done_testing
