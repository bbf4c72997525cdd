// SPDX-License-Identifier: GPL-2.0
/*
 * thread N: a second thread of the process touches the first page of each of N ranges of 2M, with a memory policy
 * of its own: pages from all nodes in turn. The first thread, the leader, has none, and waits. Says "ready" when
 * all are touched, and waits to be killed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RANGE		(2UL << 20)
#define INTERLEAVE	3	/* MPOL_INTERLEAVE */

static char *first;
static unsigned long ranges;

static void *touch(void *unused)
{
	unsigned long nodes = ~0UL;

	(void)unused;
	if (syscall(SYS_set_mempolicy, INTERLEAVE, &nodes, 8 * sizeof(nodes) + 1)) {
		perror("thread: set_mempolicy");
		exit(1);
	}
	for (unsigned long i = 0; i < ranges; i++)
		*(volatile char *)(first + i * RANGE) = 1;
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char *area;

	ranges = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	area = mmap(NULL, (ranges + 1) * RANGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED || madvise(area, (ranges + 1) * RANGE, MADV_NOHUGEPAGE)) {
		perror("thread");
		return 1;
	}
	first = (char *)(((uintptr_t)area + RANGE - 1) & ~(RANGE - 1));
	if (pthread_create(&thread, NULL, touch, NULL)) {
		fprintf(stderr, "thread: there is no other\n");
		return 1;
	}
	pthread_join(thread, NULL);
	return 1;
}
