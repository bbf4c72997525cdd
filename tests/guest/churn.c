// SPDX-License-Identifier: GPL-2.0
/*
 * churn MUNMAPS [PROCESSES]: page tables come and go as fast as they can. On each CPU (or as many
 * PROCESSES) two threads of one mm map, touch, move, collapse and unmap memory, fork and exec, until
 * there were that many munmaps in total. Says how far it is now and then; ends with
 * "N munmaps, F forks, C collapses" and exits with 0.
 *
 * What fails for want of memory or of a process is tried again later; it is no failure of churn.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define K		1024UL
#define PAGE		(4 * K)
#define PTE_SPAN	(2 * K * K)		/* what one table of PTEs maps */
#define PUD_SPAN	(512 * K * K * K)
#define STACK		(64 * K)
#define CHILD_TURNS	4
#define TELL_SECONDS	10

/* Shared by everybody but those that exec, who count nothing. */
static struct {
	atomic_long munmaps, forks, collapses, moves, retries;
	atomic_bool stop;
} *shared;

static __thread uint64_t seed = 1;

static uint64_t below(uint64_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % limit;
}

static bool one_in(uint64_t number)
{
	return !below(number);
}

static void fail(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* What can be had later. */
static void try_later(const char *what)
{
	if (errno != ENOMEM && errno != EAGAIN && errno != EINTR && errno != EBUSY)
		fail(what);
	atomic_fetch_add(&shared->retries, 1);
	sched_yield();
}

static void unmap(char *area, size_t size)
{
	while (munmap(area, size))
		try_later("munmap");
	atomic_fetch_add(&shared->munmaps, 1);
}

/* Sometimes where no table is yet, of any level. */
static char *map(size_t size, int flags)
{
	void *hint = one_in(8) ? (void *)((1 + below(200)) * PUD_SPAN + below(1000) * PTE_SPAN) : NULL;
	char *area = mmap(hint, size, PROT_READ | PROT_WRITE,
			  flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED) {
		try_later("mmap");
		return NULL;
	}
	return area;
}

static void touch(char *area, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		*(volatile char *)(area + at) = 1;
}

static char *align_up(char *area)
{
	return (char *)(((uintptr_t)area + PTE_SPAN - 1) & ~(PTE_SPAN - 1));
}

static void collapse(char *area, size_t size)
{
	if (!madvise(area, size, MADV_COLLAPSE))
		atomic_fetch_add(&shared->collapses, 1);
	else
		sched_yield(); /* it has many reasons not to */
}

/* A few pages, in one table or in a few. */
static void few(void)
{
	size_t size = (1 + below(64)) * PAGE, hole = below(size / PAGE) * PAGE;
	char *area = map(size, MAP_PRIVATE);

	if (!area)
		return;
	touch(area, size, (1 + below(8)) * PAGE);
	if (one_in(4))
		madvise(area + hole, size - hole, MADV_DONTNEED);
	if (one_in(4))
		mprotect(area + hole, PAGE, PROT_READ);
	if (hole && one_in(2)) {
		unmap(area + hole, size - hole);
		size = hole;
	}
	unmap(area, size);
}

/* Many tables with little in them; some are emptied, some are moved. */
static void many(void)
{
	size_t size = (1 + below(8)) * PTE_SPAN, new_size = size + below(4) * PTE_SPAN;
	char *area = map(size, MAP_PRIVATE), *moved;

	if (!area)
		return;
	madvise(area, size, MADV_NOHUGEPAGE);
	touch(area, size, PTE_SPAN / 4);
	if (one_in(2))
		madvise(area, size, MADV_DONTNEED);
	if (one_in(2)) {
		moved = mremap(area, size, new_size, MREMAP_MAYMOVE);
		if (moved == MAP_FAILED) {
			try_later("mremap");
		} else {
			area = moved;
			size = new_size;
			atomic_fetch_add(&shared->moves, 1);
			touch(area, size, PTE_SPAN);
		}
	}
	for (size_t at = 0; at < size; at += PTE_SPAN)
		unmap(area + at, PTE_SPAN);
}

/* A huge page: mapped so at once, or made of small ones, and perhaps split again. */
static void huge(bool at_once)
{
	const size_t size = 2 * PTE_SPAN;
	char *area = map(size, MAP_PRIVATE), *huge_page;

	if (!area)
		return;
	huge_page = align_up(area);
	/* in a file, address and offset must both be those of a huge page */
	if (one_in(3) && mmap(huge_page, PTE_SPAN, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		try_later("mmap");
	if (at_once) {
		madvise(area, size, MADV_HUGEPAGE);
		touch(huge_page, PTE_SPAN, PTE_SPAN / 4);
	} else {
		touch(huge_page, PTE_SPAN, (1 + below(64)) * PAGE);
		collapse(huge_page, PTE_SPAN);
	}
	if (one_in(2))
		madvise(huge_page + below(512) * PAGE, PAGE, MADV_DONTNEED);
	else if (one_in(2))
		mprotect(huge_page, PTE_SPAN / 2, PROT_READ);
	if (one_in(2))
		collapse(huge_page, PTE_SPAN);
	unmap(area, size);
}

static void turn(void)
{
	switch (below(16)) {
	case 0:
		huge(true);
		break;
	case 1:
		huge(false);
		break;
	case 2: case 3: case 4: case 5:
		many();
		break;
	default:
		few();
	}
}

static void child(uint64_t number)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	seed = number * 2 + 1;
	if (number % 4 == 0) {
		execl("/proc/self/exe", "churn", "child", NULL);
		_exit(0);
	}
	for (int i = 0; i < CHILD_TURNS; i++)
		turn();
	_exit(0);
}

static void have_child(void)
{
	uint64_t number = below(1UL << 40);
	int status;
	pid_t pid;

	pid = fork();
	if (pid < 0) {
		try_later("fork");
		return;
	}
	if (!pid)
		child(number);
	atomic_fetch_add(&shared->forks, 1);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) { /* which is for want of memory */
		fprintf(stderr, "churn: a child ended with signal %d\n", WTERMSIG(status));
		exit(1);
	}
}

static void *work(void *number)
{
	seed = (uintptr_t)number * 0x9e3779b97f4a7c15 + 1;
	while (!atomic_load(&shared->stop)) {
		turn();
		if (one_in(16))
			have_child();
	}
	return NULL;
}

/* A process of two threads: what one unmaps, the other one's CPU may still look at. */
static pid_t start(long number)
{
	cpu_set_t cpu;
	pthread_attr_t attr;
	pthread_t other;
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&cpu);
	CPU_SET(number % sysconf(_SC_NPROCESSORS_ONLN), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu); /* as far as it goes */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	while (pthread_create(&other, &attr, work, (void *)(2 * number + 1)))
		sched_yield();
	CPU_ZERO(&cpu);
	CPU_SET((number + 1) % sysconf(_SC_NPROCESSORS_ONLN), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	work((void *)(2 * number + 2));
	pthread_join(other, NULL);
	_exit(0);
}

static void tell(void)
{
	printf("%ld munmaps, %ld forks, %ld collapses\n", atomic_load(&shared->munmaps),
	       atomic_load(&shared->forks), atomic_load(&shared->collapses));
	fflush(stdout);
}

/* True when one has ended that should not. */
static bool lost_one(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	if (pid <= 0)
		return false;
	fprintf(stderr, "churn: process %d ended with %#x\n", pid, status);
	return true;
}

int main(int argc, char **argv)
{
	long munmaps = argc > 1 ? strtol(argv[1], NULL, 0) : 0;
	long processes = argc > 2 ? strtol(argv[2], NULL, 0) : sysconf(_SC_NPROCESSORS_ONLN);
	struct timespec tick = { .tv_nsec = 100 * 1000 * 1000 };
	int status, failed = 0;
	time_t told = time(NULL);

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail("mmap");
	if (argc > 1 && !strcmp(argv[1], "child"))
		child(getpid() | 1);
	if (munmaps < 1 || processes < 1) {
		fprintf(stderr, "usage: churn MUNMAPS [PROCESSES]\n");
		return 2;
	}
	for (long i = 0; i < processes; i++)
		start(i);
	while (atomic_load(&shared->munmaps) < munmaps && !failed) {
		nanosleep(&tick, NULL);
		failed = lost_one();
		if (time(NULL) >= told + TELL_SECONDS) {
			tell();
			told = time(NULL);
		}
	}
	atomic_store(&shared->stop, true);
	while (wait(&status) > 0 || errno == EINTR)
		failed |= status != 0;
	fprintf(stderr, "%ld moves, %ld retries\n", atomic_load(&shared->moves),
		atomic_load(&shared->retries));
	tell();
	return failed;
}
