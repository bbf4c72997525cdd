# SPDX-License-Identifier: GPL-2.0
# Where the page tables of processes lie after many forks: 2M regions of physical memory, the kernel's own
# beside those that are served, and beside those of processes that began before, too (adopt_running). By hand:
# forks=200000 states=adopted tests/guest/run forks
load

regions() {
	awk '!/^#/ && $1 != "-" { print $1 }' $reports/pt_mm | build/tests/ask pt_mm_tables |
		awk '$2 == "pte" { print $4 }' | sort -u > /run/pfns
	perl -lne '$n++; $r{hex($_) >> 9}++; END { print $n, " ", scalar keys %r }' /run/pfns
}

after_forks() {
	begin /run/forks build/tests/forks "${forks:-20000}"
	forks_pid=$!
	until_true 6000 grep -q ready /run/forks && regions
	kill $forks_pid
	wait $forks_pid 2> /dev/null
}


# count STATE WHAT: sets tables, regions and seconds
count() {
	start=$(cut -d . -f 1 /proc/uptime)
	# shellcheck disable=SC2046  # words
	set -- "$1" "$2" $(after_forks)
	tables=$3 regions=$4 seconds=$(($(cut -d . -f 1 /proc/uptime) - start))
	diag "${forks:-20000} forks, $2: $tables user PTE tables in $regions regions of 2M, $seconds s"
}

is_asked_for() { # STATE
	case " ${states:-served adopted} " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
}

if is_asked_for served; then
	count own "the kernel's own"
	stock=$regions stock_tables=$tables
	load_live
	count served served
	diag "$(grep -E '^(served|fallbacks|blocks|in_use) ' $reports/live | tr '\n' ' ')"
	diag "figure: forks $(uname -r) ${forks:-20000} $stock_tables $stock $tables $regions $(live served) $(live blocks)"
	compare 'tables that are served lie in fewer regions' "$regions" -lt "$stock"
	unload_live
fi

adopted() {
	dmesg | grep -q 'adopt_running: done'
}
if is_asked_for adopted; then
	load_user adopt_running=Y auto_share=50 auto_flushes=1000
	load_live
	ok 'tables of running processes are adopted' until_true 100 adopted
	count adopted 'served, and those of before adopted'
	most=$(((tables + 511) / 512 + 2))
	compare "all of them lie in $most regions at most" "$regions" -le $most
	diag "kept: $(stat move_kept_mixed) mixed, $(stat move_kept_busy) busy, $(stat move_kept_other) others"
fi
unload
