# SPDX-License-Identifier: GPL-2.0
# The machine is the one that the test wants, and the module knows it. levels=N, pti=yes: what is wanted.
load
info() {
	awk -v key="$1" '$1 == key { print $2 }' "$reports/info"
}
if [ -n "$levels" ]; then is "page tables have $levels levels" "$(info levels)" "$levels"; fi
if [ -n "$pti" ]; then is "page-table isolation: $pti" "$(info pti)" "$pti"; fi
