/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU's magazine. Interrupts are off in every function here but ptc_magazine_take(), and the
 * magazine is this CPU's own (or that of a CPU that is gone).
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
 * Of a magazine, so much is moved in or out at a time. Less would mean more takes of the node's
 * lock, all would let who gets and frees a few tables in turn take it for each of them.
 */
static inline unsigned int ptc_magazine_move(unsigned int depth)
{
	return depth ? depth * 3 / 4 : 1;
}

/*
 * One CPU's tables of one cache. Touched with interrupts off, by this CPU alone: a drain comes by
 * IPI, and a CPU that is gone is drained for it.
 */
struct ptc_magazine {
	struct ptc_node *node;	/* whose tables it holds; fixed */
	unsigned int nr_clean;
	unsigned int nr_dirty;
	u64 hits;		/* handed out from here */
	u64 misses;		/* handed out past it */
	u64 frees;
	u64 atomic_misses;	/* NULL for a request that may not sleep */
	u64 fallbacks;		/* handed out past it, from less than a 2M block */
	unsigned int nr_away[2];
	/*
	 * Page frames of tables, and the records of clean ones, so that handing one out looks nothing
	 * up. The fast paths reach them by pointers: of an index some kernels check the bounds, by a
	 * call that costs all registers.
	 */
	unsigned long clean[PTC_MAGAZINE_DEPTH];
	struct ptc_record *records[PTC_MAGAZINE_DEPTH];
	unsigned long dirty[PTC_MAGAZINE_DEPTH];
	unsigned long away[2][PTC_AWAY_MAX];	/* other nodes', clean and dirty, on their way home */
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
