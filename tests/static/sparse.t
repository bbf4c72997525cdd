#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# sparse finds nothing in what runs in the kernel, with one kernel's headers. What it says of the headers
# themselves is theirs. It takes a minute on two CPUs.
cd "$(dirname "$0")/../.." || exit
# shellcheck source-path=SCRIPTDIR source=../testbox/tap.sh
. tests/testbox/tap.sh

# Functions that take or keep a lock on some of their ways, which sparse has no words for: it sees one number of
# locks at a function's end, whatever it returns.
conditional='pt_cache_pte_alloc_get_map_lock ptc_node_put'

# ours LOG: what it says of our files, as paths of the project
ours() {
	sed -nE 's#^/pt_cache/build/sparse/[^/]+/src/([^:]+:[0-9]+:[0-9]+: (warning|error): .*)#\1#p' "$1" | LC_ALL=C sort -u |
		grep -vE "context imbalance in '(${conditional// /|})'"
}

status=0
folder=$(tests/testbox/build --sparse --print trixie) || status=$?
is "$status" 0 'sparse reads what is compiled'
((status == 0)) || { done_testing; exit; }
log=$folder/build.log
files=$(grep -c '^  CHECK ' "$log")
ok "it has read all sources: $files" [ "$files" -ge "$(find module examples tests/selftest -name '*.c' | wc -l)" ]
is "$(ours "$log")" '' 'no flaw in what runs in the kernel'
done_testing
