# SPDX-License-Identifier: GPL-2.0
# pt_mm of many processes that fork and exit all the time.
# crowd=NUMBER of processes.
load
crowd=${crowd:-300}

# Each forks a child now and then, and waits for its end.
perl -e '
	my ($crowd) = @ARGV;
	my @children;
	for (1 .. $crowd) {
		my $pid = fork();
		die "fork: $!" unless defined $pid;
		if (!$pid) {
			$0 = "crowd";
			while (1) {
				my $child = fork();
				exit unless $child;
				waitpid($child, 0);
				select(undef, undef, undef, rand 20);
			}
		}
		push @children, $pid;
	}
	$| = 1;
	print "ready\n";
	sleep 1000;
' "$crowd" > /run/crowd 2>&1 &
parent=$!
until_true 120 grep -q . /run/crowd
sleep 10 # until they fork at all times
is "$crowd processes run" "$(cat /run/crowd)" ready

began=$(cut -d . -f 1 /proc/uptime)
for _ in 1 2 3; do
	forks=$(awk '$1 == "processes" { print $2 }' /proc/stat)
	ok 'pt_mm can be read' sh -c "cat $reports/pt_mm > /run/pt_mm"
	forks=$(($(awk '$1 == "processes" { print $2 }' /proc/stat) - forks))
	compare 'it has a line for each of them' "$(awk '!/^#/' /run/pt_mm | wc -l)" -ge "$crowd"
	is 'none twice' "$(awk '!/^#/ && n[$1]++' /run/pt_mm)" ''
	diag "$(awk '!/^#/' /run/pt_mm | wc -l) lines, $forks forks meanwhile"
done
diag "$(($(cut -d . -f 1 /proc/uptime) - began)) s for three"
compare 'there were forks meanwhile' "$forks" -gt 0
pkill -KILL -P $parent
kill $parent
wait $parent
