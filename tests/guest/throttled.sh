# SPDX-License-Identifier: GPL-2.0
# A reader that may use 1% of a CPU never leaves its CPU with a process's mmap lock: the kernel's own tracepoints
# say when it has the lock, and when it is switched away.
load
tables=12000
trace=/sys/kernel/tracing
cgroup=/sys/fs/cgroup/throttled
[ -e $trace/events ] || mount -t tracefs none $trace
[ -e /sys/fs/cgroup/cgroup.procs ] || mount -t cgroup2 none /sys/fs/cgroup
echo +cpu > /sys/fs/cgroup/cgroup.subtree_control

# As preemptible as the kernel can be: with less of that a task in the kernel is not switched away anyway.
preempt=/sys/kernel/debug/sched/preempt
preempt_before=$(sed -n 's/.*(\(.*\)).*/\1/p' $preempt)
echo full > $preempt

# Whose lock it is: a process with some thousand tables.
begin /run/sparse.out build/tests/sparse $tables
process=$!
until_true 120 grep -q ready /run/sparse.out
mm=$(awk -v pid=$process '$1 == pid { print $2 }' $reports/pt_mm)

# Runs the reader, in the cgroup, with its switches and locks traced, as the pid that it has from the start.
cat > /run/read_throttled << 'END'
trace=/sys/kernel/tracing
echo $$ > /sys/fs/cgroup/throttled/cgroup.procs
echo $$ > $trace/set_event_pid
echo 1 > $trace/events/mmap_lock/enable
echo 1 > $trace/events/sched/sched_switch/enable
exec 3<> /sys/kernel/debug/pt_cache/page_tables
echo "pid $1" >&3
exec cat <&3 > /run/throttled_report
END

mkdir -p $cgroup
echo '1000 100000' > $cgroup/cpu.max
echo nohash-ptr > $trace/trace_options
echo 20000 > $trace/buffer_size_kb
echo > $trace/trace
sh /run/read_throttled "$process"
echo 0 > $trace/events/enable
echo > $trace/set_event_pid
cat $trace/trace > /run/trace

# "HOLDS SWITCHES_WITH_THE_LOCK": of the locks of that mm that the reader acquired
awk -v mm="${mm#0x}" '
	/ mmap_lock_acquire_returned: / && $0 ~ mm && / success=(true|1)/ { holds++; held = 1 }
	/ mmap_lock_released: / && $0 ~ mm { held = 0 }
	/ sched_switch: / { switches++; with_lock += held }
	END { print holds + 0, switches + 0, with_lock + 0 }' /run/trace > /run/holds
# shellcheck disable=SC2046  # words
set -- $(cat /run/holds)
diag "$1 holds of the lock, $2 switches, $3 with it; $(grep nr_throttled $cgroup/cpu.stat)"
is 'the report is whole' "$(tail -n 1 /run/throttled_report)" "# end $(grep -vc '^#' /run/throttled_report)"
compare '  and has all tables' "$(grep -c ' pte ' /run/throttled_report)" -ge $tables
compare 'the lock was acquired for some of them at a time' "$1" -ge $((tables / 64))
compare 'the reader was throttled' "$(awk '$1 == "nr_throttled" { print $2 }' $cgroup/cpu.stat)" -ge 3
compare '  and left its CPU' "$2" -ge 3
is '  never with the lock' "$3" 0
echo hash-ptr > $trace/trace_options
kill "$process"
wait "$process"
rmdir $cgroup
echo "$preempt_before" > $preempt
