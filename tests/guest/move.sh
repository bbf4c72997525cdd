# SPDX-License-Identifier: GPL-2.0
# Page tables of running processes are moved where it is asked for, and nothing of the process changes.
load
load_user

# begin_tables COUNT ENTRIES: a process with so many PTE tables, as $process
begin_tables() {
	begin /run/tables.out perl tests/guest/tables.pl "$@"
	process=$!
	until_true 120 grep -q ready /run/tables.out
}

# tables_of PID [CONDITION]: its PTE tables, of those for which the condition of awk holds; the
# columns are names in it
tables_of() {
	awk -v of="$1" '
		NR == 2 { for (i = 2; i <= NF; i++) column[$i] = i - 1; next }
		/^#/ { next }
		{ pfn = $column["pfn"]; node = $column["node"]; cached = $column["cached"] }
		$column["level"] == "pte" && (of == "all" || $column["pid"] == of) && ('"${2:-1}"') { n++; print pfn > "/run/pfns" }
		END { print n + 0 }' $reports/page_tables
}

begin_tables 300 16
before=$(vm_pte $process)
all=$(tables_of $process)
compare "a process has $all page tables" "$all" -ge 300
for node in 1 0 1; do
	elsewhere=$(tables_of $process "node != $node")
	ok "dry, to node $node" move dry $process node $node
	is '  says what could be moved' "$(row state) $(row moved)" "dry_ok $elsewhere"
	is '  and moves nothing' "$(tables_of $process "node != $node")" "$elsewhere"
	ok "to node $node" move $process node $node
	diag "$(grep -v '^#' /run/rows)"
	is '  all that were elsewhere are moved' "$(row moved)" "$elsewhere"
	is '  none is elsewhere' "$(tables_of $process "node != $node")" 0
	is '  nor is one more or less' "$(tables_of $process) $(vm_pte $process)" "$all $before"
done
is 'what was moved is counted' "$(($(stat moved) >= 300)) $(stat move_no_memory)" '1 0'

tables_of $process > /run/count
pfn=$(sed -n 100p /run/pfns)
ok 'one table' move pfn "$pfn"
is '  is moved' "$(row pid) $(row moved)" "$process 1"
# who begins meanwhile may have got the page
is '  the process has no table there' "$(tables_of $process "pfn == \"$pfn\"")" 0
is '    nor one less' "$(tables_of $process)" "$all"
tables_of $process > /run/count
region=$(($(sed -n 50p /run/pfns) & ~511))
# how many tables of the process lie there
in_region() {
	tables_of $process > /run/count
	while read -r at; do
		[ $((at)) -lt $region ] || [ $((at)) -ge $((region + 512)) ] || echo "$at"
	done < /run/pfns | grep -c .
}
ok 'what lies in 2M' move range $region $((region + 512))
diag "$(grep -v '^#' /run/rows)"
compare "  is moved: $(awk -v pid=$process '$1 == pid { print $3 }' /run/rows)" \
	"$(awk -v pid=$process '$1 == pid { print $3 }' /run/rows)" -ge 1
is '  the process has none there' "$(in_region)" 0
ok 'a range of nobody' move range 0 2
is '  has no rows' "$(grep -vc '^#' /run/rows)" 0
ok 'a page frame of nobody is an error' sh -c "! echo pfn 0 > $reports/move"

for words in "$process" "$process node" "$process node 7" "$process node -1" "$process node 1 1" 'range 5' 'range 9 3' \
	'range a b' 'pfn' "$process cache" '2 node 1' '4194303 node 1' 'all node 1' '' 'dry'; do
	ok "refused: '$words'" sh -c "! echo '$words' > $reports/move"
done
is '  nothing is moved by these' "$(tables_of $process "node != 1")" 0

# Into the blocks of pt_cache_live.ko, and back to the page allocator.
load_live
all=$(tables_of $process)
ok 'into the blocks of pt_cache_live.ko' move $process cache
diag "$(grep -v '^#' /run/rows)"
is '  all are moved' "$(row state) $(row moved)" "ok $all"
is '  and are its tables now' "$(tables_of $process 'cached == 1')" "$all"
compare '  which it counts' "$(live in_use)" -ge "$all"
is '  with their owner' "$(awk -v pid=$process '!/^#/ && $6 == pid' $reports/tables | grep -c .)" "$all"
ok '  and back, to whichever node they are not on' move $process node 1
ok '    and to the other' move $process node 0
is '  none is its own any more' "$(tables_of $process 'cached == 1')" 0
ok '  and there again' move $process cache
cg=/sys/fs/cgroup
grep -qs cgroup2 /proc/mounts || mount -t cgroup2 none $cg
cg=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
echo +memory > "$cg/cgroup.subtree_control"
mkdir "$cg/limited"
ok '  and out again' move $process node 1
ok '    from either node' move $process node 0
echo 1G > "$cg/limited/memory.max"
echo $process > "$cg/limited/cgroup.procs"
ok '  but not those that are charged to a cgroup with a limit' move $process cache
is '    which are kept' "$(row moved) $(row kept_other)" "0 $all"
echo max > "$cg/limited/memory.max"
ok '    as long as it has one' move $process cache
is '    which are moved' "$(row moved)" "$all"
ok '  it goes all the same' unload_live
is '  and the tables stay' "$(tables_of $process) $(vm_pte $process)" "$all $before"
kill $process
wait $process 2> /dev/null
ok 'no rule is broken' no_rule_is_broken
unload

# adopt_running: tables of processes that began before pt_cache_live.ko go into its blocks by themselves.
load
load_user adopt_running=Y auto_share=50 auto_flushes=1000
begin_tables 100 16
load_live
adopted() {
	dmesg | grep -q 'adopt_running: done'
}
ok 'tables of running processes are adopted' until_true 100 adopted
diag "$(dmesg | grep 'adopt_running: ')"
is '  all of the process' "$(tables_of $process 'cached != 1')" 0
is '  and of all others' "$(tables_of all 'cached != 1')" 0
diag "$(tables_of all) page tables of PTEs in $(while read -r at; do echo $((at >> 9)); done < /run/pfns | sort -u | grep -c .) regions of 2M"
kill $process
wait $process 2> /dev/null
ok 'no rule is broken' no_rule_is_broken
