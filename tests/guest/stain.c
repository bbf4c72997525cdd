// SPDX-License-Identifier: GPL-2.0
/*
 * stain SECONDS: a process that looks whether bits that the hardware sets in its page tables are lost
 * while these are moved: a thread asks for that, to node 0 and node 1 in turn. In rounds:
 *
 *	lazy	anonymous pages after MADV_FREE are clean and writable. Who writes to one sets the dirty
 *		bit of its entry, and nothing else says that: a page that seems clean is thrown away by
 *		MADV_PAGEOUT, and reads as zeroes. Later they are on swap, and their entries say where.
 *	shmem	the same with pages of a memfd, which are mapped by a read
 *	soft	the soft-dirty bits that /proc/PID/pagemap shows are of the pages that were written to
 *	young	so much is referenced as was read, in /proc/PID/smaps
 *
 * A file system of a disk has a fault tell it of the first write, so there is another who knows.
 *
 * Prints "R rounds, T times all tables were asked for, W wrong", after remarks, which begin with "#".
 * Exits with 0 only if W is 0.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096UL
#define PAGES		512U
#define SPAN		(PAGES * PAGE)
#define SOFT_DIRTY	(1UL << 55)
#define MAX_REMARKS	20

/* 2M each that nobody else has a table for. */
static char *const anonymous = (char *)0x300000200000UL;
static char *const shared = (char *)0x310000200000UL;
static int file;

static unsigned int round_number, wrong;
static atomic_uint requests;
static atomic_bool over;

static void fail(const char *what)
{
	fprintf(stderr, "stain: %s: %s\n", what, strerror(errno));
	_exit(2);
}

static void *ask(void *unused)
{
	int report = open("/sys/kernel/debug/pt_cache/move", O_WRONLY | O_CLOEXEC);
	char request[40];
	int node = 0;

	if (report < 0)
		fail("no report move");
	while (!over) {
		int length = snprintf(request, sizeof(request), "%d node %d", getpid(), node);

		if (write(report, request, length) == length) {
			requests++;
			node = !node;
		}
	}
	return unused;
}

/* One may have begun before. */
static void have_tables_moved(void)
{
	unsigned int before = requests;

	while (requests < before + 2)
		usleep(100);
}

/* Half of the pages: the others are to stay as they are. */
static bool is_stained(unsigned int page)
{
	return page % 2;
}

static volatile uint64_t *word_of(char *at, unsigned int page)
{
	return (volatile uint64_t *)(at + page * PAGE + page * 8);
}

static uint64_t stain_of(unsigned int page)
{
	return ((uint64_t)round_number << 32 | page) * 0x9e3779b97f4a7c15;
}

/* Tables are moved between and during the writes. */
static void stain(char *at)
{
	for (unsigned int page = 0; page < PAGES; page++) {
		if (is_stained(page))
			*word_of(at, page) = stain_of(page);
		if (!(page % 64))
			have_tables_moved();
	}
	have_tables_moved();
}

static void remark(const char *what, unsigned long number, unsigned long expected)
{
	if (wrong++ < MAX_REMARKS)
		printf("# round %u: %s: %#lx where %#lx should be\n", round_number, what, number,
		       expected);
}

static void expect_stains(char *at, const char *what)
{
	for (unsigned int page = 0; page < PAGES; page++)
		if (is_stained(page) && *word_of(at, page) != stain_of(page))
			remark(what, *word_of(at, page), stain_of(page));
}

static void advise(char *at, int advice, const char *what)
{
	if (madvise(at, SPAN, advice))
		fail(what);
}

static void tell(const char *path, const char *word)
{
	int to = open(path, O_WRONLY | O_CLOEXEC);

	if (to < 0 || write(to, word, strlen(word)) != (ssize_t)strlen(word))
		fail(path);
	close(to);
}

