// SPDX-License-Identifier: GPL-2.0
/*
 * vouch SECONDS [THREADS [SEED]]: a process that vouches for every byte that it wrote, while its
 * empty page tables are freed from outside. It does not cooperate and does not know.
 *
 * Each thread (default: two) owns slots of 2M, what one PTE table maps, two of every kind of
 * memory. For each page of a slot it knows a generation, which all 512 words of the page follow
 * from; generation 0 is what the memory holds before anything is written. Operations that touch
 * page tables are done at random, so that slots become empty often and are filled soon after. An
 * entry that is lost or stale shows as a wrong byte; a lost userfaultfd or guard marker shows as
 * a notice that did not come.
 *
 * Prints "ready" when all is mapped, and at the end "N operations, E times a 2M range was emptied,
 * W wrong", after remarks, which begin with "#". Exits with 0 only if W is 0. Each of the first 20
 * wrong words is a line on stderr: where, what, and the last 16 operations on its slot; W counts
 * bytes. What the machine does not have is left out with a remark.
 *
 * VOUCH_PLANT=N in the environment has it corrupt a byte in a slot of the N-th kind before its last
 * look, to see that it is found.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE	23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE		25
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE	101
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL	102
#define MADV_GUARD_REMOVE	103
#endif
#ifndef UFFD_FEATURE_WP_HUGETLBFS_SHMEM
#define UFFD_FEATURE_WP_HUGETLBFS_SHMEM	(1 << 12)
#endif
#ifndef MPOL_MF_MOVE
#define MPOL_MF_MOVE		(1 << 1)
#endif

#define PAGE		4096UL
#define SPAN		(512 * PAGE)
#define PAGES		512U			/* in a slot */
#define WORDS		512U			/* in a page */
#define PIECE		32U			/* 16 VMAs in a slot */
#define SHARD		4U			/* 128 of them */
#define EACH		2U			/* slots of a kind, for each thread */
#define MAX_KINDS	20U
#define MAX_SLOTS	(EACH * MAX_KINDS)
#define MAX_THREADS	64U
#define HISTORY		16U
#define MAX_LINES	20
#define STUCK_SECONDS	300
#define HOLE		8			/* a protection: nothing is mapped */
#define READ_WRITE	(PROT_READ | PROT_WRITE)

/*
 * A slot has three places. It may be moved between the first and the last; between them is the
 * second view of a memfd, or nothing: the kernel merges a VMA moved beside its old place with
 * what MREMAP_DONTUNMAP leaves there, and takes userfaultfd from both. They are far from where the
 * kernel maps what has no address: none of that may fall into a hole.
 */
#define PLACES		3U
#define FIRST_PLACE	((char *)0x200000000000UL)
#define THREAD_SPAN	(MAX_SLOTS * PLACES * SPAN)

enum backing { ANON = 1, SHMEM = 2, MEMFD = 4, PRIVATE_FILE = 8 };
#define PRIVATE		(ANON | PRIVATE_FILE)
#define SHARED		(SHMEM | MEMFD)
#define ANY		(PRIVATE | SHARED)

enum trait {
	ALIKE = 1,		/* pages of a generation are the same, for KSM */
	ON_DISK = 2,
	PIECES = 4,		/* up to 16 VMAs of several protections, and holes */
	SHARDS = 8,		/* more of them than may be locked for one table */
	HALF = 16,
	LOCKED = 32,
	MISSING = 64,
	WP = 128,
	STACK = 256,
};
#define CARVED		(PIECES | SHARDS)
#define PARTS		(CARVED | HALF)
#define UFFD		(MISSING | WP)
#define SPECIAL		(PARTS | UFFD | LOCKED | STACK)

struct kind {
	const char *name;
	enum backing lower, upper;	/* halves */
	int advice;
	unsigned int traits;
};

struct page {
	uint32_t generation;
	uint8_t prot;
	bool touched;		/* has an entry, as far as is known */
	bool maybe;		/* may read as generation 0 or as zeroes as well */
	atomic_bool guarded;	/* write-protected: a write has to be noticed */
};

struct slot {
	const struct kind *kind;
	unsigned int thread, number;
	char *at, *spare, *view;	/* view: NULL if there is one mapping only */
	int fd;
	struct page page[PAGES];
	const char *history[HISTORY];
	unsigned int turns;
};

/* io_uring with room for one request. */
struct ring {
	int fd;
	unsigned int *sq_tail, *cq_head;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqes;
	unsigned int cq_mask;
};

struct worker {
	pthread_t id;
	unsigned int number;
	struct slot slot[MAX_SLOTS];
	struct slot *current;
	int pipe[2];
	int direct;			/* a file of a page, O_DIRECT */
	int memory;			/* what ptrace() goes through: /proc/self/mem */
	struct ring ring;
};

struct operation {
	const char *name;
	unsigned int weight;
	bool (*run)(struct slot *s);	/* false: the kernel would not */
	unsigned int backings;		/* either half of the slot has one of these */
	unsigned int with, without;	/* traits: any of these (0: no matter), none of those */
};

