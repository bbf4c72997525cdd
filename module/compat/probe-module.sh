#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Tells whether a module beside pt_cache.ko compiles for this kernel, by compiling it, and writes why it
# does not. These modules read fields that are no interface of the kernel's, and must not end the build of
# pt_cache.ko when they go.
#
# usage: probe-module.sh OUTPUT FOLDER COMPILER FLAG...     (called by Kbuild, after probe.sh)
# FOLDER is that of the module's files: its name without pt_cache_.
set -u
output=$1
name=${2##*/}
folder=$(cd "$2" && pwd) || exit
shift 2
LC_ALL=C
export LC_ALL
why=

# It could not be tried: that says nothing about the kernel.
cannot() {
	echo "pt_cache: cannot probe this kernel: $1" >&2
	rm -f "$output" "$output.new"
	exit 1
}

# The line of the compiler's words that says why.
reason() {
	printf '%s\n' "$words" | grep -m 1 error: || printf '%s\n' "$words" | head -n 1
}

# compiles COMPILER FLAG...: those $files at once, or $words say why not.
compiles() {
	# shellcheck disable=SC2086  # names without blanks
	words=$({ printf '#include "%s"\n' $files | cat > "$output.new"; } 2>&1) ||
		cannot "$output.new cannot be written: $words"
	words=$("$@" -DKBUILD_MODNAME="\"pt_cache_$name\"" -DKBUILD_BASENAME="\"$name\"" \
		-fsyntax-only -x c - < "$output.new" 2>&1)
	status=$?
	case "$status $words" in
	"0 "*) return 0 ;;
	*'Killed signal'* | *'internal compiler error'* | *'out of memory'*) ;;
	'1 '*error:*) return 1 ;;
	esac
	cannot "the compiler fails ($status): $(reason)"
}

# At once, which reads the kernel's headers once: no name of a module's files is in two of them. One by one only
# where that fails, to find the file that fails by itself.
files=$(echo "$folder"/*.c)
if ! compiles "$@"; then
	for files in "$folder"/*.c; do
		# make reads it: as it is, but for what make would take for its own
		compiles "$@" || { why=$(reason | tr -d '\134$#'); break; }
	done
fi
words=$({ echo "${name}_left_out := $why" | cat > "$output.new" && mv "$output.new" "$output"; } 2>&1) ||
	cannot "what was found cannot be written: $words"
