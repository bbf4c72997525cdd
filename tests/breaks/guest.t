#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whoever could use a page table that is taken out of a running process is excluded: each of these exclusions is
# left out here, one at a time, in a copy of the project, and a test in a guest must fail. The breaks are those of
# tests/breaks/guest: see tests/breaks/lib.sh. They say at their head besides:
#
#	# release: NAME		of a kernel where it shows (default: trixie)
#	# parts: NAME...	tests/guest/NAME.sh, each of which is to see it; without a break they pass
#	# scenes: NAME...	of reclaim_meet.sh and move_meet.sh, where it shows (default: all)
#
# What nobody sees: Documentation/testing.md says why. BREAKS='NAME...': these alone. RELEASE=NAME: on that kernel.
cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
# shellcheck source-path=SCRIPTDIR source=lib.sh
. tests/breaks/lib.sh
breaks=$PWD/tests/breaks/guest
built=$PWD/build
tests/guest/programs || exit
copy_project

# The copy need not compile what has been compiled here.
copy_built() {
	local folder
	mkdir build
	cp -a "$built/tests" build/
	for folder in "$built"/*/src; do
		[[ ! -d $folder ]] || cp -a "${folder%/src}" build/
	done
	rm -f build/*/.lock
}
copy_built

# passes RELEASE PART: in the scenes of `scenes`
passes() {
	PTC_TEST=break-$1 tests/testbox/boot --cpus 2 --numa 2 --memory 1500M --append pti=on --timeout 300 "$1" -- \
		"patience=250 vouch_seconds=15 scenes='${scenes:-}' tests/guest/run $2" >"$tmp/log" 2>&1
}

# Something has to be said of what is wrong: by a test, or by the kernel, which boot's status 99 tells.
found() { # RELEASE PART
	local status
	passes "$@"
	status=$?
	((status)) || { diag "$2 of tests/guest passes"; return 1; }
	! grep -q 'the modules do not build' "$tmp/log" ||
		{ diag 'it does not compile:' "$(grep -m 3 'error: ' "$tmp/log")"; return 1; }
	grep -E -m 3 '^not ok ' "$tmp/log" | diag
	((status == 99)) || grep -q '^not ok ' "$tmp/log" ||
		{ diag "it ends with $status, without a word:" "$(tail -n 5 "$tmp/log")"; return 1; }
	((status != 99)) || diag 'the kernel complains:' "$(grep -m 2 -E 'WARNING:|BUG|Oops|fault' "$tmp/log")"
}

where() { # BREAK: release and part, for each part
	local release part
	release=${RELEASE:-$(head_of "$1" release)}
	for part in $(head_of "$1" parts); do
		echo "${release:-trixie} $part"
	done
}

try() { # BREAK
	local file began=$SECONDS words scenes
	scenes=$(head_of "$1" scenes)
	put_in "$1"
	is $? 0 "$1: it can be put in"
	while is_in && read -ra words; do
		ok "  and ${words[*]} finds it" found "${words[@]}"
	done < <(where "$1")
	take_out
	diag "$1 took $((SECONDS - began)) s"
}

choose_breaks
while read -ra words; do
	passes "${words[@]}"
	is $? 0 "${words[*]} passes while nothing is broken"
done < <(for name in "${names[@]}"; do where "$name"; done | sort -u)
for name in "${names[@]}"; do
	try "$name"
done
done_testing