/* KEY of the mapping AT in smaps, in kB. */
static unsigned long smaps(char *at, const char *key)
{
	FILE *lines = fopen("/proc/self/smaps", "re");
	char line[400], begins[40];
	unsigned long kb = 0;
	bool here = false;

	if (!lines)
		fail("smaps");
	snprintf(begins, sizeof(begins), "%lx-", (unsigned long)at);
	while (fgets(line, sizeof(line), lines)) {
		if (!strncmp(line, begins, strlen(begins)))
			here = true;
		else if (here && !strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			break;
	}
	if (!here || sscanf(line + strlen(key) + 1, "%lu", &kb) != 1)
		fail("a mapping in smaps");
	fclose(lines);
	return kb;
}

/* Pages that were given back at the end of a round, or were never there. */
static void fill(char *at)
{
	for (unsigned int page = 0; page < PAGES; page++)
		*word_of(at, page) = page + 1;
}

static void read_all(char *at)
{
	for (unsigned int page = 0; page < PAGES; page++)
		(void)*word_of(at, page);
}

static void try_lazy(void)
{
	unsigned long dirty;

	fill(anonymous);
	advise(anonymous, MADV_FREE, "MADV_FREE");
	stain(anonymous);
	dirty = smaps(anonymous, "Private_Dirty") * 1024;
	if (dirty < SPAN / 2)
		remark("dirty bytes of lazy", dirty, SPAN / 2);
	advise(anonymous, MADV_PAGEOUT, "MADV_PAGEOUT");
	expect_stains(anonymous, "lazy");
	advise(anonymous, MADV_PAGEOUT, "MADV_PAGEOUT");
	have_tables_moved();
	expect_stains(anonymous, "lazy, on swap");
	advise(anonymous, MADV_DONTNEED, "MADV_DONTNEED");
}

static void try_shmem(void)
{
	if (ftruncate(file, 0) || ftruncate(file, SPAN))
		fail("ftruncate");
	read_all(shared);
	stain(shared);
	advise(shared, MADV_PAGEOUT, "MADV_PAGEOUT");
	expect_stains(shared, "shmem");
	advise(shared, MADV_PAGEOUT, "MADV_PAGEOUT");
	have_tables_moved();
	expect_stains(shared, "shmem, on swap");
}

static void try_soft(void)
{
	static uint64_t map[PAGES];
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	fill(anonymous);
	tell("/proc/self/clear_refs", "4");
	stain(anonymous);
	if (pread(pagemap, map, sizeof(map), (uintptr_t)anonymous / PAGE * 8) != sizeof(map))
		fail("pagemap");
	for (unsigned int page = 0; page < PAGES; page++)
		if (!!(map[page] & SOFT_DIRTY) != is_stained(page))
			remark("soft", map[page], is_stained(page) ? SOFT_DIRTY : 0);
	expect_stains(anonymous, "soft");
	close(pagemap);
	advise(anonymous, MADV_DONTNEED, "MADV_DONTNEED");
}

static void try_young(void)
{
	unsigned long referenced;

	fill(anonymous);
	tell("/proc/self/clear_refs", "1");
	stain(anonymous);
	referenced = smaps(anonymous, "Referenced") * 1024;
	if (referenced < SPAN / 2)
		remark("referenced bytes", referenced, SPAN / 2);
	advise(anonymous, MADV_DONTNEED, "MADV_DONTNEED");
}

static void map(char *at, int flags, int fd)
{
	if (mmap(at, SPAN, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) != at)
		fail("mmap");
	advise(at, MADV_NOHUGEPAGE, "MADV_NOHUGEPAGE");
}

int main(int argc, char **argv)
{
	time_t end;
	pthread_t asker;

	if (argc != 2 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: stain SECONDS, for example: stain 10\n");
		return 2;
	}
	file = memfd_create("stain", MFD_CLOEXEC);
	if (file < 0)
		fail("memfd_create");
	map(anonymous, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	map(shared, MAP_SHARED, file);
	if (pthread_create(&asker, NULL, ask, NULL))
		fail("pthread_create");
	end = time(NULL) + atoi(argv[1]);
	do {
		round_number++;
		try_lazy();
		try_shmem();
		try_soft();
		try_young();
	} while (time(NULL) < end);
	over = true;
	pthread_join(asker, NULL);
	printf("%u rounds, %u times all tables were asked for, %u wrong\n", round_number, requests,
	       wrong);
	return !!wrong;
}
