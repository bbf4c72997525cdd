# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of `boot` share. Sourced.

set -uo pipefail
shopt -s lastpipe
testbox=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$testbox/tap.sh"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# A project with nothing to build: these tests are of the test box alone.
mkdir -p "$tmp/project/tests"
cp -r "$testbox" "$tmp/project/tests/"
project=$tmp/project
testbox=$project/tests/testbox
# Its guests are not this test: they have logs of their own.
unset PTC_LOG PTC_TEST
# On the kernel command line of our guests, to find what they leave behind.
mark=ptc_test_mark=$$

boot() { "$testbox/boot" --append "$mark" "$@" 2>"$tmp/err"; }
