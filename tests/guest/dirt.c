// SPDX-License-Identifier: GPL-2.0
/*
 * dirt KIND SECONDS: has the kernel free page tables in a way of which somebody once found, or feared,
 * that it leaves something in them, over and over. Prints how often; exits with 77 and the reason when
 * this kernel cannot.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif
#ifndef UFFD_FEATURE_POISON
#define UFFD_FEATURE_POISON	(1 << 14)
struct uffdio_poison {
	struct uffdio_range range;
	__u64 mode;
	__s64 updated;
};
#define UFFDIO_POISON		_IOWR(UFFDIO, 0x08, struct uffdio_poison)
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM	(1 << 12)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif

#define PAGE	4096UL
#define SPAN	(512 * PAGE)

static time_t end;
static unsigned long rounds, worked;

static void cannot(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(77);
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	printf("%s failed: %s\n", what, strerror(errno));
	exit(1);
}

static char *at_span(size_t size)
{
	char *room = mmap(NULL, size + SPAN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);

	must(room != MAP_FAILED, "mmap");
	munmap(room, size + SPAN);
	return (char *)(((uintptr_t)room + SPAN - 1) & ~(SPAN - 1));
}

static char *map(size_t size, int flags, int fd)
{
	char *area = mmap(at_span(size), size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0);

	must(area != MAP_FAILED, "mmap");
	return area;
}

static char *anonymous(size_t size)
{
	return map(size, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

static void touch(char *area, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		*(volatile char *)(area + at) = 1;
}

static void look(const char *area, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		(void)*(volatile const char *)(area + at);
}

static int shared_file(size_t size)
{
	int fd = memfd_create("dirt", 0);

	must(fd >= 0 && !ftruncate(fd, size), "memfd");
	return fd;
}

/*
 * A huge page of a file that is mapped by PTEs; then it is mapped by a PMD, and the table goes, on
 * 6.1 with its present entries in it.
 */
static void collapse(void)
{
	int fd = shared_file(SPAN);
	char *area = map(SPAN, MAP_SHARED, fd);

	madvise(area, SPAN, MADV_HUGEPAGE);
	touch(area, SPAN, PAGE);
	/* while the halves differ, neither can have the huge page whole */
	must(!mprotect(area, SPAN / 2, PROT_READ), "mprotect");
	look(area, SPAN);
	must(!mprotect(area, SPAN / 2, PROT_READ | PROT_WRITE), "mprotect");
	if (!madvise(area, SPAN, MADV_COLLAPSE))
		worked++;
	munmap(area, SPAN);
	close(fd);
}

/* The tables that a page table isolation kernel maps an LDT by are freed with their entries in. */
static void ldt(void)
{
	pid_t child = fork();

	must(child >= 0, "fork");
	if (!child) {
		struct user_desc entry = {
			.entry_number = 100, .base_addr = 0x1000, .limit = 10, .seg_32bit = 1,
		};

		_exit(syscall(SYS_modify_ldt, 0x11, &entry, sizeof(entry)) != 0);
	}
	int status;

	must(waitpid(child, &status, 0) == child, "wait");
	worked += status == 0;
}

static int userfaultfd(__u64 features, char *area, size_t size, __u64 mode)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)area, .len = size }, .mode = mode,
	};

	if (fd < 0)
		cannot("userfaultfd");
	if (ioctl(fd, UFFDIO_API, &api))
		cannot("this feature of userfaultfd");
	must(!ioctl(fd, UFFDIO_REGISTER, &reg), "UFFDIO_REGISTER");
	return fd;
}

/* A marker of poison in a table that is taken away when others make the file a huge page. */
static void poison(void)
{
	int fd = shared_file(SPAN);
	char *area = map(SPAN, MAP_SHARED, fd), *other = map(SPAN, MAP_SHARED, fd);
	int uffd = userfaultfd(UFFD_FEATURE_POISON, area, SPAN, UFFDIO_REGISTER_MODE_MISSING);
	struct uffdio_poison mark = {
		.range = { .start = (uintptr_t)area + 7 * PAGE, .len = 3 * PAGE },
	};

	must(!ioctl(uffd, UFFDIO_POISON, &mark), "UFFDIO_POISON");
	close(uffd);
	touch(other, SPAN, PAGE);
	touch(area + 16 * PAGE, PAGE, PAGE);
	if (!madvise(other, SPAN, MADV_COLLAPSE))
		worked++;
	munmap(area, SPAN);
	munmap(other, SPAN);
	close(fd);
}

