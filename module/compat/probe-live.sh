#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Tells whether pt_cache_live.ko compiles for this kernel, by compiling it, and writes what it is built from. It
# reads fields that are no interface of the kernel's, and must not end the build of pt_cache.ko when they go.
#
# usage: probe-live.sh OUTPUT FOLDER COMPILER FLAG...     (called by Kbuild, after probe.sh)
set -u
output=$1
folder=$2
shift 2
LC_ALL=C
export LC_ALL
# shellcheck disable=SC2016  # make's
objects='$(live_objs)'

for file in "$folder"/*.c; do
	words=$("$@" -DKBUILD_MODNAME='"pt_cache_live"' -DKBUILD_BASENAME='"live"' -fsyntax-only "$file" 2>&1) && continue
	reason=$(printf '%s\n' "$words" | grep -m 1 error: || printf '%s\n' "$words" | head -n 1)
	echo "pt_cache: pt_cache_live.ko will refuse to load: it does not compile for this kernel: $reason" >&2
	objects=module/live/refuse.o
	break
done
words=$({ echo "pt_cache_live-y := $objects" | cat > "$output.new" && mv "$output.new" "$output"; } 2>&1) || {
	echo "pt_cache: cannot probe this kernel: what was found cannot be written: $words" >&2
	rm -f "$output" "$output.new"
	exit 1
}
