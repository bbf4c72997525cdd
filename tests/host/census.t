#!/bin/bash
# What the census adds up, of made-up tables, in user space, with sanitizers.
# CENSUS_SEED=N, CENSUS_ROUNDS=N: other tables than the usual ones, or more of them.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
host_build census_test "$tmp/census_test" "${CC:-gcc}" -O1 "${host_sanitizers[@]}" || exit
host_run "$tmp/census_test" "${CENSUS_SEED:-1}" "${CENSUS_ROUNDS:-2000}"
