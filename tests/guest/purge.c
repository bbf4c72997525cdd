// SPDX-License-Identifier: GPL-2.0
/*
 * purge RANGES [PIECE]: a process that maps RANGES ranges of 2M, touches a page of each, and gives them
 * back by MADV_DONTNEED in pieces of PIECE kB (default: all at once). A stock kernel keeps the page
 * tables. Says "ready VMPTE", in kB, and at each SIGUSR1 "now VMPTE". At SIGUSR2 it writes its pid to the
 * report `reclaim`, and says "took NS", of its own time on a CPU: workers that run meanwhile are not in it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define RANGE	(2UL << 20)

static void say(const char *word)
{
	FILE *status = fopen("/proc/self/status", "r");
	long kb = -1;
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "VmPTE: %ld", &kb);
	if (status)
		fclose(status);
	printf("%s %ld\n", word, kb);
	fflush(stdout);
}

static unsigned long own_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000UL + now.tv_nsec;
}

static void reclaim(void)
{
	int file = open("/sys/kernel/debug/pt_cache/reclaim", O_WRONLY);
	unsigned long start;
	char pid[16];
	int length = snprintf(pid, sizeof(pid), "%d", getpid());

	start = own_time();
	if (write(file, pid, length) != length)
		perror("purge");
	printf("took %lu\n", own_time() - start);
	fflush(stdout);
	close(file);
}

int main(int argc, char **argv)
{
	unsigned long ranges = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long piece = argc > 2 ? strtoul(argv[2], NULL, 10) << 10 : ranges * RANGE;
	sigset_t set;
	char *area;
	int signal;

	if (!ranges || !piece) {
		fprintf(stderr, "usage: purge RANGES [PIECE]\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	area = mmap(NULL, ranges * RANGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED || madvise(area, ranges * RANGE, MADV_NOHUGEPAGE)) {
		perror("purge");
		return 1;
	}
	for (unsigned long at = 0; at < ranges * RANGE; at += RANGE) {
		area[at] = 1;
		/* a few at a time: memory may be less than all of it */
		if (at % (64 * RANGE) == 63 * RANGE || at + RANGE == ranges * RANGE) {
			unsigned long from = at / (64 * RANGE) * 64 * RANGE;

			for (; from <= at + RANGE - piece && piece < RANGE; from += piece)
				madvise(area + from, piece, MADV_DONTNEED);
		}
	}
	if (piece >= RANGE && madvise(area, ranges * RANGE, MADV_DONTNEED)) {
		perror("purge");
		return 1;
	}
	say("ready");
	while (!sigwait(&set, &signal))
		signal == SIGUSR2 ? reclaim() : say("now");
}
