// SPDX-License-Identifier: GPL-2.0
/*
 * hog: takes memory page by page until it is killed for it, as the first that the OOM killer chooses. Its standard
 * output is a file, in whose beginning it writes how many pages it has.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE	4096UL
#define SIZE	(64UL << 30)
#define SAY	16	/* pages: 64 kB */

static void offer_oneself(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "w");

	if (!file || fprintf(file, "1000") < 0 || fclose(file)) {
		perror("hog: oom_score_adj");
		exit(1);
	}
}

int main(void)
{
	char *area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);
	char line[32];

	if (area == MAP_FAILED || madvise(area, SIZE, MADV_NOHUGEPAGE)) {
		perror("hog");
		return 1;
	}
	offer_oneself();
	for (unsigned long pages = 1; pages <= SIZE / PAGE; pages++) {
		*(volatile char *)(area + (pages - 1) * PAGE) = 1;
		if (pages % SAY)
			continue;
		snprintf(line, sizeof(line), "%10lu\n", pages);
		if (pwrite(STDOUT_FILENO, line, 11, 0) != 11) {
			perror("hog: write");
			return 1;
		}
	}
	fprintf(stderr, "hog: nobody killed it\n");
	return 1;
}
