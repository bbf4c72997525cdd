// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the page frames that are tables in two mms. The caller walks all mms twice, whatever the
 * size of the machine, and says what it meets.
 *
 * In the first pass, ptc_suspects_note() adds each page frame to a filter, `seen`: it sets HASHES
 * bits, whose numbers are hashes of the page frame number. If all of them were set, the page frame
 * was met before, or others happen to have set them; either way it is added to another filter,
 * `twice`. A page frame that was met twice is always in `twice`.
 *
 * In the second pass, ptc_suspects_keep() enters the page frames that are in `twice` into a hash
 * table, exactly and with the place where each was met. One that is met in two mms is a suspect.
 * One that is met in one mm alone is none, however often: it got into `twice` by chance, or it was
 * moved within its mm while that was walked, or two processes share the mm.
 *
 * A filter has one or two bits for each page of memory, a power of two, at most 2^28 (32 MB, from
 * 512 GB of memory on). Page frames that get into `twice` by chance:
 *
 *	bits	tables	by chance
 *	2^24	1M	120	(64 GB)
 *	2^24	2.5M	21,000	(64 GB, 15% of it tables)
 *	2^28	1M	0	(1 TB)
 *	2^28	24M	21,000	(12 TB)
 *
 * The hash table has 65,536 slots (3.5 MB) from 32 GB of memory on, and fewer on smaller machines.
 * It is meant to be half full at most. If the first pass met more page frames twice than that (very
 * many tables for the memory, or very many that were freed and reused meanwhile), they are divided
 * into classes by another hash, and each audit keeps one class, by turns. What is left out is
 * counted.
 *
 * Nothing here sleeps or takes a lock, init and exit aside: one task uses a struct ptc_suspects.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "census/suspects.h"
#include "fault.h"

/* Two hashes of filter_order bits are taken from one word of 64. */
#define FILTER_ORDER_MAX	28U
#define FILTER_ORDER_MIN	16U

#define TABLE_ORDER_MAX		16U
#define TABLE_ORDER_MIN		8U

/* With 24M tables in 2^28 bits, fewer let twice as many by, and more hardly fewer. */
#define HASHES			6

/* A search of the hash table ends after so many slots: more than a half full one has in a row. */
#define PROBES			64

/* Audits take turns at what they keep, and at what they judge. */
static atomic_t suspects_turns;

static u64 suspects_hash(unsigned long pfn)
{
	u64 hash = pfn * GOLDEN_RATIO_64;

	hash ^= hash >> 32;
	return hash * GOLDEN_RATIO_64;
}

/* The number of the nth bit of a page frame in a filter. */
static unsigned int suspects_bit(const struct ptc_suspects *suspects, u64 hash, unsigned int nth)
{
	unsigned int order = suspects->filter_order;
	u64 first = hash >> (64 - order), step = hash >> (64 - 2 * order) | 1;

	return (first + nth * step) & ((1U << order) - 1);
}

static bool suspects_is_in(const struct ptc_suspects *suspects, const unsigned long *filter,
			   u64 hash)
{
	unsigned int i;

	for (i = 0; i < HASHES; i++)
		if (!test_bit(suspects_bit(suspects, hash, i), filter))
			return false;
	return true;
}

/* Add a page frame to a filter. Returns whether it was in there. */
static bool suspects_add(const struct ptc_suspects *suspects, unsigned long *filter, u64 hash)
{
	bool was_in = true;
	unsigned int i;

	for (i = 0; i < HASHES; i++)
		was_in &= __test_and_set_bit(suspects_bit(suspects, hash, i), filter);
	return was_in;
}

/**
 * ptc_suspects_init - begin with the first pass
 * @suspects: the caller's
 * @pages: the size of memory
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ptc_suspects_init(struct ptc_suspects *suspects, unsigned long pages)
{
	unsigned int order = ilog2(pages | 1) + 1;
	unsigned long longs;

	memset(suspects, 0, sizeof(*suspects));
	suspects->turn = atomic_inc_return(&suspects_turns);
	suspects->filter_order = clamp(order, FILTER_ORDER_MIN, FILTER_ORDER_MAX);
	suspects->table_order = clamp(suspects->filter_order - 8, TABLE_ORDER_MIN, TABLE_ORDER_MAX);
	longs = BITS_TO_LONGS(1UL << suspects->filter_order);
	suspects->seen = ptc_fallible(kvcalloc(longs, sizeof(long), GFP_KERNEL), NULL);
	if (!suspects->seen)
		return -ENOMEM;
	suspects->twice = ptc_fallible(kvcalloc(longs, sizeof(long), GFP_KERNEL), NULL);
	if (!suspects->twice)
		goto free_seen;
	suspects->table = ptc_fallible(kvcalloc(1UL << suspects->table_order,
						sizeof(*suspects->table), GFP_KERNEL), NULL);
	if (!suspects->table)
		goto free_twice;
	return 0;

free_twice:
	kvfree(suspects->twice);
free_seen:
	kvfree(suspects->seen);
	return -ENOMEM;
}

/* Context: process context, may sleep. */
void ptc_suspects_exit(struct ptc_suspects *suspects)
{
	kvfree(suspects->table);
	kvfree(suspects->twice);
	kvfree(suspects->seen);
}

