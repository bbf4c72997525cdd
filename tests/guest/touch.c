// SPDX-License-Identifier: GPL-2.0
/*
 * touch RANGES ROUNDS: writes to the first page of each of so many ranges of 2M, and unmaps them. Prints
 * the TSC's ticks a range for both. It measures a hundred ranges at a time, so that a tick of the timer is
 * in few of these, and adds up the least of the rounds for each. Between rounds it sleeps, so that whoever
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
#define PIECE	100UL
#define PIECES	100

static uint64_t least_touch[PIECES], least_unmap[PIECES];

static void note(uint64_t *least, uint64_t ticks)
{
	if (!*least || ticks < *least)
		*least = ticks;
}

int main(int argc, char **argv)
{
	unsigned long ranges = argc > 1 ? atoi(argv[1]) : 1000;
	int rounds = argc > 2 ? atoi(argv[2]) : 5;
	unsigned long pieces = ranges / PIECE;
	uint64_t touch = 0, unmap = 0;

	if (ranges % PIECE || !pieces || pieces > PIECES) {
		fprintf(stderr, "touch: some hundreds of ranges\n");
		return 2;
	}
	for (int round = 0; round < rounds; round++) {
		char *area = mmap(NULL, (ranges + 1) * RANGE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		char *first = (char *)(((uintptr_t)area + RANGE - 1) & ~(RANGE - 1));
		uint64_t start;

		if (area == MAP_FAILED || madvise(area, (ranges + 1) * RANGE, MADV_NOHUGEPAGE)) {
			perror("touch");
			return 1;
		}
		for (unsigned long piece = 0; piece < pieces; piece++) {
			char *at = first + piece * PIECE * RANGE;

			start = __rdtsc();
			for (unsigned long i = 0; i < PIECE; i++)
				*(volatile char *)(at + i * RANGE) = 1;
			note(&least_touch[piece], __rdtsc() - start);
		}
		for (unsigned long piece = 0; piece < pieces; piece++) {
			start = __rdtsc();
			munmap(first + piece * PIECE * RANGE, PIECE * RANGE);
			note(&least_unmap[piece], __rdtsc() - start);
		}
		munmap(area, (ranges + 1) * RANGE);
		if (round + 1 < rounds)
			sleep(3);
	}
	for (unsigned long piece = 0; piece < pieces; piece++) {
		touch += least_touch[piece];
		unmap += least_unmap[piece];
	}
	printf("touch %lu\nunmap %lu\n", touch / ranges, unmap / ranges);
	return 0;
}
