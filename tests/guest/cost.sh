# SPDX-License-Identifier: GPL-2.0
# What reports cost, in instructions: for kind `cost` of one-release.
. tests/guest/ticks.sh
load
load_actor
sleep 20 # 7.2 is busy at first

# Entries of the last level that was looked at, from the report itself.
entries() {
	awk '!/^#/ { n += $3 / 2097152 + $4 / 1073741824 + 512 * $6 } END { printf "%d", n }' \
		$reports/direct_map
}

# costs REPORT WHEN
costs() {
	ticks=$(ticks_of "$reports/$1")
	entries=$(entries)
	diag "$1 $2: $ticks instructions, $entries entries, $((ticks / entries)) for each, $(wc -l < "$reports/$1") lines"
	at_most "$1, $2: instructions of an entry" "$ticks" "$1.entry" "$entries"
}

costs direct_map 'mapped by 2M'
at_most '  and of all' "$ticks" direct_map.all
costs direct_map_regions 'mapped by 2M'
hold alloc 100000
costs direct_map 'with 195 blocks'
costs direct_map_regions 'with 195 blocks'
hold free 100000

cost_of_tables 4000 1 empty
diag "pt_mm: $cost instructions for an empty PTE table; $row"
at_most 'pt_mm: instructions of an empty PTE table' "$cost" pt_mm.empty_table
compare '  and is seen to be empty' "$(echo "$row" | awk '{ print $9 }')" -ge 4000
cost_of_tables 400 512
diag "pt_mm: $cost instructions for a full PTE table; $row"
at_most 'pt_mm: of a full one' "$cost" pt_mm.full_table

trace=/sys/kernel/tracing
[ -e $trace/events ] || mount -t tracefs none $trace

# The longest hold of a process's mmap lock, by the kernel's tracepoints of it, in instructions of the traced CPU's
# clock: longest_hold REPORT MM. The first number is how often it was held.
longest_hold() {
	echo x86-tsc > $trace/trace_clock
	echo nohash-ptr > $trace/trace_options
	echo 20000 > $trace/buffer_size_kb
	echo 1 > $trace/events/mmap_lock/enable
	echo > $trace/trace
	cat "$reports/$1" > /run/read
	echo 0 > $trace/events/enable
	awk -v mm="${2#0x}" '
		match($0, / [0-9]+: mmap_lock_/) && $0 ~ mm {
			at = substr($0, RSTART + 1) + 0
			if (/acquire_returned/) { holds++; since = at }
			if (/released/ && since) { if (at - since > most) most = at - since; since = 0 }
		}
		END { print holds + 0, most + 0 }' $trace/trace
}

begin /run/tables.out perl tests/guest/tables.pl 400 512
tables=$!
until_true 120 grep -q ready /run/tables.out
mm=$(awk -v pid=$tables '$1 == pid { print $2 }' $reports/pt_mm)
for report in pt_mm page_tables refcounts audit; do
	# shellcheck disable=SC2046  # words
	set -- $(longest_hold $report "$mm")
	diag "$report: $1 holds of the mmap lock of a process with 400 full tables, the longest $2 instructions"
	compare "$report: the lock is held for 64 tables at a time" "$1" -ge 6
	at_most "$report: instructions of a hold" "$2" mmap_lock.hold
done
kill $tables

# What it takes to free an empty page table of a process: the write to `reclaim`, and what a worker does later. The
# worker's time is exact when it sleeps.
workers_ns() {
	grep -l '^kworker/u' /proc/[0-9]*/comm | sed 's/comm$/schedstat/' | xargs cat | awk '{ n += $1 } END { print n + 0 }'
}
load_user
begin /run/purge build/tests/purge 4000 1024
purge=$!
until_true 300 grep -q ready /run/purge
sleep 2
echo 1 > $trace/events/pt_cache/table_reclaim/enable
echo > $trace/trace
workers=$(workers_ns)
kill -USR2 $purge
until_true 60 grep -q took /run/purge
sleep 3
took=$(sed -n 's/took //p' /run/purge)
workers=$(($(workers_ns) - workers))
tables=$(stat reclaimed)
echo 0 > $trace/events/enable
longest=$(sed -n 's/.* hold_ns=\([0-9]*\).*/\1/p' $trace/trace | sort -n | tail -n 1)
diag "$tables tables freed: $took instructions of who asked, $workers of the worker; $(stat reclaim_holds) holds of" \
	"$(stat reclaim_hold_ns) instructions in all, the longest $longest"
compare 'reclaim frees the tables' "$tables" -ge 3990
at_most '  instructions of a table' $((took + workers)) reclaim.table "$tables"
at_most '  instructions of the longest hold' "${longest:-none}" reclaim.hold
kill $purge
wait $purge 2> /dev/null
looked=$(stat reclaimed)
begin /run/purge perl tests/guest/tables.pl 4000 1
purge=$!
until_true 300 grep -q ready /run/purge
ticks=$(ticks_of $reports/reclaim "$purge")
diag "4000 tables in use are looked at and kept: $((ticks / 4000)) instructions each"
at_most '  instructions of a table that is looked at and kept' "$ticks" reclaim.kept 4000
is '  none is freed' "$(stat reclaimed)" "$looked"
kill $purge

# What it takes to move a populated one into the blocks of pt_cache_live.ko, whose pages are clean: who asks by its own
# CPU time, and what workers do later.
begin /run/tables.out perl tests/guest/tables.pl 4000 64
process=$!
until_true 300 grep -q ready /run/tables.out
load_live
begin /run/lent.out perl tests/guest/tables.pl 5000 1
until_true 300 grep -q ready /run/lent.out
kill $!
enough_is_clean() {
	[ "$(live ready)" -ge 4300 ]
}
until_true 60 enough_is_clean
sleep 2
workers=$(workers_ns)
took=$(perl -MTime::HiRes=clock_gettime,CLOCK_PROCESS_CPUTIME_ID -e '
	open F, ">", shift or die;
	$at = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
	syswrite F, shift or die "$!";
	printf "%d", (clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $at) * 1e9' $reports/move "$process cache")
sleep 3
workers=$(($(workers_ns) - workers))
tables=$(stat moved)
diag "$tables populated tables moved: ${took:-?} instructions of who asked, $workers of the workers; $(stat move_holds)" \
	"holds of $(stat move_hold_ns) instructions in all, $(stat move_flushes) flushes"
compare 'populated tables are moved' "$tables" -ge 4000
at_most '  instructions of a table' $((took + workers)) move.table "$tables"
at_most '  instructions of a hold, for each' "$(stat move_hold_ns)" reclaim.hold "$(stat move_holds)"
kill $process
wait $process 2> /dev/null
unload_live

# What a process sees whose empty page tables are freed all the time, beside a process that never sleeps. A time here
# is instructions of this CPU, so it is the same on a host that is busy.
sh -c 'while :; do :; done' &
hog=$!
alone=$(build/tests/latency 20000 64)
freed=$(stat reclaimed)
build/tests/latency 20000 64 > /run/latency &
reclaimed=$!
while kill -0 $reclaimed 2> /dev/null; do
	echo $reclaimed > $reports/reclaim
done 2> /dev/null
kill $hog
wait $hog 2> /dev/null
beside=$(cat /run/latency)
diag "mmap(), a fault and munmap() in us, mean and longest: $alone alone, $beside while $(($(stat reclaimed) - freed))" \
	"page tables of it are freed"
compare '  tables are freed meanwhile' $(($(stat reclaimed) - freed)) -ge 64
at_most '  and the longest is longer by at most so many us' $((${beside#* } - ${alone#* })) reclaim.wait_us
