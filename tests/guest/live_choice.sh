# SPDX-License-Identifier: GPL-2.0
# Who is served, and who gets the kernel's own tables.
# shellcheck disable=SC2086  # $touches is several words
load verify_zero=1
load_live max_blocks=8
is 'max_blocks is taken' "$(live max_blocks)" 8

# used BY COMMAND...: how many tables came from where while the command ran: "live_KEY" rises
used() {
	key=$1
	shift
	before=$(live "$key")
	"$@" > /run/used 2>&1
	echo $(($(live "$key") - before))
}

touches='build/tests/touch 100 1'
compare 'an ordinary task is served' "$(used served $touches)" -ge 100
compare 'and has no tables of the page allocator' "$(used fallbacks $touches)" -lt 20
echo 0 > /sys/module/pt_cache_live/parameters/max_blocks
compare 'max_blocks=0: there are tables that are ready' "$(live ready)" -gt 0
compare '  processes get the kernel'"'"'s own' "$(used fallbacks_miss $touches)" -ge 100
is '  and no other' "$(used served $touches)" 0
echo 8 > /sys/module/pt_cache_live/parameters/max_blocks
enough_is_ready() {
	build/tests/touch 100 1 > /run/touched
	[ "$(live ready)" -ge 250 ]
}
ok '  until it may have some again' until_true 60 enough_is_ready
compare 'a task with a mempolicy gets the kernel'"'"'s own' \
	"$(used fallbacks_policy numactl --interleave=all $touches)" -ge 100

cg=/sys/fs/cgroup
grep -q "$cg cgroup2" /proc/mounts || { cg=/run/cgroup; mkdir -p $cg; mount -t cgroup2 none $cg; }
echo '+memory' > $cg/cgroup.subtree_control
echo '+cpuset' > $cg/cgroup.subtree_control
diag "controllers: $(cat $cg/cgroup.subtree_control)"

# in_group NAME COMMAND...
in_group() {
	group=$1
	shift
	sh -c "echo \$\$ > $cg/$group/cgroup.procs; exec \"\$@\"" sh "$@"
}

mkdir $cg/nodes
echo 0 > $cg/nodes/cpuset.mems
compare 'a task whose cpuset excludes memory gets them' \
	"$(used fallbacks_cpuset in_group nodes $touches)" -ge 100
echo 0-1 > $cg/nodes/cpuset.mems
compare 'one whose cpuset allows all memory is served' \
	"$(used served in_group nodes $touches)" -ge 100

mkdir $cg/free $cg/limited
echo '+memory' > $cg/limited/cgroup.subtree_control
mkdir $cg/limited/below
compare 'a task in a memory cgroup without a limit is served' \
	"$(used served in_group free $touches)" -ge 100
echo 100M > $cg/limited/memory.max
compare 'below a limit it gets the kernel'"'"'s own' \
	"$(used fallbacks_memcg in_group limited/below $touches)" -ge 100
begin /run/charged sh -c "echo \$\$ > $cg/limited/below/cgroup.procs; exec perl tests/guest/tables.pl 100 1"
until_true 60 grep -q ready /run/charged
compare '  which are charged' "$(awk '$1 == "pagetables" { print $2 }' $cg/limited/memory.stat)" -ge 409600
kill $!
wait $! 2> /dev/null
echo max > $cg/limited/memory.max
echo 100M > $cg/limited/memory.high
compare 'memory.high is a limit, too' \
	"$(used fallbacks_memcg in_group limited/below $touches)" -ge 100
echo Y > /sys/module/pt_cache_live/parameters/memcg_limited
compare 'with memcg_limited=Y it is served' \
	"$(used served in_group limited/below $touches)" -ge 100
ok '  and the report says so' grep -q '^memcg_limited yes' $reports/live
is '  and what is uncharged' "$(awk '$1 == "in_use" { n = $2 } $1 == "uncharged_bytes" { print $2 - n * 4096 }' $reports/live)" 0

# memory cgroups whose tasks are killed for memory, served or not
echo max > $cg/limited/memory.high
echo 24M > $cg/limited/memory.max
killed=$(vmstat oom_kill)
for _ in 1 2 3 4 5; do
	# shellcheck disable=SC2016  # perl's
	in_group limited/below perl -e '$x = "x" x 1000000 while push @all, "x" x 1000000' 2> /dev/null
	echo N > /sys/module/pt_cache_live/parameters/memcg_limited
done > /run/used 2>&1
compare 'tasks of it are killed for memory' $(($(vmstat oom_kill) - killed)) -ge 5
rmdir $cg/limited/below $cg/limited $cg/free $cg/nodes

# the limit: beyond it the kernel's own tables, and nobody fails
echo 1 > /sys/module/pt_cache_live/parameters/max_blocks
until_true 30 sh -c "echo 100000 > $reports/shrink; [ \$(awk '\$1 == \"blocks\" { print \$2 }' $reports/live) -le 2 ]"
compare 'beyond max_blocks tables are the kernel'"'"'s own' \
	"$(used fallbacks_miss build/tests/touch 4000 1)" -ge 2000
is '  and all of them were there' "$(grep -c ^touch /run/used)" 1
compare '  and the limit held' "$(live blocks)" -le 2
# all memory but some is taken first, by pages that nobody touches: a debug kernel fills 3 GB in minutes
echo $((($(free_kb) - 400000) / 2048)) > /proc/sys/vm/nr_hugepages
compare '  with little memory left' "$(free_kb)" -lt 1000000
killed=$(vmstat oom_kill)
choom -n 1000 -- timeout 300 perl -e 'push @all, "x" x (10000000 + @all) while 1' 2> /dev/null
is 'a task is killed for memory, and nobody else' $(($(vmstat oom_kill) - killed)) 1
echo 0 > /proc/sys/vm/nr_hugepages
echo 0 > /sys/module/pt_cache_live/parameters/max_blocks
is 'max_blocks=0 serves nothing' "$(grep -c '^serving no max_blocks is 0' $reports/live)" 1
for bad in -1 x 99999999999999999999; do
	ok "max_blocks=$bad is refused" sh -c "! echo $bad > /sys/module/pt_cache_live/parameters/max_blocks 2> /dev/null"
done
is 'no table was served dirty' "$(live non_zero)" 0
unload
