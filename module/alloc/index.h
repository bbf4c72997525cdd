/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a page frame number to the block that holds it: two loads on the fast path, where an
 * xarray would cost more than all the rest of a free. A directory covers the physical address
 * space, a leaf 16 regions of 2M. Readers need RCU (interrupts off will do) and no lock.
 */
#ifndef PTC_ALLOC_INDEX_H
#define PTC_ALLOC_INDEX_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "alloc/block.h"

/* Small leaves keep the side tables below 1% when the blocks lie far apart. */
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
 * Returns the first of the blocks in the 2M region of @pfn, or NULL.
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

/* Returns the block that @pfn lies in, or NULL. Context: as ptc_index_region(). */
static __always_inline struct ptc_block *ptc_index_find(unsigned long pfn)
{
	struct ptc_block *block = ptc_index_region(pfn);

	while (block && unlikely(pfn - block->pfn >= block->span))
		block = rcu_dereference_check(block->next, rcu_read_lock_any_held());
	return block;
}

/*
 * Most tables that move together are of one block, which is looked up once: of the pages from its
 * first on, so many are certainly the block's. None of one that has lost pages: what it has lost
 * may be a younger one's by now, and each is looked up. (It lost it before that could be taken. So
 * for tables that are out, or that the caller holds, the answer stays true with interrupts off.)
 */
static __always_inline unsigned int ptc_index_reach(const struct ptc_block *block)
{
	return READ_ONCE(block->pages) == block->span ? block->span : 0;
}

int ptc_index_prepare(unsigned long pfn, gfp_t gfp);
void ptc_index_insert(struct ptc_block *block);
void ptc_index_remove(struct ptc_block *block);
struct ptc_block *ptc_index_next(unsigned long pfn);
unsigned long ptc_index_bytes(void);
void ptc_index_exit(void);

#endif /* PTC_ALLOC_INDEX_H */