static const struct kind kinds[] = {
	{ "anon",	ANON,	ANON,	MADV_NOHUGEPAGE,	0 },
	{ "huge",	ANON,	ANON,	MADV_HUGEPAGE,		0 },
	{ "ksm",	ANON,	ANON,	MADV_MERGEABLE,		ALIKE },
	{ "shared",	SHMEM,	SHMEM,	0,			0 },
	{ "memfd",	MEMFD,	MEMFD,	0,			0 },
	{ "file",	PRIVATE_FILE, PRIVATE_FILE, 0,		0 },
	{ "disk",	PRIVATE_FILE, PRIVATE_FILE, 0,		ON_DISK },
	{ "pieces",	ANON,	ANON,	0,			PIECES },
	{ "shards",	ANON,	ANON,	0,			SHARDS },
	{ "half",	ANON,	ANON,	0,			HALF },
	{ "mixed",	ANON,	PRIVATE_FILE, 0,		0 },
	{ "locked",	ANON,	ANON,	MADV_NOHUGEPAGE,	LOCKED },
	{ "missing",	ANON,	ANON,	0,			MISSING },
	{ "wp",		ANON,	ANON,	0,			WP },
	{ "wp-shared",	SHMEM,	SHMEM,	0,			WP },
	{ "stack",	ANON,	ANON,	0,			STACK },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
_Static_assert(KINDS <= MAX_KINDS, "places are laid out for MAX_KINDS");

/* Shared with children. */
static struct {
	atomic_long operations, emptied, wrong, lines;
	atomic_bool stop;
} *shared;

static struct worker *workers;
static unsigned int threads = 2;
static const struct kind *present[MAX_KINDS];	/* kinds that this machine has */
static unsigned int presents;
static bool several_nodes;
static int uffd = -1;
static long longest_fault;			/* in microseconds; the fault thread's */
static uint64_t seed;
static pthread_barrier_t mapped;

static __thread struct worker *me;
static __thread bool child;
static __thread uint64_t state = 1;
static __thread uint64_t buffer[WORDS] __attribute__((aligned(4096)));

/* Chance */

static uint64_t below(uint64_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % limit;
}

static bool one_in(uint64_t number)
{
	return !below(number);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* Leaves what is empty to whoever looks for it. */
static void rest(void)
{
	if (one_in(4))
		usleep(below(2000));
}

/* A piece of 4k, 64k, 1M or the whole slot. */
static unsigned int piece_size(void)
{
	static const unsigned int sizes[] = { 1, 16, PAGES / 2, PAGES };

	return sizes[below(4)];
}

static unsigned int piece(unsigned int count)
{
	return below(PAGES / count) * count;
}

/* What is said */

static void fail(const char *what)
{
	fprintf(stderr, "vouch: %s: %s\n", what, strerror(errno));
	_exit(1);
}

/* Said once; WHAT is a string literal. */
static void remark(const char *what)
{
	static const char *_Atomic said[32];
	const char *none = NULL;

	for (unsigned int i = 0; i < 32; i++, none = NULL) {
		if (atomic_compare_exchange_strong(&said[i], &none, what)) {
			printf("# left out: %s (%s)\n", what, strerror(errno));
			return;
		}
		if (none == what)
			return;
	}
}

static void describe(char *line, size_t size, const struct slot *s, unsigned int page)
{
	unsigned int turns = s->turns < HISTORY ? s->turns : HISTORY;
	size_t at = 0;

	at += snprintf(line, size, "%s slot %u of thread %u%s, page %u, generation %u, after",
		       s->kind->name, s->number, s->thread, child ? ", child" : "", page,
		       s->page[page].generation);
	for (unsigned int i = s->turns - turns; i != s->turns && at < size; i++)
		at += snprintf(line + at, size - at, " %s", s->history[i % HISTORY]);
}

static bool is_reported(void)
{
	return atomic_fetch_add(&shared->lines, 1) < MAX_LINES;
}

/* What is wrong without a byte that is. */
static void bad(const struct slot *s, unsigned int page, const char *what)
{
	char line[512];

	atomic_fetch_add(&shared->wrong, 1);
	if (!is_reported())
		return;
	describe(line, sizeof(line), s, page);
	dprintf(2, "wrong: %p: %s: %s\n", (void *)(s->at + page * PAGE), what, line);
}

/* What every page holds */

static enum backing backing(const struct slot *s, unsigned int page)
{
	return page < PAGES / 2 ? s->kind->lower : s->kind->upper;
}

/* What all words of a page follow from; 0: they are zeroes. */
static uint64_t key(const struct slot *s, unsigned int page, uint32_t generation)
{
	if (!generation && backing(s, page) != PRIVATE_FILE && !(s->kind->traits & MISSING))
		return 0;
	if (s->kind->traits & ALIKE)
		return mix(seed + (generation & 3)) | 1;
	return mix(mix(seed + s->thread * MAX_SLOTS + s->number) +
		   (uint64_t)generation * PAGES + page) | 1;
}

static uint64_t key_now(const struct slot *s, unsigned int page)
{
	return key(s, page, s->page[page].generation);
}

static uint64_t word(uint64_t key, unsigned int i)
{
	return key ? key + i * 0x9e3779b97f4a7c15 : 0;
}

static void fill(uint64_t *words, uint64_t key)
{
	for (unsigned int i = 0; i < WORDS; i++)
		words[i] = word(key, i);
}

static char *address(const struct slot *s, unsigned int page)
{
	return s->at + page * PAGE;
}

/* Either view of the page, if there are two. */
static uint64_t *window(struct slot *s, unsigned int page)
{
	if (s->view && one_in(2))
		return (uint64_t *)(s->view + page * PAGE);
	s->page[page].touched = true;
	return (uint64_t *)address(s, page);
}

static void report(const struct slot *s, unsigned int page, const volatile uint64_t *at,
		   uint64_t expected, uint64_t found)
{
	unsigned int bytes = 0, i = (uintptr_t)at % PAGE / 8;
	char line[512], known[64] = "";
	uint64_t again = *at, differs = expected ^ found;

	for (uint64_t left = differs; left; left >>= 8)
		bytes += (left & 0xff) != 0;
	atomic_fetch_add(&shared->wrong, bytes);
	if (!is_reported())
		return;
	for (uint32_t g = 0; g < s->page[page].generation; g++)
		if (word(key(s, page, g), i) == found)
			snprintf(known, sizeof(known), " (generation %u)", g);
	describe(line, sizeof(line), s, page);
	dprintf(2, "wrong: %p: expected %#lx, found %#lx%s, then %#lx: %s\n",
		(void *)((char *)at + __builtin_ctzll(differs) / 8), expected, found, known, again,
		line);
}

/* Whether AT has the words that follow from KEY: all of them, or eight are looked at. */
static bool is_right(const struct slot *s, unsigned int page, const volatile uint64_t *at,
		     uint64_t key_of_it, bool whole)
{
	bool right = true;

	for (unsigned int n = 0; n < (whole ? WORDS : 8); n++) {
		unsigned int i = whole ? n : below(WORDS);
		uint64_t found = at[i], expected = word(key_of_it, i);

		if (found == expected)
			continue;
		if (s->page[page].maybe && (!found || found == word(key(s, page, 0), i)))
			continue;
		report(s, page, at + i, expected, found);
		right = false;
	}
	return right;
}

/* A new generation has been written, by whatever means. */
static void wrote(struct slot *s, unsigned int page)
{
	s->page[page].generation++;
	s->page[page].maybe = false;
	if (atomic_exchange(&s->page[page].guarded, false))
		bad(s, page, "a write to a write-protected page was not noticed");
}

static void write_page(struct slot *s, unsigned int page)
{
	if (s->page[page].prot != READ_WRITE)
		return;
	fill(window(s, page), key(s, page, s->page[page].generation + 1));
	wrote(s, page);
}

static void check_page(struct slot *s, unsigned int page, bool whole)
{
	if (s->page[page].prot & HOLE || !(s->page[page].prot & PROT_READ))
		return;
	if (!is_right(s, page, window(s, page), key_now(s, page), whole) && !child)
		write_page(s, page); /* or every look would find it again */
}

/* Whole pages now and then; of those that have no entry, and would get one, not all. */
static void check(struct slot *s, unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++)
		if (s->page[i].touched || one_in(16))
			check_page(s, i, one_in(16));
}

static void touched(struct slot *s, unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++)
		if (!(s->page[i].prot & HOLE))
			s->page[i].touched = true;
}

