/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A block: 512 pages, 2M aligned, or a smaller aligned run in its place. Two bitmaps record which
 * pages are in the block: clean (zeroed) or dirty. A page in neither is out of the block: handed
 * out, in a magazine, or being cleared. Knows nothing of page tables, nodes or locks.
 */
#ifndef PTC_ALLOC_BLOCK_H
#define PTC_ALLOC_BLOCK_H

#include <linux/bitmap.h>
#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "trace/source.h"

#define PTC_BLOCK_ORDER	9
#define PTC_BLOCK_PAGES	(1U << PTC_BLOCK_ORDER)

struct ptc_node;
struct ptc_record;

/*
 * The list of its node that a block is on, most used blocks first. Allocating from the most used
 * lets the others become empty, and only an empty block can go back to the page allocator whole.
 */
enum ptc_group {
	PTC_GROUP_SPENT,	/* no clean page */
	PTC_GROUP_QUARTER,	/* up to a quarter of its pages are clean */
	PTC_GROUP_HALF,
	PTC_GROUP_MOST,
	PTC_GROUP_NEARLY,
	PTC_GROUP_EMPTY,	/* every page is in, at least one is clean */
	PTC_GROUP_EMPTY_DIRTY,	/* every page is in, none is clean */
	PTC_GROUP_RESERVE,	/* for requests that may not sleep */
	PTC_NR_GROUPS,
	PTC_NO_GROUP = PTC_NR_GROUPS,	/* on no list of a node */
};

struct ptc_block {
	/* protected by the node's lock */
	struct list_head link;		/* on node->groups[group] */
	struct list_head dirty_link;	/* on node->dirty_blocks while nr_dirty > 0 */
	struct list_head all_link;	/* on node->all_blocks */
	bool distrusted;		/* no clean page of it was used before recycling ended */
	/* for collect.c: the looks at the block's lent tables that are made from time to time */
	struct list_head look_link;	/* on node->look_lists[look_level] */
	unsigned long looked_at;	/* jiffies; the end of the last complete look */
	u16 look_from;			/* the page at which the next look resumes */
	u8 look_level;
	bool look_found;		/* has the look that is not complete found something? */
	/* The block's share in the sums of its node: one word, so that a copy is cheap. */
	union {
		struct_group_tagged(ptc_share, share,
			u16 pages;	/* that are still ours and usable */
			u16 nr_clean;
			u16 nr_dirty;
			u8 group;
			bool reserve;
		);
		u64 share_word;
	};

	/* fixed while the block lives */
	u8 order;
	u8 origin;
	u16 span;			/* 2^order, including pages that are no longer ours */
	unsigned long pfn;		/* the first page frame */
	struct ptc_node *node;
	struct ptc_record *records;	/* one per page */

	struct ptc_block __rcu *next;	/* the next block in the same 2M region; the index's lock */
	struct rcu_head rcu;

	DECLARE_BITMAP(clean, PTC_BLOCK_PAGES);
	DECLARE_BITMAP(dirty, PTC_BLOCK_PAGES);
};

static_assert(sizeof(struct ptc_share) == sizeof(u64));

void ptc_block_init(struct ptc_block *block, unsigned long pfn, unsigned int order,
		    enum ptc_origin origin);
unsigned int ptc_block_take(struct ptc_block *block, unsigned int order, unsigned int nr,
			    unsigned long *pfns);
unsigned int ptc_block_take_dirty(struct ptc_block *block, unsigned int order, unsigned int nr,
				  unsigned long *pfns);
void ptc_block_distrust(struct ptc_block *block);

/* Is every usable page in? Then nobody holds one, and taking one needs the node's lock. */
static inline bool ptc_block_empty(const struct ptc_block *block)
{
	return block->nr_clean + block->nr_dirty == block->pages;
}

/* Returns the group in which the block belongs now. */
static inline enum ptc_group ptc_block_group(const struct ptc_block *block)
{
	if (block->reserve)
		return PTC_GROUP_RESERVE;
	if (ptc_block_empty(block))
		return block->nr_clean ? PTC_GROUP_EMPTY : PTC_GROUP_EMPTY_DIRTY;
	if (!block->nr_clean)
		return PTC_GROUP_SPENT;
	return PTC_GROUP_QUARTER + (block->nr_clean - 1U) * 4 / block->pages;
}

/* As ptc_block_put() for single pages. */
static __always_inline unsigned int ptc_block_put_pages(unsigned long *map, unsigned long first,
							unsigned int reach,
							const unsigned long *pfns,
							unsigned int nr)
{
	unsigned long at = pfns[0] - first;
	unsigned int i = 0;

	do {
		__set_bit(at, map);
		if (++i == nr)
			break;
		at = pfns[i] - first;
	} while (at < reach);
	return i;
}

/*
 * Put runs of 2^order pages back into the block: inline, as it is on the way of each table that is
 * freed on another CPU or out of order. The first run belongs to the block; others follow
 * up to one that begins beyond the block's first @reach pages.
 * Returns how many, at most @nr.
 */
static __always_inline unsigned int ptc_block_put(struct ptc_block *block, unsigned int reach,
						  const unsigned long *pfns, unsigned int nr,
						  unsigned int order, bool dirty)
{
	unsigned long *map = dirty ? block->dirty : block->clean;

	if (!order) {
		nr = ptc_block_put_pages(map, block->pfn, reach, pfns, nr);
	} else {
		bitmap_set(map, pfns[0] - block->pfn, 1U << order);
		nr = 1;
	}
	if (dirty)
		block->nr_dirty += nr << order;
	else
		block->nr_clean += nr << order;
	return nr;
}

#endif /* PTC_ALLOC_BLOCK_H */
