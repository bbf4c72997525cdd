# SPDX-License-Identifier: GPL-2.0
# The running kernel's own page tables come from a pt_cache, with every condition under which that is
# sound made to happen. Each table is looked at when it is served: a stale entry ends the test.
# dirt_seconds=N: how long each kind of dirt is made.
thp=/sys/kernel/mm/transparent_hugepage
load verify_zero=1
load_actor
compare 'before, no table is served' "$(cat $reports/live 2> /dev/null | wc -l)" -eq 0
ok 'info says how to have it' grep -q '^live no load pt_cache_live.ko' $reports/info
if [ -n "$live_option" ]; then
	ok "a kernel that is not Debian's own build: it is refused" \
		sh -c "! insmod '$ko/pt_cache_live.ko' 2> /dev/null"
	ok '  and the log names the parameter that loads it' \
		sh -c "dmesg | grep -q 'pt_cache_live: nobody has read .*: not loaded, .*untested_kernel=Y loads it'"
else
	skip "a kernel that is not Debian's own build" 'this one is'
fi
ok 'the livepatch is on' load_live
ok 'the log says so' until_true 10 sh -c "dmesg | grep -q \"pt_cache_live: the kernel's user PTE tables come from a pt_cache\""
ok 'info says so' grep -q '^live yes' $reports/info
is 'it is serving' "$(live serving)" yes

# clean: nothing of what was served was dirty, and the kernel had nothing to say
clean() {
	is "$1: no table was served dirty" "$(live non_zero)" 0
	is "$1: no page came back in a bad state" "$(stat bad_state)" 0
	is "$1: it serves still" "$(live serving)" yes
}

# A process knows its tables from the fault on. (An mm is compared as text: mawk takes 0x... for a number,
# and has two mms that lie side by side for one.)
begin /run/tables.out perl tests/guest/tables.pl 400 1
perl_pid=$!
until_true 60 grep -q ready /run/tables.out
row=$(awk -v pid=$perl_pid '$1 == pid' $reports/pt_mm)
diag "$row"
compare 'pt_mm: its tables are of a pt_cache' "$(echo "$row" | awk '{ print $13 }')" -ge 390
mm=$(echo "$row" | awk '{ print $2 }')
is 'tables: each has its level, mm, pid and comm' \
	"$(awk -v mm="$mm" '$5 "" == mm { print $2, $3, $6, $7 }' $reports/tables | sort -u)" "live pte $perl_pid perl"
is 'tables: as many as pt_mm says' "$(awk -v mm="$mm" '$5 "" == mm' $reports/tables | wc -l)" \
	"$(echo "$row" | awk '{ print $13 }')"
row=$(echo $perl_pid | build/tests/ask pt_mm_tables | awk '$2 == "pte" && $9 == 1 { print $4, $3; exit }')
pfn=${row% *}
is 'lookup: a table of it, with what it maps' \
	"$(echo "$pfn" | build/tests/ask lookup | awk '{ print $3, $4, $6, $7, $8 }')" \
	"user_table pte $perl_pid ${row#* } perl"
cat $reports/audit > /run/audit
is 'audit: all rules hold' "$(awk '!/^#/ && $3 { print }' /run/audit)" ''
compare 'audit: owners were looked at' "$(awk '$1 == "owner" { print $2 }' /run/audit)" -ge 390
kill $perl_pid
wait $perl_pid 2> /dev/null
is 'lookup: when the process has gone it is free' \
	"$(echo "$pfn" | build/tests/ask lookup | awk '{ print $3 }')" cached_free
# the parent's pid is not the child's
# shellcheck disable=SC2016  # perl's
begin /run/forked perl -e '$x = "x" x 30000000; $| = 1; if ($p = fork) { print "$p\n"; wait } else { print "ready\n"; sleep 100 }'
until_true 30 grep -q ready /run/forked
child=$(grep -v ready /run/forked)
is "tables: what fork() made is the child's" "$(awk -v mm="$(awk -v pid="$child" '$1 == pid { print $2 }' $reports/pt_mm)" \
	'$5 "" == mm { print $6 }' $reports/tables | sort -u)" "$child"
kill "$child"
wait

# Ways in which the kernel frees tables.
echo advise > $thp/shmem_enabled
echo always > $thp/enabled
# A swap file wants a file system on a disk: one in compressed memory.
modprobe zram && echo 256M > /sys/block/zram0/disksize && mkfs.ext4 -q /dev/zram0 &&
	mkdir -p /run/disk && mount /dev/zram0 /run/disk &&
	dd if=/dev/zero of=/run/disk/swapfile bs=1M count=160 2> /dev/null &&
	chmod 600 /run/disk/swapfile && mkswap -q /run/disk/swapfile && swapon /run/disk/swapfile