static bool has_entries(const struct slot *s)
{
	for (unsigned int i = 0; i < PAGES; i++)
		if (s->page[i].touched)
			return true;
	return false;
}

/* Entries of these pages are gone; where LOST, what was written is, too. */
static void dropped(struct slot *s, unsigned int first, unsigned int count, bool lost)
{
	bool had = has_entries(s);

	for (unsigned int i = first; i < first + count; i++) {
		s->page[i].touched = false;
		if (!lost)
			continue;
		s->page[i].generation = 0;
		s->page[i].maybe = false;
		atomic_store(&s->page[i].guarded, false);
	}
	if (had && !has_entries(s))
		atomic_fetch_add(&shared->emptied, 1);
}

/* A page that one may access so, or -1. */
static int any_page(const struct slot *s, int prot)
{
	for (unsigned int tries = 0; tries < 32; tries++) {
		unsigned int page = below(PAGES);

		if (!(s->page[page].prot & HOLE) && (s->page[page].prot & prot) == prot)
			return page;
	}
	return -1;
}

/* Mapping */

/* What can be had later, when there is memory. */
static bool try_later(unsigned int *tries)
{
	if ((errno != ENOMEM && errno != EAGAIN && errno != EINTR) || ++*tries > 1000)
		return false;
	usleep(1000);
	return true;
}

static void map_at(char *at, size_t size, int flags, int fd, off_t offset)
{
	unsigned int tries = 0;

	while (mmap(at, size, READ_WRITE, flags | MAP_FIXED | MAP_NORESERVE, fd, offset) != at)
		if (!try_later(&tries))
			fail("mmap");
}

static void lock_range(char *at, size_t size)
{
	if (syscall(SYS_mlock2, at, size, 1 /* MLOCK_ONFAULT */))
		remark("mlock2()");
}

static void register_range(const struct slot *s, char *at, size_t size)
{
	struct uffdio_register range = { .range = { (uintptr_t)at, size } };

	if (!(s->kind->traits & UFFD))
		return;
	range.mode = s->kind->traits & WP ? UFFDIO_REGISTER_MODE_WP : UFFDIO_REGISTER_MODE_MISSING;
	if (ioctl(uffd, UFFDIO_REGISTER, &range))
		fail("UFFDIO_REGISTER");
}

/* One backing only. */
static void map_run(struct slot *s, unsigned int first, unsigned int count)
{
	static const int flags[] = {
		[ANON] = MAP_PRIVATE | MAP_ANONYMOUS, [SHMEM] = MAP_SHARED | MAP_ANONYMOUS,
		[MEMFD] = MAP_SHARED, [PRIVATE_FILE] = MAP_PRIVATE,
	};
	enum backing of = backing(s, first);
	bool file = of & (MEMFD | PRIVATE_FILE);
	char *at = address(s, first);

	map_at(at, count * PAGE, flags[of], file ? s->fd : -1, file ? first * PAGE : 0);
	if (s->kind->advice && madvise(at, count * PAGE, s->kind->advice))
		remark(s->kind->advice == MADV_MERGEABLE ? "MADV_MERGEABLE" : "THP advice");
	register_range(s, at, count * PAGE);
	if (s->kind->traits & LOCKED)
		lock_range(at, count * PAGE);
	dropped(s, first, count, of != MEMFD);
	for (unsigned int i = first; i < first + count; i++)
		s->page[i].prot = READ_WRITE;
}

static void map(struct slot *s, unsigned int first, unsigned int count)
{
	const unsigned int half = PAGES / 2;

	if (first < half && first + count > half && s->kind->lower != s->kind->upper) {
		map_run(s, first, half - first);
		map_run(s, half, first + count - half);
	} else {
		map_run(s, first, count);
	}
}

static void unmap(struct slot *s, unsigned int first, unsigned int count)
{
	unsigned int tries = 0;

	while (munmap(address(s, first), count * PAGE))
		if (!try_later(&tries))
			fail("munmap");
	dropped(s, first, count, backing(s, first) != MEMFD);
	for (unsigned int i = first; i < first + count; i++)
		s->page[i].prot = HOLE;
}

static void protect(struct slot *s, unsigned int first, unsigned int count, int prot)
{
	unsigned int tries = 0;

	while (mprotect(address(s, first), count * PAGE, prot))
		if (!try_later(&tries))
			fail("mprotect");
}

/* Several VMAs in one 2M: some with memory in them, some that may not be accessed, some gaps. */
static bool carve(struct slot *s)
{
	unsigned int width = s->kind->traits & SHARDS ? SHARD : PIECE;
	static const uint8_t prots[] = { READ_WRITE, READ_WRITE, PROT_READ, PROT_NONE, HOLE };

	map(s, 0, PAGES);
	for (unsigned int i = below(128); i; i--)
		write_page(s, below(PAGES));
	for (unsigned int first = 0; first < PAGES; first += width) {
		uint8_t prot = prots[below(sizeof(prots))];

		if (prot == HOLE) {
			unmap(s, first, width);
			continue;
		}
		protect(s, first, width, prot);
		for (unsigned int i = first; i < first + width; i++)
			s->page[i].prot = prot;
	}
	return true;
}

/* It grows to half a slot: the other half is the guard gap that has to be left below a stack. */
static void map_stack(struct slot *s)
{
	const unsigned int first = PAGES - 16;

	map_at(address(s, first), 16 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0);
	for (unsigned int i = 0; i < PAGES; i++)
		s->page[i].prot = i < PAGES / 2 ? HOLE : READ_WRITE;
	write_page(s, PAGES / 2);
}

static int temporary(int flags)
{
	char name[] = "/tmp/vouch.XXXXXX";
	int fd = mkostemp(name, flags);

	if (fd >= 0)
		unlink(name);
	return fd;
}

static void make_file(struct slot *s)
{
	if (s->kind->traits & ON_DISK)
		s->fd = temporary(O_CLOEXEC);
	else
		s->fd = memfd_create("vouch", MFD_CLOEXEC);
	if (s->fd < 0 || ftruncate(s->fd, SPAN))
		fail("a file for memory");
	for (unsigned int i = 0; i < PAGES && backing(s, i) != MEMFD; i++) {
		fill(buffer, key(s, i, 0));
		if (pwrite(s->fd, buffer, PAGE, i * PAGE) != (ssize_t)PAGE)
			fail("a file for memory");
	}
}

static void set_up(struct slot *s)
{
	const struct kind *kind = s->kind;

	s->at = FIRST_PLACE + s->thread * THREAD_SPAN + s->number * PLACES * SPAN;
	s->spare = s->at + 2 * SPAN;
	for (unsigned int i = 0; i < PAGES; i++)
		s->page[i].prot = HOLE;
	if ((kind->lower | kind->upper) & (MEMFD | PRIVATE_FILE))
		make_file(s);
	if (kind->lower == MEMFD) {
		s->view = s->at + SPAN;
		map_at(s->view, SPAN, MAP_SHARED, s->fd, 0);
	}
	if (kind->traits & CARVED)
		carve(s);
	else if (kind->traits & STACK)
		map_stack(s);
	else if (kind->traits & HALF)
		map(s, PAGES / 2, PAGES / 2);
	else
		map(s, 0, PAGES);
}

