// SPDX-License-Identifier: GPL-2.0
/*
 * zoo [NUMBER]: processes of every kind that matters to their page tables (default 300), which then
 * rest: no table comes or goes until SIGUSR1 or SIGTERM to the zoo ends them all.
 *
 * Prints "KIND PID..." for each, "ready NUMBER" when all are in place. A second PID is that of a
 * companion: the child of a fork, or whoever shares the mm. Kinds that this machine cannot have are
 * told in lines that begin with "#". Hugetlb kinds need four free pages of 2M in the pool, and run
 * as root.
 *
 * Each is in place before the next one starts: who finds whose table to share is no matter of luck.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <linux/userfaultfd.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB	(21U << 26)
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#ifndef MAP_HUGE_1GB
#define MAP_HUGE_1GB	(30U << 26)
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret	447
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define K		1024UL
#define PAGE		(4 * K)
#define PTE_SPAN	(2 * K * K)		/* what one table of PTEs maps */
#define PMD_SPAN	(K * K * K)
#define PUD_SPAN	(512 * PMD_SPAN)
#define STACK		(64 * K)
#define THREADS		4
#define MAX_ANIMALS	10000

static int hugetlb = -1;	/* a file of PMD_SPAN with four pages in it */
static int told[2];		/* where each says that it is in place */

