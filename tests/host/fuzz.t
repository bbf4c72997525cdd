#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# libFuzzer on the bitmaps of a block and on what a user writes: from the corpus on, a fixed number
# of runs with a fixed seed. What is found beyond the corpus is thrown away.
# FUZZ_RUNS=N, FUZZ_SEED=N: more runs, or others; FUZZ_KEEP=FOLDER: leave inputs there that are new
# or that fail.

cd "$(dirname "$0")/../.." || exit
. tests/testbox/tap.sh
. tests/host/build.sh
tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
keep=${FUZZ_KEEP:-$tmp/keep}

fuzz() { # TARGET RUNS LARGEST
	local target=$1 runs=${FUZZ_RUNS:-$2} corpus=tests/host/corpus/$1 status=0 input
	if ! host_build "$target" "$tmp/$target" clang -O2 -fsanitize=fuzzer \
		"${host_sanitizers[@]}" 2> "$tmp/log"; then
		ok "$target builds" false
		diag < "$tmp/log"
		diag 'if libFuzzer is missing: apt-get install clang libclang-rt-dev'
		return
	fi
	mkdir -p "$keep/$target"
	host_run "$tmp/$target" -runs="$runs" -seed="${FUZZ_SEED:-1}" -max_len="$3" -timeout=10 \
		-print_final_stats=1 -artifact_prefix="$keep/$target/failed-" "$keep/$target" "$corpus" \
		> "$tmp/log" 2>&1 || status=$?
	is "$status" 0 "$target: $runs runs find nothing"
	awk -v target="$target" -v files="$(find "$corpus" -type f | wc -l)" '
		/number_of_executed_units/ { runs = $2 }
		/DONE/ && /cov:/ { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1) }
		END { print "# held: " runs " runs of libFuzzer with sanitizers"
		      print "# " target ": " runs " runs from a corpus of " files " files, " edges " edges reached" }
	' "$tmp/log"
	((status == 0)) && return
	tail -n 40 "$tmp/log" | diag
	for input in "$keep/$target"/failed-*; do
		[[ ! -f $input ]] || diag "the input, as base64: $(base64 -w 0 "$input")"
	done
}

if ! command -v clang > /dev/null; then
	ok 'clang is there' false
	diag 'clang is missing: apt-get install clang libclang-rt-dev'
	done_testing
	exit
fi
fuzz block_ops 1200 100
fuzz debugfs_text 2000 80
done_testing
