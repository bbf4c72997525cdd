# SPDX-License-Identifier: GPL-2.0
# Where the page tables of processes lie after many forks: 2M regions of physical memory, the kernel's own
# beside those that are served. By hand: forks=200000 tests/guest/run forks
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

start=$(cut -d . -f 1 /proc/uptime)
# shellcheck disable=SC2046  # words
set -- $(after_forks)
diag "${forks:-20000} forks, the kernel's own: $1 user PTE tables in $2 regions of 2M, $(($(cut -d . -f 1 /proc/uptime) - start)) s"
stock=$2 stock_tables=$1
load_live
start=$(cut -d . -f 1 /proc/uptime)
# shellcheck disable=SC2046  # words
set -- $(after_forks)
diag "${forks:-20000} forks, served: $1 user PTE tables in $2 regions of 2M, $(($(cut -d . -f 1 /proc/uptime) - start)) s"
diag "$(grep -E '^(served|fallbacks|blocks|in_use) ' $reports/live | tr '\n' ' ')"
diag "figure: forks $(uname -r) ${forks:-20000} $stock_tables $stock $1 $2 $(live served) $(live blocks)"
compare 'tables that are served lie in fewer regions' "$2" -lt "$stock"
unload
