# SPDX-License-Identifier: GPL-2.0
# The tracepoints, and the bpftrace scripts on them.
load adopt=0 # what is adopted needs no supply
cache=hold_by_a_name_of_31_characters
load_actor hold_name=$cache
events=/sys/kernel/tracing/events/pt_cache
for event in table_alloc table_free table_miss block_add block_free block_adopt direct_map_split shrink users_zero audit_violation live_alloc live_recycle; do
	ok "tracepoint $event is there" [ -d $events/$event ]
done
is 'fields are plain scalars' "$(grep -h 'field:' $events/*/format |
	grep -vE 'common_|field:(u64|unsigned int|int) [a-z_]+;|field:char (cache\[32\]|rule\[16\]);')" ''

# what the kernel prints itself
echo > /sys/kernel/tracing/trace
echo 1 > $events/enable
hold alloc 1
hold free 1
echo 0 > $events/enable
for event in table_alloc table_miss table_free; do
	ok "$event tells a cache's whole name" grep -q "$event: cache=$cache " /sys/kernel/tracing/trace
done

# Of page tables on this machine.
levels() {
	awk '$1 == "levels" { print $2 }' $reports/info
}

# trace SCRIPT WORK: run a bpftrace script while WORK goes on, and keep what it printed.
trace() {
	: > /run/trace.out
	timeout -s INT 120 bpftrace "tools/bpftrace/$1" > /run/trace.out 2> /run/trace.err &
	tracer=$!
	until_true 90 grep -q Tracing /run/trace.out
	sleep 4 # BEGIN may be heard before all is attached
	eval "$2"
	sleep 1
	kill -INT "$(pidof bpftrace)"
	wait $tracer
	[ ! -s /run/trace.err ] || diag "$(cat /run/trace.err)"
}

trace ptalloc.bt 'hold alloc 2000; hold free 2000; hold churn 300'
# a warm hit is "magazine", a new block "supply"; sh is who wrote to hold
for word in $cache sh magazine supply latency; do
	ok "ptalloc.bt says $word" grep -q "$word" /run/trace.out
done
diag "$(cat /run/trace.out)"
# shellcheck disable=SC2016  # expanded by trace
trace ptusers.bt 'insmod $ko/pt_cache_example.ko; rmmod pt_cache_example; hold alloc 100; hold free 100'
for word in 'lived_us\[example\]' "lived_us\[$cache\]"; do
	ok "ptusers.bt says $word" grep -q "$word" /run/trace.out
done
is 'ptusers.bt: each table of the example once' \
	"$(sed -n 's/^@tables\[example\]: //p' /run/trace.out)" "$(levels)"
diag "$(cat /run/trace.out)"
trace ptshrink.bt "hold alloc 2000; hold free_zeroed 2000; echo 1024 > $reports/shrink"
for word in asked freed 1024 blocks_freed; do
	ok "ptshrink.bt says $word" grep -q "$word" /run/trace.out
done
diag "$(cat /run/trace.out)"