/* Operations that write and check */

static bool run_write(struct slot *s)
{
	if (one_in(8))
		for (unsigned int i = 0; i < PAGES; i++)
			write_page(s, i);
	else
		for (unsigned int i = 1 + below(32); i; i--)
			write_page(s, below(PAGES));
	return true;
}

static bool run_check(struct slot *s)
{
	unsigned int count = piece_size();

	check(s, piece(count), count);
	return true;
}

/* Operations that give memory back */

static void dontneed(struct slot *s, unsigned int first, unsigned int count)
{
	int advice = s->kind->traits & LOCKED ? MADV_DONTNEED_LOCKED : MADV_DONTNEED;

	if (madvise(address(s, first), count * PAGE, advice) && errno != ENOMEM)
		fail("MADV_DONTNEED");
	if (s->view && one_in(2))
		madvise(s->view + first * PAGE, count * PAGE, advice);
	dropped(s, first, count, backing(s, first) & PRIVATE);
}

/* All of it, piece by piece: the table stays. dropped() wants one backing at a time. */
static bool run_empty(struct slot *s)
{
	unsigned int count = piece_size();

	if (s->kind->lower != s->kind->upper && count == PAGES)
		count /= 2;
	for (unsigned int first = 0; first < PAGES; first += count)
		dontneed(s, first, count);
	rest();
	if (one_in(2))
		run_write(s);
	return true;
}

static bool run_dontneed(struct slot *s)
{
	unsigned int count = below(2) ? 1 : 16;

	dontneed(s, piece(count), count);
	return true;
}

static bool run_free(struct slot *s)
{
	bool mixed = s->kind->lower != s->kind->upper;

	if (madvise(s->at, SPAN, MADV_FREE) && errno != ENOMEM && !mixed)
		return false;
	for (unsigned int i = 0; i < PAGES; i++) {
		s->page[i].maybe = true;
		atomic_store(&s->page[i].guarded, false);
	}
	if (one_in(2))
		madvise(s->at, SPAN, MADV_PAGEOUT);
	rest();
	check(s, 0, PAGES);
	for (unsigned int i = 0; i < PAGES; i++)
		write_page(s, i);
	return true;
}

static bool run_pageout(struct slot *s)
{
	unsigned int count = piece_size(), first = piece(count);
	int error = madvise(address(s, first), count * PAGE, MADV_PAGEOUT);

	if (s->view)
		madvise(s->view + first * PAGE, count * PAGE, MADV_PAGEOUT);
	rest();
	check(s, first, count);
	return !error;
}

static bool run_punch(struct slot *s)
{
	unsigned int count = piece_size(), from = piece(count), to = from + count;

	if (one_in(2))
		from = 0, to = PAGES;
	for (unsigned int first = from; first < to; first += count) {
		if (fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first * PAGE,
			      count * PAGE))
			fail("fallocate");
		dropped(s, first, count, true);
	}
	rest();
	return true;
}

static bool run_truncate(struct slot *s)
{
	unsigned int pages = one_in(2) ? 0 : below(PAGES);

	if (ftruncate(s->fd, pages * PAGE))
		fail("ftruncate");
	dropped(s, pages, PAGES - pages, true);
	rest();
	check(s, 0, pages);
	if (ftruncate(s->fd, SPAN))
		fail("ftruncate");
	return true;
}

/* Operations on VMAs */

static bool run_protect(struct slot *s)
{
	unsigned int count = piece_size(), first = piece(count), end = first + count, next;
	int prot = one_in(2) ? PROT_NONE : PROT_READ;

	mprotect(address(s, first), count * PAGE, prot); /* as far as there is no hole */
	rest();
	for (; first < end; first = next) {
		for (next = first + 1; next < end; next++)
			if (s->page[next].prot != s->page[first].prot)
				break;
		if (!(s->page[first].prot & HOLE))
			protect(s, first, next - first, s->page[first].prot);
	}
	check(s, end - count, count);
	return true;
}

static bool is_mapped(char *at)
{
	unsigned char resident;

	return !mincore(at, PAGE, &resident);
}

/* At once, or in parts where that crosses VMAs. 7.x moves some of them before it fails. */
static void move(struct slot *s, unsigned int first, unsigned int count)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	char *from = address(s, first), *to = s->spare + first * PAGE;
	unsigned int tries = 0;

	if (count == 1 && s->page[first].prot & HOLE)
		return;
	do {
		if (mremap(from, count * PAGE, count * PAGE, flags, to) == to)
			return;
	} while (errno != EFAULT && count == 1 && try_later(&tries));
	if (count > 1) {
		move(s, first, count / 2);
		move(s, first + count / 2, count / 2);
	} else if (is_mapped(from) || !is_mapped(to)) {
		fail("mremap");
	}
}

/* The context of userfaultfd does not move along, as nobody asked for its events. */
static void moved(struct slot *s)
{
	char *old = s->at;

	if (has_entries(s))
		atomic_fetch_add(&shared->emptied, 1);
	s->at = s->spare;
	s->spare = old;
	register_range(s, s->at, SPAN);
	for (unsigned int i = 0; i < PAGES; i++)
		atomic_store(&s->page[i].guarded, false);
}

static bool run_move(struct slot *s)
{
	move(s, 0, PAGES);
	moved(s);
	rest();
	if (one_in(2))
		check(s, 0, PAGES);
	return true;
}

/* As run_move(), but the old place stays mapped: it has to read as if nothing had been written. */
static bool run_leave(struct slot *s)
{
	const int flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

	if (mremap(s->at, SPAN, SPAN, flags, s->spare) == MAP_FAILED) {
		if (is_mapped(s->spare))
			fail("mremap, half done");
		return false;
	}
	moved(s);
	rest();
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int page = below(PAGES);
		bool shared_page = backing(s, page) & SHARED;

		is_right(s, page, (uint64_t *)(s->spare + page * PAGE),
			 key(s, page, shared_page ? s->page[page].generation : 0), one_in(4));
	}
	munmap(s->spare, SPAN);
	check(s, 0, PAGES);
	return true;
}

static bool run_unmap(struct slot *s)
{
	unsigned int first = one_in(2) ? 0 : PAGES / 2, other = PAGES / 2 - first;

	if (s->kind->traits & HALF) {
		first = s->page[0].prot & HOLE ? PAGES / 2 : 0;
		other = PAGES / 2 - first;
		unmap(s, first, PAGES / 2);
		map(s, other, PAGES / 2);
		return true;
	}
	unmap(s, first, PAGES / 2);
	rest();
	check(s, other, PAGES / 2);
	map(s, first, PAGES / 2);
	return true;
}

