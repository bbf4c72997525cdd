#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests that have never failed prove little: each break here, NAME.sed, is a fault put into one function of a copy
# of the project (see lib.sh), which a quick test must find. It says at its head who is to see it:
#
#	# test: NAME			of tests/host/NAME.t
#
# A break that changes nothing any more, or does not compile, is a failure: write it anew for what the code has
# become. BREAKS='NAME...': these alone.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/breaks/lib.sh
breaks=$PWD/tests/breaks
copy_project

# passes TEST
passes() {
	CC=gcc "tests/host/$1.t" >"$tmp/log" 2>&1
}

found() { # TEST
	! passes "$1" || { diag "tests/host/$1.t passes"; return 1; }
	! grep -qE '[0-9]: (fatal )?error: ' "$tmp/log" || { diag 'it does not compile:' "$(grep -m 3 'error: ' "$tmp/log")"; return 1; }
	grep -qE '^ *not ok |Sanitizer: |timed out' "$tmp/log" || { diag 'it fails without a word:' "$(tail -n 5 "$tmp/log")"; return 1; }
}

try() { # BREAK
	local test file
	test=$(head_of "$1" test)
	put_in "$1"
	is $? 0 "$1: it can be put in"
	! is_in || ok "  and tests/host/$test.t finds it" found "$test"
	take_out
}

choose_breaks
for test in $(for name in "${names[@]}"; do head_of "$name" test; done | sort -u); do
	passes "$test"
	is $? 0 "tests/host/$test.t passes while nothing is broken"
done
for name in "${names[@]}"; do
	try "$name"
done
done_testing
