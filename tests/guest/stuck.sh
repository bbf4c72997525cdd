# SPDX-License-Identifier: GPL-2.0
# Reports of a machine on which processes hold their own mmap locks for ever: they are complete, do not wait for
# long, and can be stopped.
# stuck=NUMBER of processes of crowd=NUMBER.
load
load_actor
crowd=${crowd:-200}
stuck=${stuck:-20}

# shellcheck disable=SC2016  # expanded by perl
begin /run/crowd perl -e '
	$| = 1;
	for (1 .. $ARGV[0]) {
		my $pid = fork();
		die "fork: $!" unless defined $pid;
		if (!$pid) { $0 = "crowd"; sleep 100000; exit }
		print "$pid\n";
	}
	print "ready\n";
	sleep 100000' "$crowd"
parent=$!
until_true 200 grep -q ready /run/crowd

# stick_first NUMBER: that many of the crowd, and no others
stick_first() {
	echo 0 > $actor/stick
	head -n "$1" /run/crowd | while read -r pid; do
		echo "$pid" > $actor/stick
	done
	until_true 60 [ "$(cat $actor/stick)" = "$1" ]
}

# waited_ms: what readers waited for mmap locks since the last call
waited_ms() {
	waited=$(stat mmap_lock_wait_ns)
	echo $(((waited - ${waited_before:-0}) / 1000000))
	waited_before=$waited
}

# rows STATE: of the crowd in pt_mm
rows() {
	awk -v state="$1" 'NR == FNR { crowd[$1]; next } !/^#/ && $1 in crowd && $17 == state' /run/crowd /run/pt_mm | wc -l
}

for number in 1 "$stuck"; do
	ok "$number of $crowd are stuck" stick_first "$number"
	waited_before=$(stat mmap_lock_wait_ns)
	ok 'pt_mm can be read' sh -c "cat $reports/pt_mm > /run/pt_mm"
	waited=$(waited_ms)
	waited_before=$(stat mmap_lock_wait_ns)
	is '  it is complete' "$(tail -n 1 /run/pt_mm)" "# end $(grep -vc '^#' /run/pt_mm)"
	is '  each stuck process has a row that says so' "$(rows busy)" "$number"
	is '  the others have theirs' "$(rows ok)" $((crowd - number))
	is '  of a busy one the bytes are known' "$(awk '$17 == "busy" && !($8 > 0)' /run/pt_mm)" ''
	diag "waited $waited ms"
	if [ "$number" = 1 ]; then
		compare '  it waited 250 ms at most' "$waited" -le 250
	else
		compare '  it waited 1 s at most' "$waited" -le 1000
	fi
	ok 'page_tables can be read' sh -c "cat $reports/page_tables > /run/page_tables"
	is '  it is complete' "$(tail -n 1 /run/page_tables)" "# end $(grep -vc '^#' /run/page_tables)"
	is '  and has a row for each stuck process' "$(awk '!/^#/ && $9 == "busy"' /run/page_tables | wc -l)" "$number"
	ok 'pt_cgroup can be read' sh -c "cat $reports/pt_cgroup > /run/pt_cgroup"
	is '  it counts them' "$(awk '!/^#/ { n += $3 } END { print n + 0 }' /run/pt_cgroup)" "$number"
	ok 'refcounts can be read' sh -c "cat $reports/refcounts > /run/refcounts"
	ok '  it says how many are left out' grep -q "^# $number processes are left out" /run/refcounts
	ok 'audit can be read, and finds nothing' no_rule_is_broken
	ok '  it says how many are left out' grep -q "^# $number processes are left out" /run/audit
	pid=$(head -n 1 /run/crowd)
	is 'pt_mm_tables of a stuck one says why there is nothing' "$(echo "$pid" | build/tests/ask pt_mm_tables)" \
		"$pid error EBUSY"
	sh -c "exec 3<> $reports/pt_mm; echo pid $pid >&3; cat <&3" > /run/one
	is 'pt_mm of it alone has its row' "$(awk '!/^#/ { print $1, $17 }' /run/one)" "$pid busy"
done

# a reader that is stopped stops at once, though all wait
for report in pt_mm page_tables audit refcounts; do
	timeout -s TERM 0.1 cat $reports/$report > /run/stopped
	ok "$report: a reader that is told to end ends" [ $? -le 124 ]
done

echo 0 > $actor/stick
cat $reports/pt_mm > /run/pt_mm
is 'when the locks are released, all have their rows again' "$(rows ok)" "$crowd"

# What a process sees that is read all the time. Printed, not judged: the host has others to serve.
alone=$(build/tests/latency 3000)
sh -c "while :; do cat $reports/page_tables > /dev/null; done" &
reader=$!
beside=$(build/tests/latency 3000)
kill $reader
wait $reader 2> /dev/null
diag "mmap(), a fault and munmap() in us, mean and longest: $alone alone, $beside beside a reader"

# filters that match nothing
for filter in 'pid 999999' 'cgroup 999999999' 'min_table_bytes 99999999999999'; do
	for report in pt_mm page_tables pt_cgroup; do
		sh -c "exec 3<> $reports/$report; echo '$filter' >&3; cat <&3" > /run/none
		is "$report: '$filter' matches nothing" "$(tail -n 1 /run/none)$(grep -vc '^#' /run/none)" '# end 00'
	done
done
pkill -KILL -P $parent
kill $parent
wait $parent