/* Markers of write protection where a page of a file was, or never was. */
static void wp(void)
{
	int fd = shared_file(2 * SPAN);
	char *area = map(2 * SPAN, MAP_SHARED, fd);
	int uffd = userfaultfd(UFFD_FEATURE_WP_HUGETLBFS_SHMEM, area, 2 * SPAN,
			       UFFDIO_REGISTER_MODE_WP);
	struct uffdio_writeprotect protect = {
		.range = { .start = (uintptr_t)area, .len = 2 * SPAN },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	touch(area, SPAN, 3 * PAGE);
	must(!ioctl(uffd, UFFDIO_WRITEPROTECT, &protect), "UFFDIO_WRITEPROTECT");
	madvise(area, SPAN / 2, MADV_DONTNEED);
	madvise(area, SPAN, MADV_PAGEOUT);
	if (rounds & 1)
		close(uffd); /* which unregisters it */
	munmap(area, 2 * SPAN);
	if (!(rounds & 1))
		close(uffd);
	close(fd);
	worked++;
}

/* Tables that are kept aside for huge pages, used when they are split, and freed unused. */
static void thp(void)
{
	char *area = anonymous(4 * SPAN);

	madvise(area, 4 * SPAN, MADV_HUGEPAGE);
	touch(area, 4 * SPAN, SPAN / 2);
	must(!mprotect(area + SPAN + PAGE, PAGE, PROT_READ), "mprotect");
	munmap(area + 2 * SPAN + 5 * PAGE, PAGE);
	touch(area, SPAN, PAGE);
	madvise(area + 3 * SPAN, SPAN, rounds & 1 ? MADV_DONTNEED : MADV_PAGEOUT);
	must(!mprotect(area + SPAN + PAGE, PAGE, PROT_READ | PROT_WRITE), "mprotect");
	if (!madvise(area + SPAN, SPAN, MADV_COLLAPSE))
		worked++;
	munmap(area, 4 * SPAN);
}

/* Swap entries in the tables of a child that exits, and of a range that is unmapped. */
static void swap(void)
{
	char *area = anonymous(2 * SPAN);
	pid_t child;

	madvise(area, 2 * SPAN, MADV_NOHUGEPAGE);
	touch(area, 2 * SPAN, 2 * PAGE);
	madvise(area, 2 * SPAN, MADV_PAGEOUT);
	child = fork();
	if (!child) {
		look(area, SPAN / 4);
		_exit(0);
	}
	must(child > 0 && waitpid(child, NULL, 0) == child, "fork");
	munmap(area, SPAN);
	look(area + SPAN, SPAN / 8);
	munmap(area + SPAN, SPAN);
	worked++;
}

#define MOVED	(SPAN / PAGE)

static struct {
	void *pages[MOVED];
	int nodes[MOVED], status[MOVED];
	char *area;
	volatile int stop;
} moving;

static void *move(void *unused)
{
	(void)unused;
	for (int node = 0; !moving.stop; node = !node) {
		for (size_t i = 0; i < MOVED; i++)
			moving.nodes[i] = node;
		if (syscall(SYS_move_pages, 0, MOVED, moving.pages, moving.nodes, moving.status, 0) < 0)
			break;
	}
	return NULL;
}

/* Entries of migration in flight while their tables are copied, moved and unmapped. */
static void migrate(void)
{
	pthread_t mover;
	char *area = anonymous(SPAN), *elsewhere = at_span(SPAN);
	pid_t child;

	madvise(area, SPAN, MADV_NOHUGEPAGE);
	touch(area, SPAN, PAGE);
	for (size_t i = 0; i < MOVED; i++)
		moving.pages[i] = area + i * PAGE;
	moving.stop = 0;
	must(!pthread_create(&mover, NULL, move, NULL), "thread");
	for (int i = 0; i < 4; i++) {
		child = fork();
		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
		mremap(area, SPAN, SPAN, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
		mremap(elsewhere, SPAN, SPAN, MREMAP_MAYMOVE | MREMAP_FIXED, area);
	}
	munmap(area, SPAN);
	moving.stop = 1;
	pthread_join(mover, NULL);
	worked++;
}

/* The plain case: tables full of entries, those of a file, a private one and a stack. */
static void plain(void)
{
	pid_t child = fork();

	if (!child) {
		char *area = anonymous(8 * SPAN);

		madvise(area, 8 * SPAN, MADV_NOHUGEPAGE);
		touch(area, 8 * SPAN, 16 * PAGE);
		madvise(area, SPAN, MADV_DONTNEED);
		munmap(area + 2 * SPAN, SPAN);
		_exit(0);
	}
	must(child > 0 && waitpid(child, NULL, 0) == child, "fork");
	worked++;
}

static const struct {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{ "collapse", collapse }, { "ldt", ldt }, { "poison", poison }, { "wp", wp },
	{ "thp", thp }, { "swap", swap }, { "migrate", migrate }, { "plain", plain },
};

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: dirt KIND SECONDS\n");
		return 2;
	}
	end = time(NULL) + atoi(argv[2]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, argv[1]))
			continue;
		do {
			kinds[i].run();
			rounds++;
		} while (time(NULL) < end);
		printf("%s: %lu rounds, %lu of them came to what they are for\n", argv[1], rounds,
		       worked);
		return worked ? 0 : 1;
	}
	fprintf(stderr, "dirt: unknown kind %s\n", argv[1]);
	return 2;
}
