#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Nothing that shellcheck knows is wrong with any shell script of the project.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT

if ! command -v shellcheck >/dev/null; then
	ok 'shellcheck is there' false
	diag 'shellcheck is missing: apt-get install shellcheck'
	done_testing
	exit
fi

scripts() {
	tests/static/tracked | while IFS= read -r file; do
		case $file in
		tests/guest/*.sh) continue ;; # see parts()
		*.sh) ;;
		*) head -n 3 "$file" | grep -aqE '^#!.*[/ ](ba|da)?sh\b|^# shellcheck shell=' || continue ;;
		esac
		printf '%s\n' "$file"
	done
}

# check [OPTION...]: the files named on stdin, some at a time, as each takes a moment. A function that takes
# arguments may be called without (SC2119), and in some file by nobody with any (SC2120).
check() {
	xargs -d '\n' -P "$(nproc)" -n 6 shellcheck --external-sources --format=gcc --exclude=SC2119,SC2120 "$@"
}

# A part is sourced by `run` after the library, and checked as that: what the one sets the other uses.
parts() {
	local part
	for part in tests/guest/*.sh; do
		case $part in
		*/lib.sh | */ticks.sh | */meet.sh) continue ;; # sourced by parts
		esac
		printf '%s\n' '#!/bin/sh' '. tests/guest/lib.sh' ". $part" >"$tmp/${part##*/}"
		printf '%s\n' "$tmp/${part##*/}"
	done
}

# shellcheck disable=SC2016  # that is the flaw
printf '#!/bin/sh\nrm $1\n' >"$tmp/planted"
printf '%s\n' "$tmp/planted" | check >"$tmp/found"
has "$tmp/found" SC2086 'a planted flaw is found'
scripts >"$tmp/scripts"
ok "there are scripts: $(wc -l <"$tmp/scripts")" [ "$(wc -l <"$tmp/scripts")" -gt 40 ]
check <"$tmp/scripts" >"$tmp/found"
is "$(cat "$tmp/found")" '' 'no flaw in scripts'
parts | check --check-sourced >"$tmp/found"
is "$(sort -u "$tmp/found")" '' 'no flaw in what runs in a guest'
done_testing
