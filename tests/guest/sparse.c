// SPDX-License-Identifier: GPL-2.0
/*
 * sparse N [KEEP]: a process that has N page tables of PTEs and hardly anything else: of N ranges of 2M it reads
 * the first page, which is the page of zeroes. It takes them a few at a time, so that whoever gets page tables
 * ready can. Says "ready", and waits. At SIGUSR1 it unmaps all but KEEP of the ranges, which lie evenly apart,
 * and says "kept".
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RANGE	(2UL << 20)
#define AT_ONCE	128

static char *map(unsigned long ranges)
{
	char *area = mmap(NULL, (ranges + 1) * RANGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED || madvise(area, (ranges + 1) * RANGE, MADV_NOHUGEPAGE)) {
		perror("sparse");
		exit(1);
	}
	return (char *)(((uintptr_t)area + RANGE - 1) & ~(RANGE - 1));
}

static void look(const char *area, unsigned long ranges)
{
	const struct timespec a_moment = { .tv_nsec = 10000000 };

	for (unsigned long i = 0; i < ranges; i++) {
		(void)*(volatile const char *)(area + i * RANGE);
		if (i % AT_ONCE == 0)
			nanosleep(&a_moment, NULL);
	}
}

static void unmap(char *area, unsigned long ranges, unsigned long keep)
{
	unsigned long kept = 0;

	for (unsigned long i = 0; i < ranges; i++) {
		if (i * keep / ranges >= kept)
			kept++;
		else
			munmap(area + i * RANGE, RANGE);
	}
}

int main(int argc, char **argv)
{
	unsigned long ranges = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long keep = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	sigset_t set;
	char *area;
	int signal;

	if (!ranges || keep > ranges) {
		fprintf(stderr, "usage: sparse N [KEEP]\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	area = map(ranges);
	look(area, ranges);
	printf("ready\n");
	fflush(stdout);
	sigwait(&set, &signal);
	unmap(area, ranges, keep);
	printf("kept\n");
	fflush(stdout);
	for (;;)
		pause();
}
