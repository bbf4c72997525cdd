// SPDX-License-Identifier: GPL-2.0
/*
 * A process that owns nearly all memory, in pages that can be moved, and knows what it wrote to each:
 * keeper LOW MB fills memory until only LOW MB are free, so that no corner is left out, gives back a piece
 * here and there until MB are free, says "ready", waits for SIGUSR1, and exits with 0 if every page still
 * holds its own number. At SIGUSR2 it locks all of it in memory and says "locked", at the next unlocks it and
 * says "unlocked".
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK	(8UL << 20)
#define PAGE	4096UL
#define CHUNKS	65536	/* 512 GB */
#define APART	13

static char *chunks[CHUNKS];

static unsigned long free_mb(void)
{
	unsigned long kb = 0;
	char line[128];
	FILE *meminfo = fopen("/proc/meminfo", "r");

	while (meminfo && fgets(line, sizeof(line), meminfo) && sscanf(line, "MemFree: %lu", &kb) != 1)
		;
	if (!meminfo || !kb) {
		fprintf(stderr, "keeper: /proc/meminfo does not say how much memory is free\n");
		exit(2);
	}
	fclose(meminfo);
	return kb / 1024;
}

static uint64_t number_of(int chunk, unsigned long at)
{
	return (uint64_t)(chunk + 1) << 32 | at;	/* never 0 */
}

static int fill(unsigned long low)
{
	int nr = 0;

	for (; nr < CHUNKS && free_mb() > low; nr++) {
		chunks[nr] = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (chunks[nr] == MAP_FAILED) {
			perror("keeper: mmap");
			exit(2);
		}
		for (unsigned long at = 0; at < CHUNK; at += PAGE)
			*(uint64_t *)(chunks[nr] + at) = number_of(nr, at);
	}
	return nr;
}

/*
 * What was taken first is what was free last, the very regions that a test may be about: what goes back lies
 * far apart.
 */
static int give_back(int nr, unsigned long leave)
{
	int kept = nr;

	for (int start = 0; start < APART; start++) {
		for (int i = start; i < nr && free_mb() < leave; i += APART) {
			munmap(chunks[i], CHUNK);
			chunks[i] = NULL;
			kept--;
		}
	}
	return kept;
}

static unsigned long count_bad(int nr)
{
	unsigned long bad = 0;

	for (int i = 0; i < nr; i++)
		for (unsigned long at = 0; chunks[i] && at < CHUNK; at += PAGE)
			bad += *(volatile uint64_t *)(chunks[i] + at) != number_of(i, at);
	return bad;
}

static void lock(int nr, bool locks)
{
	for (int i = 0; i < nr; i++) {
		if (!chunks[i] || !(locks ? mlock(chunks[i], CHUNK) : munlock(chunks[i], CHUNK)))
			continue;
		perror("keeper: mlock");
		exit(2);
	}
	printf("%s\n", locks ? "locked" : "unlocked");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	bool locked = false;
	unsigned long bad;
	sigset_t set;
	int nr, signal;

	if (argc != 3) {
		fprintf(stderr, "usage: keeper LOW-MB FREE-MB\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	nr = fill(strtoul(argv[1], NULL, 10));
	printf("ready %d\n", give_back(nr, strtoul(argv[2], NULL, 10)));
	fflush(stdout);
	while (!sigwait(&set, &signal) && signal == SIGUSR2) {
		locked = !locked;
		lock(nr, locked);
	}
	bad = count_bad(nr);
	printf("%lu pages are not what was written\n", bad);
	return bad != 0;
}
