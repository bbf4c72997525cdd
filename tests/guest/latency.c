// SPDX-License-Identifier: GPL-2.0
/*
 * latency N [RANGES]: maps, touches and unmaps a page N times, as a process does that others look at meanwhile, and
 * prints the mean and the longest time of one, in us. With RANGES it also leaves so many empty page tables, every 500
 * times, for others to free; that is not in the times.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

#define RANGE	(2UL << 20)

/* In halves: where all of a 2M is given back, 7.2 frees the table. */
static void leave_empty_tables(long ranges)
{
	static char *area;

	if (!area)
		area = mmap(NULL, ranges * RANGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED || madvise(area, ranges * RANGE, MADV_NOHUGEPAGE))
		exit(1);
	for (char *at = area; at < area + ranges * RANGE; at += RANGE) {
		*(volatile char *)at = 1;
		madvise(at, RANGE / 2, MADV_DONTNEED);
	}
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 1000;
	long ranges = argc > 2 ? atol(argv[2]) : 0;
	double most = 0, all = 0;

	for (long i = 0; i < rounds; i++) {
		double start, took;
		char *page;

		if (ranges && i % 500 == 0)
			leave_empty_tables(ranges);
		start = now_us();
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED)
			return 1;
		*(volatile char *)page = 1;
		munmap(page, 4096);
		took = now_us() - start;
		all += took;
		most = took > most ? took : most;
	}
	printf("%.0f %.0f\n", all / rounds, most);
	return 0;
}