ok 'there is a swap file' grep -q swapfile /proc/swaps
for kind in plain collapse poison wp thp swap migrate ldt; do
	before=$(stat left_dirty) recycled=$(live recycled) swapped=$(vmstat pswpout)
	seconds=${dirt_seconds:-4}
	# a round is 512 pages, and a kernel that watches itself may have done one alone in its seconds
	[ $kind != swap ] || [ -z "$dirt_seconds" ] || seconds=$((dirt_seconds * 4))
	build/tests/dirt $kind "$seconds" > /run/dirt 2>&1
	status=$?
	diag "$(cat /run/dirt); tables left with entries in them: $(($(stat left_dirty) - before))"
	case $status in
	0) ok "$kind: it was made" true ;;
	77) skip "$kind: it was made" "$(cat /run/dirt)" ;;
	*) ok "$kind: it was made" cat /run/dirt false ;;
	esac
	echo 1 > $reports/shrink # takes back what is left
	[ $status -ne 0 ] || compare "$kind: tables were used again" $(($(live recycled) - recycled)) -gt 20
	clean $kind
	made=$(($(stat left_dirty) - before))
	[ $made -eq 0 ] || diag "held: $made page tables that the kernel gave back with entries in them, cleared"
	case $kind-$(uname -r) in
	swap-*) compare 'swap: pages were swapped out' $(($(vmstat pswpout) - swapped)) -gt 1000 ;;
	collapse-6.1.*) compare 'collapse: this kernel leaves its entries in the table' $made -gt 10 ;;
	poison-6.12.* | poison-7.*) compare 'poison: this kernel leaves its markers in the table' $made -gt 10 ;;
	ldt-*) ! grep -qw pti /proc/cpuinfo ||
		compare 'ldt: with PTI this kernel leaves its entries in the table' $made -gt 10 ;;
	esac
done

# A table in use whose memory is bad is never used again.
if modprobe hwpoison_inject 2> /dev/null; then
	begin /run/tables.out perl tests/guest/tables.pl 50 1
	perl_pid=$!
	until_true 60 grep -q ready /run/tables.out
	pfn=$(echo $perl_pid | build/tests/ask pt_mm_tables | awk '$2 == "pte" && $9 == 1 { print $4; exit }')
	bad=$(stat poisoned)
	echo "$pfn" > /sys/kernel/debug/hwpoison/corrupt-pfn 2> /dev/null
	diag "$(dmesg | grep -i 'memory failure' | tail -n 2)"
	kill $perl_pid
	wait $perl_pid 2> /dev/null
	until_true 20 sh -c "[ \$(awk '\$1 == \"poisoned\" { print \$2 }' $reports/stats) -gt $bad ]"
	is 'hwpoison: the page is retired when its process has gone' $(($(stat poisoned) - bad)) 1
	build/tests/dirt plain 4 > /run/dirt
	is 'hwpoison: it is not lent again' "$(awk -v pfn="$pfn" '$1 == pfn' $reports/tables)" ''
	ok 'hwpoison: lookup says why' sh -c "echo $pfn > /run/pfn; exec 3<> $reports/lookup; cat /run/pfn >&3; cat <&3 | grep -q 'retired'"
	clean hwpoison
else
	skip 'hwpoison: the page is retired when its process has gone' 'no hwpoison-inject'
fi

# References that others take for a moment: DAMON, compaction, and memory that is to go offline.
recycled=$(live recycled)
damon=/sys/kernel/mm/damon/admin/kdamonds
if [ -d $damon ]; then
	echo 1 > $damon/nr_kdamonds
	echo 1 > $damon/0/contexts/nr_contexts
	echo paddr > $damon/0/contexts/0/operations
	echo 1000 > $damon/0/contexts/0/monitoring_attrs/intervals/sample_us
	echo 20000 > $damon/0/contexts/0/monitoring_attrs/intervals/aggr_us
	echo 1 > $damon/0/contexts/0/targets/nr_targets
	echo 1 > $damon/0/contexts/0/targets/0/regions/nr_regions
	echo 0 > $damon/0/contexts/0/targets/0/regions/0/start
	echo $((2048 << 20)) > $damon/0/contexts/0/targets/0/regions/0/end
	# there may be another one that has not begun yet
	if until_true 20 sh -c "echo on > $damon/0/state; grep -q on $damon/0/state" 2> /run/damon; then
		ok 'DAMON watches physical memory' true
	else
		skip 'DAMON watches physical memory' "$(tail -n 1 /run/damon)"
	fi
else
	skip 'DAMON watches physical memory' 'this kernel has no DAMON'
fi
build/tests/dirt plain 8 > /run/dirt &
build/tests/dirt swap 8 > /run/dirt2 &
offline=0
for state in /sys/devices/system/memory/memory*/state /sys/devices/system/memory/memory*/state; do
	pidof dirt > /dev/null || break
	timeout 2 sh -c "echo offline > $state" 2> /dev/null && offline=$((offline + 1)) && echo online > "$state"
	echo 1 > /proc/sys/vm/compact_memory
done
wait
diag "$offline sections of memory went offline and came back; $(cat /run/dirt /run/dirt2)"
[ ! -d $damon ] || echo off > $damon/0/state
compare 'foreign references: tables were used again' $(($(live recycled) - recycled)) -gt 100
clean 'foreign references'
swapoff -a
umount /run/disk

# What it leaves behind.
lost() {
	echo 1 > /proc/sys/vm/stat_refresh
	vmstat nr_page_table_pages
}
echo never > $thp/enabled # khugepaged would take memory meanwhile
build/tests/dirt plain 3 > /run/dirt
until_true 30 [ "$(live in_use)" -lt 200 ]
pages=$(lost)
free=$(free_kb)
ok 'the module can be unloaded' unload_live
rmmod pt_cache_selftest
is 'nothing of it is held' "$(stat pages_held)" 0
compare 'page tables are counted as before' $(($(lost) - pages)) -lt 100
compare 'memory is back' "$(($(free_kb) - free))" -gt -8192