static bool run_lock(struct slot *s)
{
	unsigned int count = piece_size(), first = piece(count);
	char *at = address(s, first);

	if (s->kind->traits & LOCKED) {
		munlock(at, count * PAGE);
		rest();
		lock_range(at, count * PAGE);
		return true;
	}
	if (mlock(at, count * PAGE)) {
		munlock(at, count * PAGE);
		return false;
	}
	touched(s, first, count);
	check(s, first, count);
	munlock(at, count * PAGE);
	return true;
}

/* Entries that are neither present nor none. The kernel has to see them as well as we do. */
static bool run_guard(struct slot *s)
{
	bool mixed = s->kind->lower != s->kind->upper;
	unsigned int count = mixed ? PAGES / 2 : piece_size(), first = mixed ? 0 : piece(count);
	unsigned int page = first + below(count);
	char *at = address(s, first);
	struct iovec to = { buffer, PAGE }, from = { address(s, page), PAGE };

	if (madvise(at, count * PAGE, MADV_GUARD_INSTALL))
		return false;
	dropped(s, first, count, true);
	rest();
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != -1)
		bad(s, page, "a guard page was read");
	if (madvise(at, count * PAGE, MADV_GUARD_REMOVE))
		fail("MADV_GUARD_REMOVE");
	return true;
}

/* Operations on pages, by the kernel */

static bool run_collapse(struct slot *s)
{
	int error = madvise(s->at, SPAN, MADV_COLLAPSE);

	if (!error)
		touched(s, 0, PAGES);
	check(s, 0, PAGES);
	return !error;
}

static bool run_populate(struct slot *s)
{
	unsigned int count = piece_size(), first = piece(count);

	if (madvise(address(s, first), count * PAGE, MADV_POPULATE_WRITE))
		return false;
	touched(s, first, count);
	check(s, first, count);
	return true;
}

static bool run_migrate(struct slot *s)
{
	unsigned int count = 1 + below(64), first = below(PAGES - count);
	unsigned long both = 3, other = 1 + below(2);
	int node[64], status[64];
	void *page[64];
	bool done;

	if (!several_nodes)
		return false;
	for (unsigned int i = 0; i < count; i++) {
		page[i] = address(s, first + i);
		node[i] = below(2);
	}
	if (one_in(16))
		done = syscall(SYS_migrate_pages, 0, 3, &both, &other) >= 0;
	else
		done = syscall(SYS_move_pages, 0, count, page, node, status, MPOL_MF_MOVE) >= 0;
	check(s, first, count);
	return done;
}

/* A page frame is given up for good each time, so it is done seldom. */
static bool run_soft_offline(struct slot *s)
{
	int page = any_page(s, READ_WRITE);
	bool done;

	if (page < 0 || !one_in(4))
		return false;
	write_page(s, page);
	done = !madvise(address(s, page), PAGE, MADV_SOFT_OFFLINE);
	check_page(s, page, true);
	return done;
}

/* Operations that have the kernel read and write */

/* True if the kernel did all of it. An address that it cannot use is wrong: we could. */
static bool whole_page(const struct slot *s, unsigned int page, const char *what, ssize_t done)
{
	if (done == (ssize_t)PAGE)
		return true;
	if (done >= 0 || errno == EFAULT)
		bad(s, page, what);
	return false;
}

static void prepare(const struct slot *s, unsigned int page)
{
	fill(buffer, key(s, page, s->page[page].generation + 1));
}

static bool run_readv(struct slot *s)
{
	int page = any_page(s, PROT_READ);
	struct iovec to = { buffer, PAGE }, from;
	ssize_t done;

	if (page < 0)
		return false;
	from = (struct iovec){ window(s, page), PAGE };
	done = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
	if (!whole_page(s, page, "process_vm_readv", done))
		return false;
	is_right(s, page, buffer, key_now(s, page), true);
	return true;
}

static bool run_writev(struct slot *s)
{
	int page = any_page(s, READ_WRITE);
	struct iovec to, from = { buffer, PAGE };
	ssize_t done;

	if (page < 0)
		return false;
	to = (struct iovec){ window(s, page), PAGE };
	prepare(s, page);
	done = process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	if (!whole_page(s, page, "process_vm_writev", done))
		return false;
	wrote(s, page);
	check_page(s, page, true);
	return true;
}

static bool run_pipe(struct slot *s)
{
	int page = any_page(s, READ_WRITE);

	if (page < 0)
		return false;
	if (!whole_page(s, page, "write to a pipe", write(me->pipe[1], window(s, page), PAGE)) ||
	    read(me->pipe[0], buffer, PAGE) != (ssize_t)PAGE)
		fail("write to a pipe");
	is_right(s, page, buffer, key_now(s, page), true);
	prepare(s, page);
	if (write(me->pipe[1], buffer, PAGE) != (ssize_t)PAGE)
		fail("write to a pipe");
	if (!whole_page(s, page, "read from a pipe", read(me->pipe[0], window(s, page), PAGE)))
		fail("read from a pipe");
	wrote(s, page);
	check_page(s, page, true);
	return true;
}

/* The pipe holds the page itself. It does so when the page is no longer mapped, too. */
static bool run_splice(struct slot *s)
{
	int page = any_page(s, PROT_READ);
	struct iovec from;
	uint64_t expected;

	if (page < 0)
		return false;
	expected = key_now(s, page);
	from = (struct iovec){ window(s, page), PAGE };
	if (!whole_page(s, page, "vmsplice", vmsplice(me->pipe[1], &from, 1, 0)))
		return false;
	if (one_in(2))
		dontneed(s, page & ~15U, 16);
	rest();
	if (read(me->pipe[0], buffer, PAGE) != (ssize_t)PAGE)
		fail("read from a pipe");
	is_right(s, page, buffer, expected, true);
	return true;
}

static bool run_direct(struct slot *s)
{
	int page = any_page(s, READ_WRITE);
	ssize_t done;

	if (page < 0 || me->direct < 0)
		return false;
	done = pwrite(me->direct, window(s, page), PAGE, 0);
	if (!whole_page(s, page, "write with O_DIRECT", done) ||
	    pread(me->direct, buffer, PAGE, 0) != (ssize_t)PAGE)
		return false;
	is_right(s, page, buffer, key_now(s, page), true);
	prepare(s, page);
	if (pwrite(me->direct, buffer, PAGE, 0) != (ssize_t)PAGE)
		return false;
	done = pread(me->direct, window(s, page), PAGE, 0);
	if (!whole_page(s, page, "read with O_DIRECT", done))
		fail("read with O_DIRECT");
	wrote(s, page);
	check_page(s, page, true);
	return true;
}

