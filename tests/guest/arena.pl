#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# A heap that grows, is given back almost wholly, and is used again here and there: arena.pl OBJECTS SECONDS.
# Objects have 1k to 64k. What gives memory back is the allocator: see jemalloc.sh. Prints a line "STAGE VMRSS VMPTE
# ANONHUGE", in kB, when the heap is full, SECONDS after most of it was freed, and when it is used again.
use strict;
use warnings;

my ($objects, $seconds) = @ARGV;
my (@heap, %kb);
srand 1;
$| = 1;

sub say_stage {
	open my $smaps, '<', '/proc/self/smaps_rollup' or die "smaps_rollup: $!";
	my ($huge) = join('', <$smaps>) =~ /AnonHugePages: *(\d+)/;
	open my $status, '<', '/proc/self/status' or die "status: $!";
	my $text = join '', <$status>;
	my ($rss) = $text =~ /VmRSS:\s*(\d+)/;
	my ($pte) = $text =~ /VmPTE:\s*(\d+)/;
	print "$_[0] $rss $pte $huge\n";
}

sub object {
	return 'x' x (1024 << int rand 7);
}

$heap[$_] = object() for 0 .. $objects - 1;
say_stage('full');
rand() < 0.99 and undef $heap[$_] for 0 .. $objects - 1;
sleep $seconds;
say_stage('freed');
$heap[int rand $objects] = object() for 1 .. $objects / 100;
say_stage('again');
