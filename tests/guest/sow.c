// SPDX-License-Identifier: GPL-2.0
/*
 * sow SECONDS THREADS RANGES [KEPT]: a process with many page tables that become empty and full again all the time,
 * while somebody frees the empty ones, or moves them. Each thread has RANGES ranges of 2M; in each it writes to one
 * page, whichever, looks whether what it wrote is there and nothing else, and gives all of it back by halves, which
 * leaves the page table; but KEPT times of 16 it writes other words to the same page. vouch does more to few tables,
 * this does little to many.
 *
 * Prints "ready" when all is mapped, "PAGES given back, W wrong" at the end or at SIGTERM, and a line on stderr for
 * each of the first wrong words. Exits with 0 only if W is 0.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define RANGE	(2UL << 20)
#define PAGE	4096UL
#define PAGES	(RANGE / PAGE)
#define WORDS	(PAGE / 8)

/* What one range holds: a page with words that follow from `seed`; 0: it is given back. */
struct range {
	uint64_t seed;
	unsigned int page;
};

struct sower {
	pthread_t id;
	unsigned long number;
	char *area;
	struct range *range;
};

static unsigned long ranges, kept;
static atomic_ulong given_back, wrong;
static atomic_bool stop;

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static void expect(volatile uint64_t *at, uint64_t expected)
{
	uint64_t found = *at;

	if (found == expected)
		return;
	if (atomic_fetch_add(&wrong, 1) < 20)
		fprintf(stderr, "wrong: %p: expected %#lx, found %#lx, then %#lx\n", (void *)at, expected, found,
			*at);
}

static volatile uint64_t *words_of(const struct sower *me, unsigned long i, unsigned int page)
{
	return (volatile uint64_t *)(me->area + i * RANGE + page * PAGE);
}

/* All words of a page now and then, else some. */
static void look(const struct sower *me, unsigned long i, uint64_t chance)
{
	const struct range *r = &me->range[i];
	volatile uint64_t *words = words_of(me, i, r->page);

	for (unsigned int w = chance % 8; w < WORDS; w += chance & 0xf0 ? 61 : 1)
		expect(&words[w], mix(r->seed + w));
	/* a page that was never written to */
	if ((chance & 0xf00) == 0)
		expect(words_of(me, i, (r->page + 1 + (chance >> 12) % (PAGES - 1)) % PAGES), 0);
}

static void fill(const struct sower *me, unsigned long i, unsigned int page, uint64_t chance)
{
	struct range *r = &me->range[i];
	volatile uint64_t *words;

	r->page = page;
	r->seed = mix(chance) | 1;
	words = words_of(me, i, r->page);
	for (unsigned int w = 0; w < WORDS; w++)
		words[w] = mix(r->seed + w);
}

static void give_back(const struct sower *me, unsigned long i)
{
	char *at = me->area + i * RANGE;

	if (madvise(at, RANGE / 2, MADV_DONTNEED) || madvise(at + RANGE / 2, RANGE / 2, MADV_DONTNEED))
		perror("sow: MADV_DONTNEED");
	me->range[i].seed = 0;
	atomic_fetch_add(&given_back, 1);
}

static void *sow(void *sower)
{
	struct sower *me = sower;
	uint64_t turn = me->number << 48;

	while (!atomic_load(&stop)) {
		uint64_t chance = mix(++turn);
		unsigned long i = (chance >> 32) % ranges;

		if (!me->range[i].seed) {
			fill(me, i, chance % PAGES, chance);
			continue;
		}
		look(me, i, chance);
		/* without KEPT most are empty, so that they are found so */
		if ((chance >> 20) % 16 < kept)
			fill(me, i, me->range[i].page, chance);
		else
			give_back(me, i);
	}
	for (unsigned long i = 0; i < ranges; i++)
		if (me->range[i].seed)
			look(me, i, 0);
	return NULL;
}

static void end(int signal)
{
	(void)signal;
	atomic_store(&stop, true);
}

int main(int argc, char **argv)
{
	unsigned long seconds, threads;
	struct sower *sowers;

	kept = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
	if (argc < 4 || argc > 5 || !(seconds = strtoul(argv[1], NULL, 10)) || !(threads = strtoul(argv[2], NULL, 10)) ||
	    !(ranges = strtoul(argv[3], NULL, 10))) {
		fprintf(stderr, "usage: sow SECONDS THREADS RANGES [KEPT]\n");
		return 2;
	}
	sowers = calloc(threads, sizeof(*sowers));
	for (unsigned long t = 0; t < threads; t++) {
		struct sower *me = &sowers[t];

		me->number = t;
		me->range = calloc(ranges, sizeof(*me->range));
		me->area = mmap(NULL, ranges * RANGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (!me->range || me->area == MAP_FAILED || madvise(me->area, ranges * RANGE, MADV_NOHUGEPAGE)) {
			perror("sow");
			return 1;
		}
	}
	signal(SIGTERM, end);
	signal(SIGALRM, end);
	alarm(seconds);
	for (unsigned long t = 0; t < threads; t++)
		if (pthread_create(&sowers[t].id, NULL, sow, &sowers[t])) {
			perror("sow: a thread");
			return 1;
		}
	printf("ready\n");
	fflush(stdout);
	for (unsigned long t = 0; t < threads; t++)
		pthread_join(sowers[t].id, NULL);
	printf("%lu given back, %lu wrong\n", atomic_load(&given_back), atomic_load(&wrong));
	return atomic_load(&wrong) != 0;
}