static bool run_memory(struct slot *s)
{
	int page = any_page(s, READ_WRITE);
	uint64_t *at;

	if (page < 0 || me->memory < 0)
		return false;
	at = window(s, page);
	if (!whole_page(s, page, "a read of mem", pread(me->memory, buffer, PAGE, (off_t)at)))
		return false;
	is_right(s, page, buffer, key_now(s, page), true);
	prepare(s, page);
	if (!whole_page(s, page, "a write of mem", pwrite(me->memory, buffer, PAGE, (off_t)at)))
		return false;
	wrote(s, page);
	check_page(s, page, true);
	return true;
}

static bool make_ring(struct ring *ring)
{
	struct io_uring_params params = { 0 };
	unsigned int *array;
	size_t size;
	char *at;

	ring->fd = syscall(SYS_io_uring_setup, 1, &params);
	if (ring->fd < 0)
		return false;
	size = params.sq_off.array + params.sq_entries * 4;
	if (size < params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe))
		size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
	at = mmap(NULL, size, READ_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->sqe = mmap(NULL, sizeof(*ring->sqe), READ_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	if (!(params.features & IORING_FEAT_SINGLE_MMAP) || at == MAP_FAILED ||
	    ring->sqe == MAP_FAILED)
		fail("io_uring");
	ring->sq_tail = (unsigned int *)(at + params.sq_off.tail);
	ring->cq_head = (unsigned int *)(at + params.cq_off.head);
	ring->cqes = (struct io_uring_cqe *)(at + params.cq_off.cqes);
	ring->cq_mask = *(unsigned int *)(at + params.cq_off.ring_mask);
	array = (unsigned int *)(at + params.sq_off.array);
	array[0] = 0;
	return true;
}

static ssize_t by_ring(struct ring *ring, unsigned int operation, int fd, void *at)
{
	unsigned int head = *ring->cq_head;
	ssize_t done;

	*ring->sqe = (struct io_uring_sqe){
		.opcode = operation, .fd = fd, .addr = (uintptr_t)at, .len = PAGE, .off = (uint64_t)-1,
	};
	__atomic_store_n(ring->sq_tail, *ring->sq_tail + 1, __ATOMIC_RELEASE);
	while (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		if (errno != EINTR && errno != EAGAIN)
			fail("io_uring_enter");
	done = ring->cqes[head & ring->cq_mask].res;
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	errno = done < 0 ? -done : 0;
	return done;
}

/*
 * A page that the kernel found once, and has pinned since. Nobody tells the page that it was read
 * into: io_buffer_unmap() unpins it as if it were clean (6.1 to 7.3), and GUP-fast may have found it
 * by a clean entry. Reclaim drops such a page of a memfd, and it reads as a hole from then on, on a
 * kernel without any of our modules. So the process writes to it.
 */
static bool run_fixed(struct slot *s)
{
	int page = any_page(s, READ_WRITE);
	struct iovec fixed;
	bool all = false;

	if (page < 0 || me->ring.fd < 0)
		return false;
	prepare(s, page);
	fixed = (struct iovec){ window(s, page), PAGE };
	/* memory of files is refused */
	if (syscall(SYS_io_uring_register, me->ring.fd, IORING_REGISTER_BUFFERS, &fixed, 1))
		return false;
	rest();
	if (write(me->pipe[1], buffer, PAGE) != (ssize_t)PAGE)
		fail("write to a pipe");
	if (whole_page(s, page, "a read into a fixed buffer",
		       by_ring(&me->ring, IORING_OP_READ_FIXED, me->pipe[0], fixed.iov_base))) {
		*(volatile uint64_t *)fixed.iov_base = buffer[0];
		wrote(s, page);
		check_page(s, page, true);
		all = whole_page(s, page, "a write from a fixed buffer",
				 by_ring(&me->ring, IORING_OP_WRITE_FIXED, me->pipe[1], fixed.iov_base)) &&
		      read(me->pipe[0], buffer, PAGE) == (ssize_t)PAGE &&
		      is_right(s, page, buffer, key_now(s, page), true);
	}
	if (syscall(SYS_io_uring_register, me->ring.fd, IORING_UNREGISTER_BUFFERS, NULL, 0))
		fail("IORING_UNREGISTER_BUFFERS");
	return all;
}

/* A futex that other processes may share is found by GUP-fast. */
static bool run_futex(struct slot *s)
{
	int page = any_page(s, READ_WRITE);
	struct timespec soon = { .tv_nsec = 1000 };
	unsigned int i = below(WORDS);
	uint32_t expected;
	uint64_t *at;

	if (page < 0)
		return false;
	expected = word(key_now(s, page), i);
	at = window(s, page) + i;
	if (syscall(SYS_futex, at, FUTEX_WAKE, 1, NULL, NULL, 0) < 0)
		bad(s, page, "FUTEX_WAKE");
	if (!syscall(SYS_futex, at, FUTEX_WAIT, expected, &soon, NULL, 0))
		return true;
	if (errno == EAGAIN && !s->page[page].maybe)
		bad(s, page, "FUTEX_WAIT sees another word");
	else if (errno != ETIMEDOUT && errno != EINTR && errno != EAGAIN)
		bad(s, page, "FUTEX_WAIT");
	return true;
}

/* userfaultfd */

static bool protect_writes(char *at, size_t size, bool on)
{
	struct uffdio_writeprotect range = {
		.range = { (uintptr_t)at, size },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	while (ioctl(uffd, UFFDIO_WRITEPROTECT, &range))
		if (errno != EAGAIN)
			return false;
	return true;
}

/* A page of shared memory is protected by a marker where it has no entry. */
static bool run_wp(struct slot *s)
{
	unsigned int count = piece_size(), first = piece(count);

	if (!protect_writes(address(s, first), count * PAGE, true))
		return false;
	for (unsigned int i = first; i < first + count; i++) {
		struct page *page = &s->page[i];

		if (backing(s, i) == SHMEM || (page->touched && page->generation && !page->maybe))
			atomic_store(&page->guarded, true);
	}
	rest();
	if (one_in(2))
		run_write(s);
	return true;
}

static void fill_missing(const struct slot *s, char *at, unsigned int page)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)at, .src = (uintptr_t)buffer, .len = PAGE,
	};
	struct uffdio_range there = { (uintptr_t)at, PAGE };

	fill(buffer, key(s, page, 0));
	while (ioctl(uffd, UFFDIO_COPY, &copy)) {
		if (errno == EEXIST) {
			ioctl(uffd, UFFDIO_WAKE, &there);
			return;
		}
		if (errno != EAGAIN && errno != ENOMEM)
			fail("UFFDIO_COPY");
		copy.copy = 0;
	}
}

