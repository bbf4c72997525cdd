# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the bench's scripts share in a guest, or on a real machine: modules, and figures as lines of
# a name and a number. Sourced.
. tests/guest/lib.sh
ko=${PTC_BENCH_MODULES:-build/bench/$(uname -r)}
actor=/sys/kernel/debug/pt_cache_bench

# figure NAME NUMBER
figure() {
	echo "$1 $2"
}

# figures PREFIX FILE: its lines, of a name and a number.
figures() {
	sed "s/^/$1./" "$2"
}

# Without the tests' hooks, as it is installed.
load_bench() {
	load "$@" && insmod "$ko/pt_cache_bench.ko" && return
	echo "the modules cannot be loaded: dmesg says why (Secure Boot refuses unsigned ones)" >&2
	exit 1
}

unload_bench() {
	unload_live
	for module in pt_cache_bench pt_cache; do
		[ ! -d /sys/module/$module ] || rmmod $module || return
	done
}
