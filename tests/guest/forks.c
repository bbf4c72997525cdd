// SPDX-License-Identifier: GPL-2.0
/*
 * forks NUMBER: forks so often. Most children exit at once; one in sixteen touches some memory, and
 * lives until its place, one of sixty-four, is wanted for another, which one is a matter of chance.
 * Between forks other memory comes and goes, as in a system that does something. Then says "ready"
 * and waits for a signal, with the last children alive.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIVING	64
#define HELD	256

static uint64_t state = 88172645463325252ULL;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void child(unsigned int ranges)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0; i < ranges; i++) {
		char *area = mmap(NULL, 4UL << 20, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (area != MAP_FAILED)
			*area = 1;
	}
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	long number = argc > 1 ? atol(argv[1]) : 1000;
	static pid_t living[LIVING];
	static char *held[HELD];

	for (long i = 0; i < number; i++) {
		uint64_t random = next_random();
		pid_t *place = &living[random % LIVING];
		char **memory = &held[(random >> 16) % HELD];

		if (i && i % 20000 == 0)
			fprintf(stderr, "# %ld of %ld forks\n", i, number);
		if (random >> 40 & 15) {
			pid_t pid = fork();

			if (!pid)
				_exit(0);
			waitpid(pid, NULL, 0);
			continue;
		}
		if (*place) {
			kill(*place, SIGKILL);
			waitpid(*place, NULL, 0);
		}
		*place = fork();
		if (*place < 0) {
			perror("fork");
			return 1;
		}
		if (!*place)
			child((random >> 32) % 8);
		if (*memory)
			munmap(*memory, 64 << 10);
		*memory = mmap(NULL, 64 << 10, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (*memory == MAP_FAILED) {
			*memory = NULL;
			continue;
		}
		memset(*memory, 1, 64 << 10);
		madvise(*memory, 64 << 10, MADV_DONTFORK); /* copying it would take most of the time */
	}
	printf("ready\n");
	fflush(stdout);
	pause();
	return 0;
}
