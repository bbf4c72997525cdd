#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Nothing lies there that no target runs: each test, each part of a guest's tests, in each turn what is always run.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
unset PTC_TURN PTC_DEBUG_TEST

list() { # WHAT [TURN]
	PTC_TURN=${2:-} tests/run "$1" --list | sort
}

missing() { # FILE... on stdin: those that are not there
	while read -r file; do [[ -e $file ]] || echo "$file"; done
}

all=$(list more)
is "$(list more | missing)" '' 'what make test-more runs is there'
is "$(find tests -name '*.t' | sort | comm -23 - <(echo "$all"))" '' '  and it runs every test'
is "$(echo "$all" | uniq -d)" '' '  none of them twice'
is "$(list test all | comm -23 - <(echo "$all"))" '' '  and all of make test'
is "$(list check | comm -23 - <(list test 0))" '' 'make test runs all of make check'
turns=$(for turn in 0 1 2; do list test $turn; done | sort | uniq -c) # in how many of the turns each test is
is "$(awk '{ print $2 }' <<<"$turns")" "$(list test all)" 'the three turns have them all'
is "$(awk '$1 == 2' <<<"$turns")" '' '  what is not always run, in one of them'
for release in bookworm trixie trixie-backports; do
	for kind in '' live-; do
		ok "$kind$release is always run" grep -qx " *3 tests/guest/$kind$release.t" <<<"$turns"
	done
done
is "$(list test)" "$(list test $(($(git rev-list --count HEAD 2>/dev/null || echo 0) % 3)))" \
	'the number of commits tells the turn'
PTC_TURN=3 tests/run test --list >/dev/null 2>&1
is $? 2 'a turn that is none is refused'

# A part that no guest has, and one that a guest wants and nobody wrote.
parts() { (cd tests/guest && printf '%s\n' *.sh) | sed 's/\.sh$//' | grep -vxE 'lib|meet|ticks'; }
wanted=$({
	grep -ohE 'tests/guest/run [a-z$][^"'\'']*' tests/guest/{one-release,mm-selftests}
	sed -n 's/^.*parts=//p' tests/guest/one-release
} | grep -ow '[a-z_]*' | sort -u)
is "$(parts | grep -vxF "$wanted")" '' 'each part runs in some guest'
is "$(grep -oE 'tests/guest/run [a-z_ ]+' tests/guest/one-release | sed 's/^[^ ]* *//' | tr ' ' '\n' | grep . | sort -u |
	grep -vxF "$(parts)")" '' 'each part that a guest runs is there'
done_testing
