#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A room of module/ calls only rooms below it, and no files call each other in a circle: read from the
# objects of both builds, the product's and the tests'. A call is a symbol that one file leaves undefined
# and another one defines; data counts as well. And what a file includes is of its own room or below.

set -uo pipefail
testbox=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$testbox/tap.sh"
cd "$testbox/../.." || exit

# The rooms, from the roof to the ground; those of one line know nothing of each other. live/ and user/ are modules of
# their own, which call what pt_cache.ko exports.
rooms='selftest
main
live user
debugfs
census tree
alloc
direct_map
pgtable
report
fault
trace counters compat'

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# calls OBJECTS-FOLDER: a line "CALLER CALLEE SYMBOL" for each call from file to file
calls() {
	(cd "$1" && find module -name '*.o' ! -name '*.mod.o' | LC_ALL=C sort | while read -r object; do
		nm "$object" | awk -v file="${object%.o}" '{ print $(NF - 1), $NF, file }'
	done) | awk '
		$1 == "U" { users[$2] = users[$2] " " $3; next }
		$1 ~ /^[TDBRVWSG]$/ { definer[$2] = $3 }
		END {
			for (symbol in users) {
				if (!(symbol in definer))
					continue
				n = split(users[symbol], files, " ")
				for (i = 1; i <= n; i++)
					if (files[i] != definer[symbol])
						print files[i], definer[symbol], symbol
			}
		}' | LC_ALL=C sort -u
}

# upwards: of such lines, those that lead to a room that is not below the caller's, nor its own
upwards() {
	awk -v rooms="$rooms" '
		function room(file,   parts, n) {
			n = split(file, parts, "/")
			sub(/\..*/, "", parts[2])
			return parts[2]
		}
		BEGIN {
			n = split(rooms, lines, "\n")
			for (i = 1; i <= n; i++) {
				m = split(lines[i], names, " ")
				for (j = 1; j <= m; j++)
					rank[names[j]] = i
			}
		}
		{
			from = room($1); to = room($2)
			if (!(from in rank) || !(to in rank))
				print $1, "calls", $2 ":", $3, "(a room that the list lacks)"
			else if (from != to && rank[to] <= rank[from])
				print $1, "calls", $2 ":", $3
		}'
}

# circles: of such lines, those between files that can reach each other
circles() {
	awk '
		{ line[NR] = $1 " calls " $2 ": " $3; from[NR] = $1; to[NR] = $2; edge[$1, $2] = 1; files[$1]; files[$2] }
		END {
			for (middle in files)
				for (a in files)
					if ((a, middle) in edge)
						for (b in files)
							if ((middle, b) in edge)
								edge[a, b] = 1
			for (i = 1; i <= NR; i++)
				if ((to[i], from[i]) in edge)
					print line[i]
		}'
}

# What is looked for is found: a file that calls upwards, and two that call each other.
cat > "$tmp/planted" <<'END'
module/alloc/node module/census/audit ptc_audit
module/tree/map module/tree/way ptc_tree_entry
module/tree/way module/tree/users ptc_users_add
module/tree/users module/tree/map ptc_tree_clear
module/debugfs/info module/alloc/lend ptc_lender_exists
END
is "$(upwards < "$tmp/planted")" 'module/alloc/node calls module/census/audit: ptc_audit' 'a call upwards is found'
is "$(circles < "$tmp/planted" | wc -l)" 3 'the calls of a circle are found'

check_build() { # NAME BUILD-ARGUMENT...
	local name=$1 out
	shift
	if ! out=$("$testbox/build" --print "$@" trixie); then
		ok "$name builds" false
		return
	fi
	calls "$out/src" > "$tmp/calls"
	# a reader that finds no calls finds no wrong ones either
	ok "$name: calls between files are found ($(wc -l < "$tmp/calls"))" \
		test "$(wc -l < "$tmp/calls")" -gt 200
	is "$(upwards < "$tmp/calls")" '' "$name: no call leads upwards"
	is "$(circles < "$tmp/calls")" '' "$name: no files call each other"
}

check_build 'the product' --bench
check_build "the tests' build"

includes() {
	grep -rE '^#include "[a-z_]+(/[a-z_0-9]+)?\.h"' module --include='*.[ch]' |
		sed -E 's|^([^:]+)\.[ch]:#include "([^"]+)\.h"|\1 module/\2 #include|' |
		grep -vE ' module/(pt_cache|version|log|ptc_have) '
}
is "$(includes | upwards)" '' 'no file includes what is above it'
done_testing
