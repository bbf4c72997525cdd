#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tests that have never failed prove little: each break here, NAME.sed, is a fault put into one function of a copy
# of the project, which a quick test must find. A break is a sed script for the function's body, and says at its
# head what it breaks, where, and who is to see it:
#
#	# function: NAME		of module/, in whatever file it is
#	# file: NAME.c			which, where several have one of that name
#	# test: NAME			of tests/host/NAME.t
#
# A break that changes nothing any more, or does not compile, is a failure: write it anew for what the code has
# become. BREAKS='NAME...': these alone.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
breaks=$PWD/tests/breaks

mkdir "$tmp/project"
tests/static/tracked | xargs -d '\n' cp --parents -t "$tmp/project"
cd "$tmp/project" || exit

head_of() { # BREAK KEY
	sed -n "s/^# $2: *//p" "$breaks/$1.sed"
}

# passes TEST
passes() {
	CC=gcc "tests/host/$1.t" >"$tmp/log" 2>&1
}

# put_in BREAK: sets `file`, and changes it
put_in() {
	local function begins files
	: >"$tmp/whole"
	function=$(head_of "$1" function)
	begins="^[a-z][^;]*[ *]$function([^;]*\$"
	file=$(head_of "$1" file)
	mapfile -t files < <(grep -rlE --include="${file:-*.c}" "${begins//(/\\(}" module)
	file=/dev/null
	((${#files[@]} == 1)) || { diag "$function() is in ${#files[@]} files of module/: ${files[*]}"; return 1; }
	file=${files[0]}
	cp "$file" "$tmp/whole"
	printf '%s\n' "/$begins/,/^}/{" "$(grep -v '^#' "$breaks/$1.sed")" '}' >"$tmp/script"
	sed -f "$tmp/script" "$tmp/whole" >"$file" || return
	! cmp -s "$file" "$tmp/whole" || { diag "$1.sed changes nothing of $function() in $file"; return 1; }
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
	cmp -s "$file" "$tmp/whole" || ok "  and tests/host/$test.t finds it" found "$test"
	cat "$tmp/whole" >"$file"
}

read -ra names <<<"${BREAKS:-$(cd "$breaks" && printf '%s\n' *.sed | sed 's/\.sed$//' | xargs)}"
for test in $(for name in "${names[@]}"; do head_of "$name" test; done | sort -u); do
	passes "$test"
	is $? 0 "tests/host/$test.t passes while nothing is broken"
done
for name in "${names[@]}"; do
	try "$name"
done
done_testing
