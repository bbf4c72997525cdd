# SPDX-License-Identifier: GPL-2.0
# ptowner.bt counts the births and deaths of each process's PTE tables.

# A process that takes tables in each way there is, a step for each line that it reads. It answers
# with its pid and its child's.
cat > /run/tables.pl << 'END'
use strict;
use warnings;
no warnings 'portable';
$| = 1;
my %call = (mmap => 9, munmap => 11, madvise => 28, getrandom => 318, pidfd_open => 434,
	clone3 => 435,
	process_madvise => 440);
my ($read_write, $shared, $private, $fixed) = (3, 0x01, 0x22, 0x100010);
my ($dontneed, $hugepage, $nohugepage, $collapse) = (4, 14, 15, 25);
my $range = 2 << 20;
my $child;

sub place { my ($gigabyte, $n) = @_; return ($gigabyte << 30) + $n * $range }

sub try_call {
	my ($name, @arguments) = @_;
	my $result = syscall($call{$name}, @arguments);
	print "FAILED $name(@arguments): $!\n" if $result == -1;
}

sub touch { try_call('getrandom', $_[0], 1, 0) }

sub take {
	my ($gigabyte, $ranges, $advice) = @_;
	for my $n (0 .. $ranges - 1) {
		my $at = place($gigabyte, $n);
		try_call('mmap', $at, $range, $read_write, $private | $fixed, -1, 0);
		try_call('madvise', $at, $range, $advice);
		touch($at);
	}
}

# A fault gets a table, finds no page behind the end of the file, and gives the table back.
sub fail {
	my ($gigabyte, $first, $ranges) = @_;
	open(my $file, '+>', '/run/empty') or die;
	for my $n ($first .. $first + $ranges - 1) {
		my $at = place($gigabyte, $n);
		try_call('mmap', $at, $range, $read_write, $shared | $fixed, fileno($file), 0);
		print "FAILED to fail\n" if syscall($call{getrandom}, $at, 1, 0) != -1;
	}
}

# Huge pages of a file, mapped by PTEs as no mapping is large enough. The last is mapped by one PMD
# then, while this task has its table in hand.
sub take_file {
	my ($gigabyte, $ranges) = @_;
	open(my $file, '+>', '/run/huge/file') or die;
	syswrite($file, "\0" x $range) for 1 .. $ranges;
	for my $n (0 .. $ranges - 1) {
		for my $half (0, 1) {
			my $offset = $n * $range + $half * $range / 2;
			try_call('mmap', place($gigabyte, 0) + $offset, $range / 2, $read_write,
				$shared | $fixed, fileno($file), $offset);
			touch(place($gigabyte, 0) + $offset);
		}
	}
	try_call('madvise', place($gigabyte, $ranges - 1), $range, $collapse);
}

# Another process maps them so: the tables that die are not its own.
sub collapse {
	my ($gigabyte, $ranges) = @_;
	my $owner = $$;
	my $helper = fork();
	return waitpid($helper, 0) if $helper;
	my $pidfd = syscall($call{pidfd_open}, $owner, 0);
	my $iovec = pack('QQ', place($gigabyte, 0), $ranges * $range);
	try_call('process_madvise', $pidfd, $iovec, 1, $collapse, 0);
	exit;
}

# fork() copies all tables, and then its pid is taken already.
sub fork_fails {
	my $pid = pack('L', 1);
	my $arguments = pack('Q11', 0, 0, 0, 0, 17, 0, 0, 0, unpack('Q', pack('P', $pid)), 1, 0);
	print "FAILED to fail\n" if syscall($call{clone3}, $arguments, length $arguments) != -1;
}

my %step = (
	plain => sub { take(64, 100, $nohugepage) },
	huge => sub { take(65, 40, $hugepage) },
	fail => sub { fail(64, 200, 30) },
	file => sub { take_file(66, 17) },
	collapse => sub { collapse(66, 16) },
	fork => sub { $child = fork(); if (!$child) { sleep 1000; exit } },
	fork_fails => \&fork_fails,
	look => sub { },
	dontneed => sub { try_call('madvise', place(64, 50), 25 * $range, $dontneed) },
	munmap => sub { try_call('munmap', place($_, 0), 20 * $range) for 64, 65 },
	split => sub { try_call('munmap', place(65, $_), $range / 2) for 20 .. 29 },
	leave => sub { exit },
	reap => sub { kill 'TERM', $child; waitpid($child, 0); $child = 0 },
);
while (my $step = <STDIN>) {
	chomp $step;
	$step{$step}->();
	printf "%s %d %d\n", $step, $$, $child // 0;
}
END

# The PTE tables of a process: VmPTE without what is not PTE tables, one for each 1G and each 512G in which
# it has memory. Not by the process itself: with what it reads its heap would grow, now and then by a table.
cat > /run/count.pl << 'END'
use strict;
use warnings;
no warnings 'portable';
sub tables {
	my ($pid) = @_;
	my (%upper, $first, $last, $tables);
	open(my $maps, '<', "/proc/$pid/smaps") or return 0;
	while (<$maps>) {
		($first, $last) = (hex $1, hex($2) - 1) if /^([0-9a-f]+)-([0-9a-f]+) /;
		next unless /^Rss: +[1-9]/;
		$upper{"1G $_"} = 1 for ($first >> 30) .. ($last >> 30);
		$upper{"512G $_"} = 1 for ($first >> 39) .. ($last >> 39);
	}
	open(my $status, '<', "/proc/$pid/status") or return 0;
	/^VmPTE:\s+(\d+)/ and $tables = $1 / 4 for <$status>;
	return $tables - keys %upper;
}
print tables($ARGV[0]), "\n";
END