static void fail(const char *what)
{
	fprintf(stderr, "zoo: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void rest(void)
{
	for (;;)
		pause();
}

/* The leader takes everybody along, however it ends. */
static void follow_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* The last thing that anybody does. The leader knows the pid of its own child. */
static void in_place(pid_t companion)
{
	if (write(told[1], &companion, sizeof(companion)) != sizeof(companion))
		_exit(1);
}

static void *map_at(void *at, size_t size, int flags, int fd)
{
	void *area = mmap(at, size, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);

	if (area == MAP_FAILED)
		fail("mmap");
	return area;
}

/* An address with that much room, and no more to either side than needed to align it. */
static char *room(size_t size, size_t align)
{
	uintptr_t start = (uintptr_t)mmap(NULL, size + align, PROT_NONE,
					  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uintptr_t at = (start + align - 1) & ~(align - 1);

	if (start == (uintptr_t)MAP_FAILED)
		fail("room");
	munmap((void *)start, size + align);
	return (char *)at;
}

static char *aligned(size_t size, size_t align)
{
	return map_at(room(size, align), size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
}

static void touch(char *area, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		*(volatile char *)(area + at) = 1;
}

static void look(const char *area, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		(void)*(volatile const char *)(area + at);
}

/* Memory that has small pages, whatever the machine's policy. */
static char *small(size_t size)
{
	char *area = aligned(size, PTE_SPAN);

	madvise(area, size, MADV_NOHUGEPAGE);
	return area;
}

static char *huge(size_t size)
{
	char *area = aligned(size, PTE_SPAN);

	madvise(area, size, MADV_HUGEPAGE);
	touch(area, size, PAGE);
	return area;
}

static pid_t plain(void)
{
	touch(small(4 * PTE_SPAN), 4 * PTE_SPAN, PTE_SPAN / 2);
	return 0;
}

static pthread_barrier_t started;

static void *thread(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&started);
	rest();
	return NULL;
}

static void start_threads(void)
{
	pthread_attr_t attr;
	pthread_t id;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_barrier_init(&started, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&id, &attr, thread, NULL))
			fail("pthread_create");
	pthread_barrier_wait(&started);
}

static pid_t threads(void)
{
	start_threads();
	touch(small(PTE_SPAN), PTE_SPAN, PAGE);
	return 0;
}

/* The first thread is gone, and with it the mm of what /proc/PID shows; the others use it still. */
static pid_t headless(void)
{
	start_threads();
	in_place(0);
	syscall(SYS_exit, 0);
	return 0;
}

static int sharer(void *unused)
{
	(void)unused;
	follow_parent();
	rest();
	return 0;
}

/* One mm, two processes. */
static pid_t sharing(void)
{
	char *stack = small(STACK);
	pid_t child;

	touch(stack, STACK, PAGE);
	child = clone(sharer, stack + STACK, CLONE_VM | SIGCHLD, NULL);
	if (child < 0)
		fail("clone");
	return child;
}

static pid_t thp(void)
{
	huge(4 * PTE_SPAN);
	return 0;
}

static pid_t thp_off(void)
{
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	touch(aligned(2 * PTE_SPAN, PTE_SPAN), 2 * PTE_SPAN, PTE_SPAN / 4);
	return 0;
}

/* The deposited table of each was taken for the small mappings. */
static pid_t thp_split(void)
{
	char *area = huge(2 * PTE_SPAN);

	mprotect(area + PTE_SPAN / 2, PTE_SPAN, PROT_READ);
	return 0;
}

static pid_t thp_partly(void)
{
	char *area = huge(2 * PTE_SPAN);

	munmap(area + PTE_SPAN / 2, PTE_SPAN / 4);
	return 0;
}

static pid_t huge_zero(void)
{
	char *area = aligned(3 * PTE_SPAN, PTE_SPAN);

	madvise(area, 3 * PTE_SPAN, MADV_HUGEPAGE);
	look(area, 3 * PTE_SPAN, PTE_SPAN);
	return 0;
}

static pid_t collapsed(void)
{
	char *area = aligned(PTE_SPAN, PTE_SPAN);

	touch(area, PTE_SPAN, 8 * PAGE);
	madvise(area, PTE_SPAN, MADV_COLLAPSE);
	return 0;
}

static pid_t rest_in_child(void)
{
	int ready[2];
	pid_t child;
	char byte;

	if (pipe(ready))
		fail("pipe");
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		follow_parent();
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		rest();
	}
	if (read(ready[0], &byte, 1) != 1)
		fail("a child");
	return child;
}

static pid_t thp_forked(void)
{
	huge(2 * PTE_SPAN);
	return rest_in_child();
}

static pid_t forked(void)
{
	touch(small(2 * PTE_SPAN), 2 * PTE_SPAN, 16 * PAGE);
	return rest_in_child();
}

/* Known by another pid to itself, here pid 1. */
static pid_t in_namespace(void)
{
	if (unshare(CLONE_NEWPID))
		fail("unshare");
	return rest_in_child();
}

static pid_t shmem(void)
{
	char *area = map_at(NULL, 2 * PTE_SPAN, MAP_SHARED | MAP_ANONYMOUS, -1);

	touch(area, 2 * PTE_SPAN, 16 * PAGE);
	return rest_in_child();
}

/* Huge, and with nothing deposited. */
static pid_t shmem_collapsed(void)
{
	int fd = memfd_create("zoo", 0);
	char *area;

	if (fd < 0 || ftruncate(fd, PTE_SPAN))
		fail("memfd");
	area = map_at(room(PTE_SPAN, PTE_SPAN), PTE_SPAN, MAP_SHARED | MAP_FIXED, fd);
	touch(area, PTE_SPAN, PAGE);
	madvise(area, PTE_SPAN, MADV_COLLAPSE);
	look(area, PTE_SPAN, PAGE);
	return 0;
}

/*
 * Tables of PMDs are shared when the mapping may be shared (MAP_SHARED), covers the whole range of
 * the table, and lies at the same place of the table as that of the other one.
 */
static char *map_hugetlb(int flags, size_t offset)
{
	char *area = map_at(room(2 * PMD_SPAN, PMD_SPAN) + offset, PMD_SPAN, flags | MAP_FIXED,
			    hugetlb);

	look(area, 2 * PTE_SPAN, PTE_SPAN);
	return area;
}

static pid_t hugetlb_shared(void)
{
	map_hugetlb(MAP_SHARED, 0);
	return 0;
}

/* The same table twice in one mm. */
static pid_t hugetlb_twice(void)
{
	map_hugetlb(MAP_SHARED, 0);
	map_hugetlb(MAP_SHARED, 0);
	return 0;
}

static pid_t hugetlb_private(void)
{
	map_hugetlb(MAP_PRIVATE, 0);
	return 0;
}

/* The table of a range that is mapped in part is nobody else's. */
static pid_t hugetlb_unaligned(void)
{
	map_hugetlb(MAP_SHARED, 8 * PTE_SPAN);
	return 0;
}

static pid_t sparse(void)
{
	touch(small(50 * PMD_SPAN), 50 * PMD_SPAN, PMD_SPAN + 3 * PTE_SPAN + 5 * PAGE);
	return 0;
}

/* Many PUD tables, and beyond 47 bits another P4D where the machine has five levels. */
static pid_t spread(void)
{
	for (uintptr_t at = 2; at < 1000; at *= 3)
		*(char *)map_at((void *)(at * PUD_SPAN), PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1) = 1;
	return 0;
}

static pid_t locked(void)
{
	char *area = small(PTE_SPAN);

	mlock(area, PTE_SPAN / 2);
	return 0;
}

/* Without swap it stays where it is. */
static pid_t swapped(void)
{
	char *area = small(2 * PTE_SPAN);

	touch(area, 2 * PTE_SPAN, 8 * PAGE);
	madvise(area, 2 * PTE_SPAN, MADV_PAGEOUT);
	return 0;
}

/* With PTI an mm has tables for it above the user's part. */
static pid_t ldt(void)
{
	struct user_desc desc = { .entry_number = 1, .limit = 1, .seg_32bit = 1, .useable = 1 };

	if (syscall(SYS_modify_ldt, 1, &desc, sizeof(desc)))
		fail("modify_ldt");
	return 0;
}

/* Page by page: 7.2 frees the table with a range that covers all of it. */
static pid_t empty(void)
{
	const size_t size = 64 * PTE_SPAN;
	char *area = small(size);

	touch(area, size, PTE_SPAN);
	for (size_t at = 0; at < size; at += PTE_SPAN)
		madvise(area + at, PAGE, MADV_DONTNEED);
	return 0;
}

/* Tables in the middle of a mapping that moved away. */
static pid_t moved(void)
{
	char *area = small(4 * PTE_SPAN), *to = room(2 * PTE_SPAN, PTE_SPAN);

	touch(area, 4 * PTE_SPAN, PTE_SPAN / 2);
	if (mremap(area + PTE_SPAN, 2 * PTE_SPAN, 2 * PTE_SPAN, MREMAP_MAYMOVE | MREMAP_FIXED,
		   to) == MAP_FAILED)
		fail("mremap");
	return 0;
}

/* Entries that are not present, and hold a page each. */
static pid_t protected(void)
{
	char *area = small(2 * PTE_SPAN);

	touch(area, 2 * PTE_SPAN, 8 * PAGE);
	mprotect(area, 2 * PTE_SPAN, PROT_NONE);
	return 0;
}

static pid_t lazily_freed(void)
{
	char *area = small(2 * PTE_SPAN);

	touch(area, 2 * PTE_SPAN, PAGE);
	madvise(area, 2 * PTE_SPAN, MADV_FREE);
	return 0;
}

/* Pages with the same contents, for KSM where it runs. */
static pid_t mergeable(void)
{
	char *area = small(PTE_SPAN);

	touch(area, PTE_SPAN, PAGE);
	madvise(area, PTE_SPAN, MADV_MERGEABLE);
	return 0;
}

/* Entries that are markers: of file memory that is write-protected before anybody touched it. */
static pid_t marked(void)
{
	char *area = map_at(room(2 * PTE_SPAN, PTE_SPAN), 2 * PTE_SPAN,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1);
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { (uintptr_t)area, 2 * PTE_SPAN },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_writeprotect protect = {
		.range = { (uintptr_t)area, 2 * PTE_SPAN },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

#ifdef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
	api.features = UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
#endif
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range) ||
	    ioctl(fd, UFFDIO_WRITEPROTECT, &protect))
		printf("# no markers of userfaultfd: %s\n", strerror(errno));
	return 0;
}

