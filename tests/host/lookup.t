#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whose page frames are: the lookup on machines that are made up, against a model, in user space, with
# sanitizers; as on kernels that mark the page tables of all levels, and as on those that do not.
# LOOKUP_SEED=N, LOOKUP_ROUNDS=N: other machines than the usual ones, or more of them.

cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT

arguments=("${LOOKUP_SEED:-1}" "${LOOKUP_ROUNDS:-200}")

host_part 'page frames and their owners, where page tables of all levels are marked' \
	lookup_test -O1 -DPTC_HAVE_PGD_CTOR "${host_sanitizers[@]}" -- "${arguments[@]}"
host_part 'and where upper levels are not, and a PGD always is a pair' \
	lookup_test -O1 -DPGD_ALLOCATION_ORDER=1 "${host_sanitizers[@]}" -- "${arguments[@]}"
done_testing