start_taker() {
	rm -f /run/steps
	: > /run/tables.out
	mkfifo /run/steps
	perl /run/tables.pl < /run/steps > /run/tables.out 2>&1 &
	taker=$!
	exec 9> /run/steps
}

# tell STEP: let it do this, and wait for its answer: $pid has $tables, $child has $child_tables.
tell() {
	echo "$1" >&9
	until_true 60 grep -q "^$1 " /run/tables.out
	# shellcheck disable=SC2046  # words
	set -- $(grep "^$1 " /run/tables.out)
	pid=$2 child=$3
	tables=$(perl /run/count.pl "$pid") child_tables=$(perl /run/count.pl "$child")
	diag "$1 $pid $tables $child $child_tables"
}

end_taker() {
	echo reap >&9
	echo leave >&9
	exec 9>&-
	wait $taker
	is 'each step was taken' "$(grep FAILED /run/tables.out)" ''
}

# One script as most will start it, and one that shows stacks.
start_ptowner() {
	ptowners=
	for argument in '' 1; do
		begin /run/ptowner$argument.out \
			timeout -s INT 1200 chrt -f 1 bpftrace tools/bpftrace/ptowner.bt $argument
		ptowners="$ptowners $!"
	done
	until_true 120 grep -q Tracing /run/ptowner.out
	until_true 120 grep -q Tracing /run/ptowner1.out
}

stop_ptowner() {
	# shellcheck disable=SC2046  # two of them
	kill -INT $(pidof bpftrace)
	# shellcheck disable=SC2086
	wait $ptowners
	is 'bpftrace has nothing to warn of' "$(grep -hi -e warning -e error /run/ptowner*.out)" ''
	diag "$(grep -E '^@(births|deaths)\[' /run/ptowner.out)"
}

# total WHAT PID: births or deaths of a process, by whatever name it had.
total() {
	sed -n "s/^@$1\[.*, $2\]: //p" /run/ptowner.out | awk '{ n += $1 } END { print n + 0 }'
}

change() {
	echo $(($(total births "$1") - $(total deaths "$1")))
}

# totals OUTPUT: all of the taker's.
totals() {
	grep -E "^@(births|deaths)\[.*, $pid\]: " "$1" | sort
}

# sums WHAT NAME: each process of that name that began after the taker, with its total.
sums() {
	sed -n "s/^@$1\[$2, \([0-9]*\)\]: /\1 /p" /run/ptowner.out |
		awk -v first="$pid" '$1 > first' | sort -n
}

mkdir -p /run/huge
mount -t tmpfs -o huge=always none /run/huge
echo madvise > /sys/kernel/mm/transparent_hugepage/enabled

# These tables are older than the script that sees them go.
start_taker
tell plain
before=$tables
tell huge
is 'a huge page of a process has a table set aside' $((tables - before)) 40
tell fork
older=$pid older_tables=$tables older_child=$child older_child_tables=$child_tables
start_ptowner
tell dontneed
tell munmap
tell split
end_taker

start_taker
tell plain
tell huge
before=$tables
tell fail
is 'a fault that fails leaves no table' "$tables" "$before"
tell file
before=$tables
tell collapse
is 'mapping a file by huge pages gives tables back' $((before - tables)) 16
tell fork
tell fork_fails
sleep 2
tell look
stop_ptowner
end_taker
umount /run/huge

is 'each table of a process dies with it, or before' $((-$(change "$older"))) "$older_tables"
is 'and each of its child' $((-$(change "$older_child"))) "$older_child_tables"
is 'births less deaths of a process are its PTE tables' "$(change "$pid")" "$tables"
is "births at fork are the child's" "$(change "$child")" "$child_tables"
compare 'all that it took was counted' "$(total births "$pid")" -ge 187
compare 'a fork that fails has births, of no process' "$(total births 0)" -ge 140
compare 'and nothing else has' "$(total births 0)" -le "$tables"
is 'all of them died' "$(total deaths 0)" "$(total births 0)"
# Processes of the test itself that began and ended meanwhile.
compare 'other processes are seen' "$(sums births grep | wc -l)" -ge 5
for name in grep sed sleep; do
	is "each birth of a $name has its death" "$(sums births $name)" "$(sums deaths $name)"
done
# shellcheck disable=SC2016  # awk's
ok 'a second with its births has a line' \
	awk '/^[0-9][0-9]:/ && $2 >= 50 && $4 == $2 - $3 { n++ } END { exit !n }' /run/ptowner.out
ok 'and says whose they were' grep -q "^@births_now\[perl, $pid\]: [0-9][0-9]" /run/ptowner.out
ok 'stacks of births are shown on request' sh -c \
	'sed -n "/^@births_by_stack\\[/,/^\\]/p" /run/ptowner1.out | grep -q handle_mm_fault'
is 'and only then' "$(grep -c handle_mm_fault /run/ptowner.out)" 0
is 'with the same totals' "$(totals /run/ptowner1.out)" "$(totals /run/ptowner.out)"
