#!/bin/bash
# What a user may write to files of debugfs and to parameters, in user space, with sanitizers.

cd "$(dirname "$0")/../.." || exit
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
host_build text_test "$tmp/text_test" "${CC:-gcc}" -O1 "${host_sanitizers[@]}" || exit
host_run "$tmp/text_test"
