#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# A process with N page tables of PTEs that have K entries each: tables.pl N K [empty|whole] maps N
# regions of 2M, far enough from anything else, has K pages of each, says "ready", and waits to be
# killed. With "empty" it gives the K pages back, and the tables stay; with "whole" all 2M, page or no
# page: then newer kernels free the table.
use strict;
use warnings;

use constant { SYS_mmap => 9, SYS_madvise => 28, REGION => 2 << 20, PAGE => 4096 };
use constant { PROT_RW => 3, MAP_PRIVATE_ANON_NORESERVE => 0x4022 };
use constant { MADV_DONTNEED => 4, MADV_NOHUGEPAGE => 15, MADV_POPULATE_WRITE => 23 };
my ($n, $k, $back) = (@ARGV, '');

sub madvise {
	my ($at, $size, $advice) = @_;
	syscall(SYS_madvise, $at, $size, $advice) == 0 or die "madvise $advice: $!";
}

my $at = syscall(SYS_mmap, 0, ($n + 1) * REGION, PROT_RW, MAP_PRIVATE_ANON_NORESERVE, -1, 0);
$at != -1 or die "mmap: $!";
$at = ($at + REGION - 1) & ~(REGION - 1);
madvise($at, $n * REGION, MADV_NOHUGEPAGE);
for my $i (0 .. $n - 1) {
	madvise($at + $i * REGION, $k * PAGE, MADV_POPULATE_WRITE);
	madvise($at + $i * REGION, $k * PAGE, MADV_DONTNEED) if $back eq 'empty' && $k < 512;
	madvise($at + $i * REGION, REGION, MADV_DONTNEED) if $back eq 'whole';
}
$| = 1;
print "ready\n";
sleep 1 while 1;