/* As many areas as a process may have, one page each, with few tables below them. */
static pid_t many_areas(void)
{
	const size_t areas = 60000;
	char *area = small(areas * PAGE);

	for (size_t i = 0; i < areas; i += 2)
		if (mprotect(area + i * PAGE, PAGE, PROT_READ))
			fail("mprotect");
	touch(area + PAGE, (areas - 1) * PAGE, 4 * PTE_SPAN);
	return 0;
}

/* 40 TB, of which little is there. */
static pid_t vast(void)
{
	const size_t size = 80 * PUD_SPAN;

	touch(small(size), size, 4 * PUD_SPAN + 7 * PMD_SPAN + 3 * PTE_SPAN);
	return 0;
}

/* Memory of a device: below 1 MB /dev/mem gives it. */
static pid_t device(void)
{
	int fd = open("/dev/mem", O_RDONLY);
	char *area = fd < 0 ? MAP_FAILED :
		     mmap(NULL, 16 * PAGE, PROT_READ, MAP_SHARED, fd, 0xf0000);

	if (area == MAP_FAILED)
		printf("# no device memory: %s\n", strerror(errno));
	else
		look(area, 16 * PAGE, PAGE);
	return 0;
}

/* Memory that is not in the direct map. */
static pid_t secret(void)
{
	int fd = syscall(SYS_memfd_secret, 0);
	char *area;

	if (fd < 0 || ftruncate(fd, 16 * PAGE)) {
		printf("# no memfd_secret(): %s\n", strerror(errno));
		return 0;
	}
	area = map_at(NULL, 16 * PAGE, MAP_SHARED, fd);
	touch(area, 16 * PAGE, PAGE);
	return 0;
}

/* A leaf in a PUD table. */
static pid_t gigantic(void)
{
	char *area = mmap(NULL, PMD_SPAN, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1GB, -1, 0);

	if (area == MAP_FAILED)
		printf("# no pages of 1G: %s\n", strerror(errno));
	else
		*(volatile char *)area = 1;
	return 0;
}

/* A child that rests, and how: it is the companion. */
static pid_t with_child(void (*rests)(void))
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (!child) {
		follow_parent();
		rests();
		rest();
	}
	return child;
}

static void stop(void)
{
	raise(SIGSTOP);
}