static void answer(char *at, uint64_t flags)
{
	unsigned int number = (at - FIRST_PLACE) / SPAN / PLACES;
	struct slot *s = &workers[number / MAX_SLOTS].slot[number % MAX_SLOTS];
	unsigned int page = (uintptr_t)at % SPAN / PAGE;

	if (!(flags & UFFD_PAGEFAULT_FLAG_WP)) {
		fill_missing(s, at, page);
		return;
	}
	atomic_store(&s->page[page].guarded, false);
	if (!protect_writes(at, PAGE, false))
		fail("UFFDIO_WRITEPROTECT");
}

static void *answer_faults(void *unused)
{
	struct uffd_msg message;

	(void)unused;
	for (;;) {
		if (read(uffd, &message, sizeof(message)) == sizeof(message))
			answer((char *)(message.arg.pagefault.address & ~(PAGE - 1)),
			       message.arg.pagefault.flags);
		else if (errno != EINTR && errno != EAGAIN)
			fail("read from userfaultfd");
	}
	return NULL;
}

/* Returns the features that there are. The kernel's own faults have to be answered as well. */
static uint64_t open_userfaultfd(void)
{
	const uint64_t wanted = UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM;
	struct uffdio_api api = { .api = UFFD_API };
	int probe = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (probe < 0)
		return 0;
	if (ioctl(probe, UFFDIO_API, &api))
		fail("UFFDIO_API");
	close(probe); /* features can be chosen once */
	api = (struct uffdio_api){ .api = UFFD_API, .features = api.features & wanted };
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		fail("UFFDIO_API");
	return api.features;
}

/* Children: copy on write */

/* userfaultfd is not inherited: what was missing there reads as zeroes here. */
static void inherit(struct slot *s)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		atomic_store(&s->page[i].guarded, false);
		if (s->kind->traits & MISSING && !s->page[i].generation)
			s->page[i].maybe = true;
	}
}

static void be_child(void)
{
	child = true;
	state ^= mix(getpid());
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned int i = 0; i < EACH * presents; i++) {
		struct slot *s = &me->slot[i];
		bool is_private = (s->kind->lower & PRIVATE) && (s->kind->upper & PRIVATE);

		inherit(s);
		check(s, 0, PAGES);
		if (!is_private)
			continue;
		if (one_in(4) && !(s->kind->traits & (MISSING | LOCKED)))
			dontneed(s, piece(16), 16);
		for (unsigned int j = below(16); j; j--)
			write_page(s, below(PAGES));
		check(s, 0, PAGES);
	}
	_exit(0);
}

static bool run_fork(struct slot *s)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return false;
	if (!pid)
		be_child();
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return false; /* for want of memory */
	if (status)
		bad(s, 0, "a child came to a bad end");
	for (unsigned int i = 0; i < EACH * presents; i++)
		check(&me->slot[i], 0, PAGES);
	return true;
}

/* Threads */

