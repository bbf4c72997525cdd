# SPDX-License-Identifier: GPL-2.0
# A CPU that goes takes no table with it; memory with a block in it stays.
load
load_actor
if [ -w /sys/devices/system/cpu/cpu1/online ]; then
	taskset -c 1 sh -c "echo 'churn 1' > $actor/hold; echo 'alloc 40' > $actor/hold; echo 'free_zeroed 40' > $actor/hold"
	before=$(cache_column hold magazine_tables)
	compare 'the CPU has a magazine' "$before" -ge 40
	echo 0 > /sys/devices/system/cpu/cpu1/online
	compare 'a CPU that goes offline gives its magazine back' \
		"$(cache_column hold magazine_tables)" -lt $((before - 39))
	echo 1000000 > $reports/shrink
	is 'and its blocks can go' "$(stat pages_held)" 0
	echo 1 > /sys/devices/system/cpu/cpu1/online
	taskset -c 1 sh -c "echo 'churn 100' > $actor/hold"
	is 'a CPU that is back works on' "$(stat tables_in_use)" 0
else
	skip 'a CPU goes offline' 'no CPU can'
fi

size=/sys/devices/system/memory/block_size_bytes
hold alloc 600
pfn=$(awk '!/^#/ && $5 > 0 { print $1; exit }' $reports/blocks)
if [ -r $size ]; then
	pages=$((0x$(cat $size) / 4096))
	section=/sys/devices/system/memory/memory$((pfn / pages))
	# The kernel may try for ever to move pages away; it stops at a signal, and that is no refusal.
	goes_offline() {
		timeout -s INT 100 sh -c "echo offline > $section/state" 2> /dev/null
	}
	goes_offline
	went=$?
	ok 'memory with a table in it refuses to go offline' [ $went -ne 0 -a $went -ne 124 ]
	is 'and is online still' "$(cat "$section/state")" online
	is 'nothing that is out was touched' "$(stat tables_in_use)" 600
	empty_cache
	if goes_offline; then
		ok 'after shrink it goes offline' true
		echo online > "$section/state"
		hold alloc 10
		hold free 10
	else
		first=$((pfn / pages * pages))
		is 'after shrink it is not because of us' "$(awk -v first=$first -v pages=$pages '
			function number(hex,  n, i) {
				for (i = 3; i <= length(hex); i++)
					n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
				return n
			}
			!/^#/ && number($1) >= first && number($1) < first + pages' $reports/blocks)" ''
	fi
	empty_cache

	# Memory comes and goes while regions of it are adopted and given back, and the direct map
	# is read all the time.
	adopted=$(stat adopted) total=$(meminfo MemTotal) went=0
	end=$((0x$(awk '!/^#/ { sub("0x", "", $2); end = $2 } END { print end }' \
		$reports/direct_map_regions)))
	(
		trap 'stop=1' TERM
		stop= reads=0
		while [ -z "$stop" ]; do
			cat $reports/direct_map $reports/direct_map_regions > /run/regions || echo failed
			reads=$((reads + 1))
			last=$(awk '/^0x/ { sub("0x", "", $2); end = $2 } END { print end }' /run/regions)
			[ $((0x$last)) -le $end ] || echo "end $last"
		done
		echo "$reads reads" > /run/reads
	) > /run/reader 2>&1 &
	reader=$!
	(
		trap 'stop=1' TERM
		stop=
		while [ -z "$stop" ]; do
			hold alloc 4096
			empty_cache
		done
	) &
	churn=$!
	for section in /sys/devices/system/memory/memory*; do
		[ "$(cat "$section/state")" = online ] || continue
		goes_offline || continue
		went=$((went + 1))
		echo online > "$section/state"
	done
	kill -TERM $churn $reader
	wait $churn $reader
	is "the direct map can be read meanwhile: $(cat /run/reads)" "$(cat /run/reader)" ''
	diag "$went sections went offline and came back; $(($(stat adopted) - adopted)) regions adopted meanwhile"
	compare 'sections come and go while regions are adopted' "$went" -gt 0
	compare 'and regions are adopted while sections come and go' "$(stat adopted)" -gt "$adopted"
	is 'all memory is back' "$(meminfo MemTotal)" "$total"
	is 'no table was dirty' "$(stat non_zero)" 0
else
	skip 'memory goes offline' 'the kernel has no memory hotplug'
fi
empty_cache
