/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU's magazine. All functions here but ptc_magazine_depth() and ptc_magazine_take() are called
 * with interrupts off, on the magazine of this CPU or on one that no CPU uses (the CPU is offline,
 * or the cache is being destroyed).
 */
#ifndef PTC_ALLOC_MAGAZINE_H
#define PTC_ALLOC_MAGAZINE_H

#include <linux/types.h>

struct pt_cache;
struct ptc_node;
struct ptc_record;

#define PTC_MAGAZINE_DEPTH	64
#define PTC_AWAY_MAX		(PTC_MAGAZINE_DEPTH / 2)

/*
 * How many tables move in or out of a magazine at a time. Fewer would acquire the node's lock more
 * often. All of them would acquire it for each table when a CPU allocates and frees a few tables in
 * turn.
 */
static inline unsigned int ptc_magazine_move(unsigned int depth)
{
	return depth ? depth * 3 / 4 : 1;
}

/*
 * One CPU's tables of one cache. Accessed with interrupts off by this CPU only: another CPU drains
 * it by IPI. When its CPU is offline, the hotplug callback drains it.
 */
struct ptc_magazine {
	struct ptc_node *node;	/* whose tables it holds; changes only while it is empty */
	unsigned int nr_clean;
	unsigned int nr_dirty;
	u64 hits;		/* tables handed out from here */
	u64 misses;		/* tables handed out past it */
	u64 frees;
	u64 atomic_misses;	/* requests that may not sleep and got NULL */
	u64 fallbacks;		/* misses that got less than a block */
	u64 moves_seen;		/* hits, misses and frees, as of the last look for idle ones */
	unsigned int nr_away[2];
	/*
	 * Page frames of tables, and the records of the clean ones, so that handing one out needs
	 * no lookup. The fast paths use pointers: kernels with UBSAN_BOUNDS check an array index,
	 * and the call of the handler clobbers all registers.
	 */
	unsigned long clean[PTC_MAGAZINE_DEPTH];
	struct ptc_record *records[PTC_MAGAZINE_DEPTH];
	unsigned long dirty[PTC_MAGAZINE_DEPTH];
	unsigned long away[2][PTC_AWAY_MAX];	/* other nodes' tables, clean and dirty */
};

unsigned int ptc_magazine_depth(unsigned int order);
bool ptc_magazine_take(struct pt_cache *cache, unsigned long *pfn, bool *from_block);
void ptc_magazine_fill(struct pt_cache *cache, const unsigned long *pfns, unsigned int nr);
void ptc_magazine_keep_dirty(struct pt_cache *cache, const struct ptc_node *node,
			     const unsigned long *pfns, unsigned int nr);
void ptc_magazine_away(struct pt_cache *cache, struct ptc_magazine *magazine, unsigned long pfn,
		       bool dirty);
void ptc_magazine_overflow(struct pt_cache *cache, struct ptc_magazine *magazine, bool dirty);
void ptc_magazine_drain(struct pt_cache *cache, struct ptc_magazine *magazine);

#endif /* PTC_ALLOC_MAGAZINE_H */
