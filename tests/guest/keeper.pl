#!/usr/bin/perl
# A process that owns nearly all memory, in pages that can be moved, and knows what it wrote to
# each: keeper.pl LOW MB fills memory until only LOW MB are free, so that no corner is left out, gives
# back a piece here and there until MB are free, says "ready", waits for SIGUSR1, and exits with 0 if
# every page still holds its own number. (In perl: the guests have no C library's headers.)
use strict;
use warnings;

use constant { CHUNK => 8 << 20, PAGE => 4096, APART => 13 };
my ($low, $leave) = @ARGV;
my @chunks;
my $done = 0;
$SIG{USR1} = sub { $done = 1 };

sub free_mb {
	open my $meminfo, '<', '/proc/meminfo' or die;
	while (<$meminfo>) { return $1 / 1024 if /^MemFree:\s+(\d+)/ }
}

while (free_mb() > $low) {
	my $nr = @chunks;
	push @chunks, '';
	vec($chunks[$nr], CHUNK - 1, 8) = 0;
	for (my $at = 0; $at < CHUNK; $at += PAGE) {
		substr($chunks[$nr], $at, 8) = pack('Q', $nr << 32 | $at);
	}
}
# What was taken first is what was free last, the very regions that a test may be about: those that
# go back lie far apart.
for my $start (0 .. APART - 1) {
	for (my $i = $start; $i < @chunks && free_mb() < $leave; $i += APART) {
		undef $chunks[$i];
	}
}
$| = 1;
print 'ready ', scalar(grep { defined } @chunks), "\n";
select undef, undef, undef, 0.2 until $done;

my $bad = 0;
for my $nr (grep { defined $chunks[$_] } 0 .. $#chunks) {
	for (my $at = 0; $at < CHUNK; $at += PAGE) {
		$bad++ if substr($chunks[$nr], $at, 8) ne pack('Q', $nr << 32 | $at);
	}
}
print "$bad pages are not what was written\n";
exit($bad != 0);
