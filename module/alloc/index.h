/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The index: finds the block of a page frame number. Two lookups on the fast path, where an xarray
 * would cost more than all the rest of a free. A directory covers the physical address space, a
 * leaf 16 regions of 2M. Readers need an RCU read-side section (interrupts off will do) and no
 * lock.
 */
#ifndef PTC_ALLOC_INDEX_H
#define PTC_ALLOC_INDEX_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "alloc/block.h"

/*
 * Small leaves keep the side tables below 1% of the blocks' memory even if the blocks are
 * scattered.
 */
#define PTC_LEAF_ORDER		4
#define PTC_LEAF_REGIONS	(1U << PTC_LEAF_ORDER)

struct ptc_leaf {
	struct ptc_block __rcu *regions[PTC_LEAF_REGIONS];
};

struct ptc_directory {
	struct rcu_head rcu;
	unsigned long nr;
	struct ptc_leaf __rcu *leaves[];
};

extern struct ptc_directory __rcu *ptc_directory;

/*
 * Returns the first of the blocks in the 2M region of @pfn, or NULL. They are linked by ->next.
 * Context: an RCU read-side section, in which the result stays valid.
 */
static __always_inline struct ptc_block *ptc_index_region(unsigned long pfn)
{
	unsigned long region = pfn >> PTC_BLOCK_ORDER, at = region >> PTC_LEAF_ORDER;
	struct ptc_directory *directory;
	struct ptc_leaf *leaf;

	directory = rcu_dereference_check(ptc_directory, rcu_read_lock_any_held());
	if (unlikely(at >= directory->nr))
		return NULL;
	leaf = rcu_dereference_check(directory->leaves[at], rcu_read_lock_any_held());
	if (unlikely(!leaf))
		return NULL;
	return rcu_dereference_check(leaf->regions[region & (PTC_LEAF_REGIONS - 1)],
				     rcu_read_lock_any_held());
}

/* Returns the block that holds @pfn, or NULL. Context: as ptc_index_region(). */
static __always_inline struct ptc_block *ptc_index_find(unsigned long pfn)
{
	struct ptc_block *block = ptc_index_region(pfn);

	while (block && unlikely(pfn - block->pfn >= block->span))
		block = rcu_dereference_check(block->next, rcu_read_lock_any_held());
	return block;
}

/*
 * Tables that move in a batch mostly belong to one block, which is then looked up once.
 * Returns how many pages, from the block's first, certainly belong to it: all of its span, or 0 if
 * it has lost pages. A lost page may belong to a newer block by now, so each page must be looked
 * up. (The block loses a page before another block can get it. So with interrupts off the answer
 * stays valid for tables that are out or that the caller holds.)
 */
static __always_inline unsigned int ptc_index_reach(const struct ptc_block *block)
{
	return READ_ONCE(block->pages) == block->span ? block->span : 0;
}

int ptc_index_prepare(unsigned long pfn, gfp_t gfp);
void ptc_index_insert(struct ptc_block *block);
void ptc_index_remove(struct ptc_block *block);
struct ptc_block *ptc_index_next(unsigned long pfn, unsigned long end, const struct ptc_node *node);
unsigned long ptc_index_bytes(void);
void ptc_index_exit(void);

#endif /* PTC_ALLOC_INDEX_H */