static const struct operation operations[] = {
	/* name		weight	function	backings	with	without */
	{ "write",	14,	run_write,	ANY,		0,	0 },
	{ "check",	8,	run_check,	ANY,		0,	0 },
	{ "empty",	12,	run_empty,	ANY,		0,	0 },
	{ "dontneed",	6,	run_dontneed,	ANY,		0,	0 },
	{ "free",	3,	run_free,	ANON,		0,	0 },
	{ "pageout",	3,	run_pageout,	ANY,		0,	0 },
	{ "punch",	12,	run_punch,	MEMFD,		0,	0 },
	{ "truncate",	12,	run_truncate,	MEMFD,		0,	0 },
	{ "protect",	4,	run_protect,	ANY,		0,	0 },
	{ "move",	5,	run_move,	ANY,		0,	STACK },
	{ "leave",	3,	run_leave,	ANY,		0,	PARTS | STACK },
	{ "unmap",	5,	run_unmap,	ANY,		0,	CARVED | STACK },
	{ "lock",	2,	run_lock,	ANY,		0,	0 },
	{ "guard",	3,	run_guard,	ANON,		0,	SPECIAL },
	{ "carve",	8,	carve,		ANON,		CARVED,	0 },
	{ "collapse",	3,	run_collapse,	ANY,		0,	0 },
	{ "populate",	3,	run_populate,	ANY,		0,	0 },
	{ "migrate",	2,	run_migrate,	ANY,		0,	0 },
	{ "readv",	3,	run_readv,	ANY,		0,	0 },
	{ "writev",	3,	run_writev,	ANY,		0,	0 },
	{ "pipe",	3,	run_pipe,	ANY,		0,	0 },
	{ "vmsplice",	3,	run_splice,	ANY,		0,	0 },
	{ "direct",	2,	run_direct,	ANY,		0,	0 },
	{ "mem",	3,	run_memory,	ANY,		0,	0 },
	{ "fixed",	3,	run_fixed,	ANY,		0,	0 },
	{ "soft-offline", 1,	run_soft_offline, ANY,		0,	UFFD },
	{ "futex",	3,	run_futex,	ANY,		0,	0 },
	{ "wp",		20,	run_wp,		ANY,		WP,	0 },
	{ "fork",	1,	run_fork,	ANY,		0,	0 },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static atomic_long tried[OPERATIONS], done[OPERATIONS];

static bool applies(const struct operation *op, const struct kind *kind)
{
	return (op->backings & (kind->lower | kind->upper)) && !(op->without & kind->traits) &&
	       (!op->with || op->with & kind->traits);
}

static unsigned int choose(const struct kind *kind)
{
	unsigned int sum = 0, i;
	uint64_t at;

	for (i = 0; i < OPERATIONS; i++)
		sum += applies(&operations[i], kind) ? operations[i].weight : 0;
	at = below(sum);
	for (i = 0;; i++) {
		if (!applies(&operations[i], kind))
			continue;
		if (at < operations[i].weight)
			return i;
		at -= operations[i].weight;
	}
}

static void turn(void)
{
	struct slot *s = &me->slot[below(EACH * presents)];
	unsigned int i = choose(s->kind);

	me->current = s;
	s->history[s->turns++ % HISTORY] = operations[i].name;
	atomic_fetch_add(&tried[i], 1);
	if (operations[i].run(s))
		atomic_fetch_add(&done[i], 1);
	atomic_fetch_add(&shared->operations, 1);
}

static void plant(unsigned int number)
{
	for (unsigned int i = 0; i < EACH * presents; i++) {
		struct slot *s = &me->slot[i];
		int page = any_page(s, READ_WRITE);

		if (s->kind != &kinds[number - 1] || page < 0)
			continue;
		write_page(s, page);
		*(volatile char *)(address(s, page) + below(PAGE)) ^= 0x10;
		return;
	}
	errno = ENOENT;
	fail("VOUCH_PLANT: no slot of that kind");
}

static void *work(void *worker)
{
	const char *planted = getenv("VOUCH_PLANT");

	me = worker;
	state = mix(seed + me->number + 1) | 1;
	me->direct = temporary(O_DIRECT | O_CLOEXEC);
	if (me->direct < 0)
		remark("O_DIRECT in /tmp");
	if (pipe(me->pipe))
		fail("pipe");
	me->memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	if (me->memory < 0)
		remark("/proc/self/mem");
	if (!make_ring(&me->ring))
		remark("io_uring");
	for (unsigned int i = 0; i < EACH * presents; i++) {
		me->slot[i].kind = present[i % presents];
		me->slot[i].thread = me->number;
		me->slot[i].number = i;
		me->current = &me->slot[i];
		set_up(me->current);
	}
	pthread_barrier_wait(&mapped);
	while (!atomic_load(&shared->stop))
		turn();
	if (planted && !me->number)
		plant(atoi(planted));
	for (unsigned int i = 0; i < EACH * presents; i++)
		for (unsigned int page = 0; page < PAGES; page++)
			check_page(&me->slot[i], page, true);
	return NULL;
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A huge page of hugetlb, among page tables that come and go. NULL: there is none. */
static uint64_t *map_huge(void)
{
	char *at = FIRST_PLACE + threads * THREAD_SPAN + SPAN;

	if (mmap(at, SPAN, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1, 0) != at) {
		remark("hugetlb");
		return NULL;
	}
	for (unsigned int i = 0; i < PAGES * WORDS; i++)
		((uint64_t *)at)[i] = mix(seed + i);
	return (uint64_t *)at;
}

static void check_huge(const uint64_t *at)
{
	for (unsigned int i = 0; at && i < PAGES * WORDS; i++) {
		if (at[i] == mix(seed + i))
			continue;
		atomic_fetch_add(&shared->wrong, 1);
		dprintf(2, "wrong: %p: hugetlb: found %#lx\n", (const void *)&at[i], at[i]);
		return;
	}
}

/* How long is somebody stopped who does nothing but fault? In a slot behind everybody else's. */
static void *fault(void *unused)
{
	char *at = FIRST_PLACE + threads * THREAD_SPAN;
	const uint64_t *huge = map_huge();

	(void)unused;
	map_at(at, SPAN, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(at, SPAN, MADV_NOHUGEPAGE);
	pthread_barrier_wait(&mapped);
	while (!atomic_load(&shared->stop)) {
		for (unsigned int i = 0; i < PAGES; i++) {
			volatile uint64_t *words = (uint64_t *)(at + i * PAGE);
			long start = microseconds(), took;

			words[0] = i + 1;
			took = microseconds() - start;
			if (took > longest_fault)
				longest_fault = took;
			if (words[0] == i + 1 && !words[1])
				continue;
			atomic_fetch_add(&shared->wrong, 1);
			dprintf(2, "wrong: %p: fault thread: found %#lx, %#lx\n", (void *)words,
				words[0], words[1]);
		}
		for (unsigned int i = 0; i < PAGES; i += 16)
			madvise(at + i * PAGE, 16 * PAGE, MADV_DONTNEED);
		usleep(1000);
	}
	check_huge(huge);
	return NULL;
}

/* Memory that we may access, and cannot. */
static void on_signal(int number, siginfo_t *info, void *unused)
{
	char line[512] = "no slot";

	(void)unused;
	if (me && me->current)
		describe(line, sizeof(line), me->current, (uintptr_t)info->si_addr % SPAN / PAGE);
	dprintf(2, "wrong: %p: signal %d: %s\n", info->si_addr, number, line);
	_exit(1);
}

/* What there is, and what is said of it */

static bool has_kind(const struct kind *kind, uint64_t features)
{
	if (kind->traits & ON_DISK) {
		int fd = temporary(O_CLOEXEC);

		return fd >= 0 && !close(fd);
	}
	if (!(kind->traits & UFFD))
		return true;
	if (uffd < 0)
		return false;
	if (kind->traits & MISSING)
		return true;
	return features & (kind->lower == SHMEM ? UFFD_FEATURE_WP_HUGETLBFS_SHMEM :
						  UFFD_FEATURE_PAGEFAULT_FLAG_WP);
}

static void look_around(void)
{
	uint64_t features = open_userfaultfd();

	if (uffd < 0)
		remark("userfaultfd");
	for (unsigned int i = 0; i < KINDS; i++) {
		if (has_kind(&kinds[i], features))
			present[presents++] = &kinds[i];
		else
			printf("# left out: slots of kind %s\n", kinds[i].name);
	}
	several_nodes = !access("/sys/devices/system/node/node1", F_OK);
	if (!several_nodes)
		remark("migration between nodes");
}

static void start(pthread_t *id, void *(*function)(void *), void *argument)
{
	errno = pthread_create(id, NULL, function, argument);
	if (errno)
		fail("pthread_create");
}

static void join(struct worker *worker)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STUCK_SECONDS;
	if (!pthread_timedjoin_np(worker->id, NULL, &until))
		return;
	bad(worker->current, 0, "a thread is stuck");
	_exit(1);
}

static int summary(void)
{
	long wrong = atomic_load(&shared->wrong);

	printf("# seed %lu; done, of those tried:", seed);
	for (unsigned int i = 0; i < OPERATIONS; i++)
		printf(" %s %ld/%ld", operations[i].name, atomic_load(&done[i]),
		       atomic_load(&tried[i]));
	printf("\n# longest fault %ld us\n", longest_fault);
	printf("%ld operations, %ld times a 2M range was emptied, %ld wrong\n",
	       atomic_load(&shared->operations), atomic_load(&shared->emptied), wrong);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	long seconds = argc > 1 ? strtol(argv[1], NULL, 0) : 0;
	pthread_t faulter, answerer;

	if (argc > 2)
		threads = strtoul(argv[2], NULL, 0);
	seed = argc > 3 ? strtoull(argv[3], NULL, 0) : (uint64_t)microseconds();
	if (seconds < 1 || threads < 1 || threads > MAX_THREADS) {
		fprintf(stderr, "usage: vouch SECONDS [THREADS [SEED]]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	shared = mmap(NULL, sizeof(*shared), READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	workers = calloc(threads, sizeof(*workers));
	if (shared == MAP_FAILED || !workers)
		fail("memory");
	look_around();
	pthread_barrier_init(&mapped, NULL, threads + 2);
	if (uffd >= 0)
		start(&answerer, answer_faults, NULL);
	start(&faulter, fault, NULL);
	for (unsigned int i = 0; i < threads; i++) {
		workers[i].number = i;
		start(&workers[i].id, work, &workers[i]);
	}
	pthread_barrier_wait(&mapped);
	printf("ready\n");
	sleep(seconds);
	atomic_store(&shared->stop, true);
	for (unsigned int i = 0; i < threads; i++)
		join(&workers[i]);
	pthread_join(faulter, NULL);
	return summary();
}
