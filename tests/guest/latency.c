// SPDX-License-Identifier: GPL-2.0
/*
 * latency N: maps, touches and unmaps a page N times, as a process does that others look at meanwhile, and prints
 * the mean and the longest time of one, in us.
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

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 1000;
	double most = 0, all = 0;

	for (long i = 0; i < rounds; i++) {
		double start = now_us(), took;
		char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

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
