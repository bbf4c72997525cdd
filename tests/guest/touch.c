// SPDX-License-Identifier: GPL-2.0
/*
 * touch RANGES ROUNDS: writes to the first page of each of so many ranges of 2M, and unmaps them. Prints
 * the TSC's ticks a range for both, the least of the rounds. Between rounds it sleeps, so that whoever
 * gets page tables ready can. In a guest under `boot --icount` a tick is an instruction.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#define RANGE	(2UL << 20)

int main(int argc, char **argv)
{
	unsigned long ranges = argc > 1 ? atoi(argv[1]) : 1000;
	int rounds = argc > 2 ? atoi(argv[2]) : 5;
	uint64_t least_touch = UINT64_MAX, least_unmap = UINT64_MAX;

	for (int round = 0; round < rounds; round++) {
		char *area = mmap(NULL, (ranges + 1) * RANGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		char *first = (char *)(((uintptr_t)area + RANGE - 1) & ~(RANGE - 1));
		uint64_t start, ticks;

		if (area == MAP_FAILED || madvise(area, (ranges + 1) * RANGE, MADV_NOHUGEPAGE)) {
			perror("touch");
			return 1;
		}
		start = __rdtsc();
		for (unsigned long i = 0; i < ranges; i++)
			*(volatile char *)(first + i * RANGE) = 1;
		ticks = __rdtsc() - start;
		least_touch = ticks < least_touch ? ticks : least_touch;
		start = __rdtsc();
		munmap(area, (ranges + 1) * RANGE);
		ticks = __rdtsc() - start;
		least_unmap = ticks < least_unmap ? ticks : least_unmap;
		sleep(3);
	}
	printf("touch %lu\nunmap %lu\n", least_touch / ranges, least_unmap / ranges);
	return 0;
}