/* A table was met in the first pass. Context: any but NMI. */
void ptc_suspects_note(struct ptc_suspects *suspects, unsigned long pfn)
{
	u64 hash = suspects_hash(pfn);

	if (suspects_add(suspects, suspects->seen, hash) &&
	    !suspects_add(suspects, suspects->twice, hash))
		suspects->met_twice++;
}

/*
 * The first pass is over. Returns whether a second one is needed. In that, `seen` tells which
 * tables are counted as left out.
 */
bool ptc_suspects_second_pass(struct ptc_suspects *suspects)
{
	unsigned long room = 1UL << (suspects->table_order - 1);

	suspects->classes = DIV_ROUND_UP(suspects->met_twice, room);
	bitmap_zero(suspects->seen, 1U << suspects->filter_order);
	return suspects->met_twice;
}

/* The slot of a page frame, or a free one for it, or NULL. */
static struct ptc_suspect *suspects_slot(struct ptc_suspects *suspects, unsigned long pfn)
{
	unsigned int at = hash_64(pfn, suspects->table_order), i;

	for (i = 0; i < PROBES; i++, at++) {
		struct ptc_suspect *slot =
			&suspects->table[at & ((1U << suspects->table_order) - 1)];

		if (slot->pfn == pfn || !slot->pfn)
			return slot;
	}
	return NULL;
}

/*
 * Note that a table was met at a place. The second place is in another mm than the first. A table
 * that is met in one mm again has been moved since: what counts is where it is now.
 */
static void suspects_enter(struct ptc_suspects *suspects, struct ptc_suspect *slot,
			   unsigned long pfn, const struct ptc_place *place)
{
	if (!slot->pfn) {
		slot->pfn = pfn;
		slot->first = *place;
	} else if (slot->first.mm == place->mm) {
		slot->first = *place;
	} else if (!slot->second.mm) {
		slot->second = *place;
		suspects->nr++;
	} else if (slot->second.mm == place->mm) {
		slot->second = *place;
	}
}

/* A table was met in the second pass. Context: any but NMI. */
void ptc_suspects_keep(struct ptc_suspects *suspects, unsigned long pfn,
		       const struct ptc_place *place)
{
	u64 hash = suspects_hash(pfn);
	struct ptc_suspect *slot = NULL;

	if (!suspects_is_in(suspects, suspects->twice, hash))
		return;
	if ((u32)hash % suspects->classes == suspects->turn % suspects->classes)
		slot = suspects_slot(suspects, pfn);
	if (slot)
		suspects_enter(suspects, slot, pfn, place);
	else if (!suspects_add(suspects, suspects->seen, hash))
		suspects->left_out++;
}

/**
 * ptc_suspects_begin - choose suspects that are to be judged
 * @suspects: after the second pass
 * @most: how many, at most
 *
 * As long as the suspects are the same, consecutive turns of a class choose all of them by and by.
 *
 * Return: how many there are, each to be had by ptc_suspects_next().
 */
unsigned int ptc_suspects_begin(struct ptc_suspects *suspects, unsigned int most)
{
	unsigned int round, skip;

	suspects->next = 0;
	if (suspects->nr <= most)
		return suspects->nr;
	round = suspects->turn / suspects->classes;
	for (skip = (u64)round * most % suspects->nr; skip; skip--)
		ptc_suspects_next(suspects);
	return most;
}

/* The next of the suspects, of which there is at least one; after the last one, the first. */
const struct ptc_suspect *ptc_suspects_next(struct ptc_suspects *suspects)
{
	const struct ptc_suspect *slot;

	do {
		slot = &suspects->table[suspects->next++ & ((1U << suspects->table_order) - 1)];
	} while (!slot->second.mm);
	return slot;
}