static pid_t stopped(void)
{
	pid_t child = with_child(stop);
	int status;

	waitpid(child, &status, WUNTRACED);
	return child;
}

static void stop_traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
}

static pid_t traced(void)
{
	pid_t child = with_child(stop_traced);
	int status;

	waitpid(child, &status, 0);
	return child;
}

/* A name that would be a line of its own. */
static pid_t named(void)
{
	prctl(PR_SET_NAME, "a b\n7 0x1 2");
	return 0;
}

/* A process without an mm. */
static pid_t dead(void)
{
	in_place(0);
	_exit(0);
}

static const struct kind {
	const char *name;
	pid_t (*become)(void);
} kinds[] = {
	{ "plain", plain },
	{ "hugetlb_shared", hugetlb_shared },
	{ "thp", thp },
	{ "threads", threads },
	{ "sharing", sharing },
	{ "headless", headless },
	{ "ldt", ldt },
	{ "thp_off", thp_off },
	{ "thp_split", thp_split },
	{ "thp_partly", thp_partly },
	{ "thp_forked", thp_forked },
	{ "huge_zero", huge_zero },
	{ "collapsed", collapsed },
	{ "hugetlb_twice", hugetlb_twice },
	{ "hugetlb_private", hugetlb_private },
	{ "hugetlb_unaligned", hugetlb_unaligned },
	{ "shmem", shmem },
	{ "shmem_collapsed", shmem_collapsed },
	{ "sparse", sparse },
	{ "spread", spread },
	{ "locked", locked },
	{ "swapped", swapped },
	{ "empty", empty },
	{ "moved", moved },
	{ "forked", forked },
	{ "in_namespace", in_namespace },
	{ "protected", protected },
	{ "lazily_freed", lazily_freed },
	{ "mergeable", mergeable },
	{ "marked", marked },
	{ "many_areas", many_areas },
	{ "vast", vast },
	{ "device", device },
	{ "secret", secret },
	{ "gigantic", gigantic },
	{ "stopped", stopped },
	{ "traced", traced },
	{ "named", named },
	{ "dead", dead },
};
#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static void make_hugetlb(void)
{
	hugetlb = memfd_create("zoo", MFD_HUGETLB | MFD_HUGE_2MB);
	if (hugetlb >= 0 && !ftruncate(hugetlb, PMD_SPAN) &&
	    !fallocate(hugetlb, 0, 0, 4 * PTE_SPAN))
		return;
	printf("# no hugetlb: %s\n", strerror(errno));
	hugetlb = -1;
}

/* Its pid, when it is in place. */
static pid_t put(const struct kind *kind)
{
	pid_t companion, pid = fork();
	struct sigaction ignore = { .sa_handler = SIG_DFL };
	sigset_t none;

	if (pid < 0)
		fail("fork");
	if (!pid) {
		follow_parent();
		sigaction(SIGUSR1, &ignore, NULL);
		sigaction(SIGTERM, &ignore, NULL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		in_place(kind->become());
		rest();
	}
	for (;;) {
		struct timespec tick = { .tv_sec = 1 };
		fd_set readable;
		int status;

		FD_ZERO(&readable);
		FD_SET(told[0], &readable);
		if (pselect(told[0] + 1, &readable, NULL, NULL, &tick, NULL) > 0)
			break;
		if (kind->become != dead && waitpid(pid, &status, WNOHANG) == pid) {
			fprintf(stderr, "zoo: %s ended with %#x\n", kind->name, status);
			exit(1);
		}
	}
	if (read(told[0], &companion, sizeof(companion)) != sizeof(companion))
		fail("read");
	printf("%s %d", kind->name, pid);
	if (companion)
		printf(" %d", companion);
	putchar('\n');
	return pid;
}

int main(int argc, char **argv)
{
	long number = argc > 1 ? strtol(argv[1], NULL, 0) : 300, made = 0;
	static pid_t animals[MAX_ANIMALS];
	sigset_t ends;
	int signal;

	if (number < 1 || number > MAX_ANIMALS) {
		fprintf(stderr, "usage: zoo [NUMBER], 1 to %d\n", MAX_ANIMALS);
		return 2;
	}
	sigemptyset(&ends);
	sigaddset(&ends, SIGUSR1);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (pipe(told))
		fail("pipe");
	make_hugetlb();

	for (size_t i = 0; made < number; i++) {
		const struct kind *kind = &kinds[i % NR_KINDS];

		if (strncmp(kind->name, "hugetlb", 7) || hugetlb >= 0)
			animals[made++] = put(kind);
	}
	printf("ready %ld\n", made);
	sigwait(&ends, &signal);

	while (made--)
		kill(animals[made], SIGKILL);
	while (wait(NULL) > 0 || errno == EINTR)
		;	/* companions come here as orphans */
	return 0;
}
