# SPDX-License-Identifier: GPL-2.0
# What is lent is looked at whether the kernel has freed it: seldom where nothing moves, however much is lent.
# idle_seconds=N, busy_seconds=N: for how long is counted.
load
load_live max_blocks=400

# looks_in SECONDS COMMAND...: looks a second while it runs, and no other process of ours begins
looks_in() {
	seconds=$1
	shift
	looks=$(stat collect_looks)
	read -r up _ < /proc/uptime
	"$@" "$seconds"
	read -r now _ < /proc/uptime
	looks=$(($(stat collect_looks) - looks))
	now=$((${now%.*} - ${up%.*}))
	rate=$((looks / now))
	diag "$looks looks in $now s, with $(live in_use) tables lent in $(live blocks) blocks"
}

# a short process each 0.25 s
short_processes() {
	count=$(($1 * 4))
	while [ $count -gt 0 ]; do
		sleep 0.25
		count=$((count - 1))
	done
}

# The worker may need longer than they do: until there are enough, one more.
n=0
while [ "$(live in_use)" -lt 100000 ] && [ $n -lt 10 ]; do
	n=$((n + 1))
	begin /run/sparse.out build/tests/sparse 25000
	until_true 120 grep -q ready /run/sparse.out
done
compare '100,000 tables are lent' "$(live in_use)" -ge 100000
sleep 5
looks_in "${idle_seconds:-60}" sleep
at_most 'nobody asks for tables: looks a second' $rate live.looks_idle
looks_in "${busy_seconds:-15}" short_processes
at_most 'a short process each 0.25 s: looks a second' $rate live.looks_busy
pkill -KILL sparse
wait
