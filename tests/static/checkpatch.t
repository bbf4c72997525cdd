#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's own scripts/checkpatch.pl finds nothing in what runs in the kernel. It is that of one release,
# whatever machine this is: another one's finds other things. .checkpatch.conf says what is not looked for, and why.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT

scripts=$(tests/testbox/kernel-source trixie scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch)
ok "the kernel's checkpatch.pl is there" [ -n "$scripts" ]
[[ -n $scripts ]] || { done_testing; exit; }

# checkpatch: the files named on stdin, some at a time, as it is slow.
checkpatch() {
	xargs -d '\n' -P "$(nproc)" -n 16 perl "$scripts/scripts/checkpatch.pl" --file 2>&1
}

printf '/* SPDX-License-Identifier: GPL-2.0 */\nstatic int x=0;\n' >"$tmp/planted.h"
echo "$tmp/planted.h" | checkpatch >"$tmp/found"
has "$tmp/found" 'ERROR:SPACING' 'a planted flaw is found'

tests/static/tracked | grep -E '^(module|examples|tests/selftest|tests/bench/module)/.*\.[ch]$' >"$tmp/sources"
ok "there are sources: $(wc -l <"$tmp/sources")" [ "$(wc -l <"$tmp/sources")" -gt 100 ]
is "$(checkpatch <"$tmp/sources" | sort)" '' 'no flaw in what runs in the kernel'
done_testing
