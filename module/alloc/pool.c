// SPDX-License-Identifier: GPL-2.0
/*
 * The blocks of each node, in groups by how full they are, and the moves between them.
 *
 * Locks, in this order: ptc_pools_sem (which pools exist; never around an allocation, and only
 * tried from reclaim), then either node->lock (one node's blocks; interrupts off, since tables are
 * given back in any context; innermost, nothing is taken inside it) or the index's lock.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "alloc/index.h"
#include "alloc/node.h"
#include "alloc/pool.h"
#include "alloc/supply.h"
#include "alloc/worker.h"
#include "counters.h"
#include "selftest_hooks.h"
#include "table/record.h"

LIST_HEAD(ptc_pools);
DECLARE_RWSEM(ptc_pools_sem);

static void node_init(struct ptc_node *node, struct ptc_pool *pool, int nid)
{
	int group;

	raw_spin_lock_init(&node->lock);
	for (group = 0; group < PTC_NR_GROUPS; group++)
		INIT_LIST_HEAD(&node->groups[group]);
	INIT_LIST_HEAD(&node->dirty_blocks);
	INIT_LIST_HEAD(&node->lent_blocks);
	node->nid = nid;
	node->pool = pool;
	node->refill_after = jiffies;
	node->hurry_until = jiffies;
	node->look_after = jiffies;
	atomic_set(&node->stock_asked, 0);
	init_waitqueue_head(&node->stock_wait);
	ptc_worker_init(node);
}

/* A pool without blocks, not yet in ptc_pools. Context: process context, may sleep. */
struct ptc_pool *ptc_pool_new(unsigned long flags, struct pt_cache_lender *lender)
{
	struct ptc_pool *pool;
	int nid;

	pool = ptc_fallible(kzalloc(struct_size(pool, nodes, nr_node_ids), GFP_KERNEL), NULL);
	if (!pool)
		return NULL;
	pool->flags = flags;
	pool->lender = lender;
	for_each_node(nid) {
		int near = node_state(nid, N_MEMORY) ? nid : NUMA_NO_NODE;

		pool->nodes[nid] = ptc_fallible(kzalloc_node(sizeof(*pool->nodes[nid]),
							     GFP_KERNEL, near), NULL);
		if (!pool->nodes[nid]) {
			ptc_pool_free(pool);
			return NULL;
		}
		node_init(pool->nodes[nid], pool, nid);
	}
	return pool;
}

/*
 * Give back a pool that no cache uses and nobody finds in ptc_pools any more. Every page is in a
 * block: the caches have drained their magazines and have no table out.
 * Context: process context, may sleep.
 */
void ptc_pool_free(struct ptc_pool *pool)
{
	int nid;

	for_each_node(nid) {
		struct ptc_node *node = pool->nodes[nid];
		LIST_HEAD(blocks);

		if (!node)
			continue;
		ptc_worker_cancel(node);
		while (ptc_node_isolate_empty(node, true, PTC_BATCH_MAX, &blocks))
			ptc_supply_return(&blocks);
		WARN_ON_ONCE(node->blocks);
		kfree_rcu(node, rcu); /* reports may be reading it, or a block that points to it */
	}
	kfree_rcu(pool, rcu);
}

/* Is there a pool that lends? Context: process context, may sleep. */
bool ptc_pool_lends(void)
{
	struct ptc_pool *pool;
	bool lends = false;

	down_read(&ptc_pools_sem);
	list_for_each_entry(pool, &ptc_pools, link)
		lends |= pool->lender != NULL;
	up_read(&ptc_pools_sem);
	return lends;
}

static bool is_empty_group(enum ptc_group group)
{
	return group == PTC_GROUP_EMPTY || group == PTC_GROUP_EMPTY_DIRTY;
}

/* Move the block to where it belongs after a change. The node's lock is held. */
void ptc_node_regroup(struct ptc_node *node, struct ptc_block *block)
{
	enum ptc_group group = ptc_block_group(block);

	if (block->group != group) {
		if (is_empty_group(block->group))
			node->empty -= block->pages;
		if (is_empty_group(group))
			node->empty += block->pages;
		block->group = group;
		list_move(&block->link, &node->groups[group]);
	}
	if (block->nr_dirty && list_empty(&block->dirty_link))
		list_add_tail(&block->dirty_link, &node->dirty_blocks);
	else if (!block->nr_dirty && !list_empty(&block->dirty_link))
		list_del_init(&block->dirty_link);
}

static unsigned long *clean_of(struct ptc_node *node, struct ptc_block *block)
{
	return block->reserve ? &node->reserve_clean : &node->clean;
}

static unsigned int take_from(struct ptc_node *node, struct ptc_block *block, unsigned int order,
			      unsigned int nr, unsigned long *pfns)
{
	unsigned int got = ptc_block_take(block, order, nr, pfns);

	if (got) {
		*clean_of(node, block) -= got << order;
		ptc_node_regroup(node, block);
	}
	return got;
}

/*
 * For runs of several pages a block may disappoint although it counts enough pages. How many are
 * looked at under the lock has to end somewhere.
 */
#define TRIES_PER_GROUP	16

/*
 * Take up to @nr clean tables of 2^order pages, from the fullest blocks first, never from the
 * reserve. Returns how many; 0 is common. Context: any.
 */
unsigned int ptc_node_take(struct ptc_node *node, unsigned int order, unsigned int nr,
			   unsigned long *pfns)
{
	struct ptc_block *block, *next;
	unsigned int got = 0;
	unsigned long flags;
	int group;

	if (READ_ONCE(node->clean) >> order == 0)
		return 0;
	flags = ptc_node_lock(node);
	for (group = PTC_GROUP_QUARTER; group <= PTC_GROUP_EMPTY && got < nr; group++) {
		int tries = TRIES_PER_GROUP;

		list_for_each_entry_safe(block, next, &node->groups[group], link) {
			if (block->nr_clean >> order)
				got += take_from(node, block, order, nr - got, pfns + got);
			if (got == nr || (order && !--tries))
				break;
		}
	}
	ptc_node_unlock(node, flags);
	return got;
}

/*
 * As ptc_node_take(), but the caller clears the tables. Those of the reserve are for the worker
 * alone, which puts them back there.
 */
unsigned int ptc_node_take_dirty(struct ptc_node *node, unsigned int order, unsigned int nr,
				 bool reserve_too, unsigned long *pfns)
{
	struct ptc_block *block, *next;
	int tries = TRIES_PER_GROUP;
	unsigned int got = 0;
	unsigned long flags;

	if (!READ_ONCE(node->dirty))
		return 0;
	flags = ptc_node_lock(node);
	list_for_each_entry_safe(block, next, &node->dirty_blocks, dirty_link) {
		unsigned int clean = block->nr_clean, dirty = block->nr_dirty;

		if (block->reserve && !reserve_too)
			continue;
		got += ptc_block_take_dirty(block, order, nr - got, pfns + got);
		*clean_of(node, block) -= clean - block->nr_clean;
		node->dirty -= dirty - block->nr_dirty;
		ptc_node_regroup(node, block);
		if (got == nr || !--tries)
			break;
	}
	ptc_node_unlock(node, flags);
	return got;
}

/*
 * Take one table from the reserve. Only for requests that may not sleep. Context: any.
 * Returns 1 or 0.
 */
unsigned int ptc_node_take_reserve(struct ptc_node *node, unsigned int order, unsigned long *pfn)
{
	struct ptc_block *block, *next;
	unsigned int got = 0;
	unsigned long flags;

	flags = ptc_node_lock(node);
	list_for_each_entry_safe(block, next, &node->groups[PTC_GROUP_RESERVE], link) {
		got = take_from(node, block, order, 1, pfn);
		if (got)
			break;
	}
	ptc_node_unlock(node, flags);
	return got;
}

/*
 * Put tables back into their blocks, whichever nodes they are of. Nobody else holds them. Clean
 * ones count as dirty once recycling has ended; deciding that under the lock leaves none behind
 * ptc_node_distrust(), which takes it later.
 * Context: any.
 */
void ptc_node_put(const unsigned long *pfns, unsigned int nr, unsigned int order, bool dirty)
{
	struct ptc_node *node = NULL;
	unsigned int i, put;
	unsigned long flags;

	local_irq_save(flags);
	for (i = 0; i < nr; i += put) {
		struct ptc_block *block = ptc_index_find(pfns[i]);

		if (node != block->node) {
			if (node)
				raw_spin_unlock(&node->lock);
			node = block->node;
			raw_spin_lock(&node->lock);
			ptc_count(PTC_node_locks);
			dirty |= !READ_ONCE(ptc_recycling);
		}
		put = ptc_block_put(block, ptc_index_reach(block), pfns + i, nr - i, order, dirty);
		if (dirty)
			node->dirty += put << order;
		else
			*clean_of(node, block) += put << order;
		ptc_node_regroup(node, block);
	}
	if (node)
		raw_spin_unlock(&node->lock);
	local_irq_restore(flags);
}

/* Let a new block in; its maker may have taken pages from it already. Context: process. */
void ptc_node_add(struct ptc_node *node, struct ptc_block *block, bool reserve)
{
	unsigned long flags = ptc_node_lock(node);

	block->reserve = reserve;
	block->group = ptc_block_group(block);
	list_add(&block->link, &node->groups[block->group]);
	if (node->pool->lender) {
		block->look_round = node->look_round;
		list_add_tail(&block->lent_link, &node->lent_blocks);
	}
	if (is_empty_group(block->group))
		node->empty += block->pages;
	*clean_of(node, block) += block->nr_clean;
	node->pages += block->pages;
	node->blocks++;
	node->record_bytes += sizeof(*block) + (sizeof(struct ptc_record) << block->order);
	ptc_node_unlock(node, flags);
}

/* May the block leave the reserve? All its pages are out for long, or it is more than is needed. */
static bool out_of_reserve(const struct ptc_node *node, const struct ptc_block *block)
{
	if (!block->nr_clean)
		return !block->nr_dirty || !READ_ONCE(ptc_recycling);
	return ptc_block_empty(block) &&
	       node->reserve_clean - block->nr_clean >= PTC_RESERVE_LOW;
}

/* Let blocks go that are no use to the reserve: they become ordinary ones. Context: process. */
void ptc_node_settle_reserve(struct ptc_node *node)
{
	struct ptc_block *block, *next;
	unsigned long flags;

	flags = ptc_node_lock(node);
	list_for_each_entry_safe(block, next, &node->groups[PTC_GROUP_RESERVE], link) {
		if (!out_of_reserve(node, block))
			continue;
		node->reserve_clean -= block->nr_clean;
		block->reserve = false;
		node->clean += block->nr_clean;
		ptc_node_regroup(node, block);
	}
	ptc_node_unlock(node, flags);
}

/* Recycling is off: what is in now is not handed out again. Context: process. */
void ptc_node_distrust(struct ptc_node *node)
{
	struct ptc_block *block, *next;
	unsigned long flags;
	int group;

	flags = ptc_node_lock(node);
	for (group = 0; group < PTC_NR_GROUPS; group++) {
		list_for_each_entry_safe(block, next, &node->groups[group], link) {
			*clean_of(node, block) -= block->nr_clean;
			node->dirty += block->nr_clean;
			ptc_block_distrust(block);
			ptc_node_regroup(node, block);
		}
	}
	ptc_node_unlock(node, flags);
}

/* The block goes on without the pages. The node's lock is held. */
void ptc_node_retire(struct ptc_block *block, unsigned int at, unsigned int order,
		     enum ptc_record_state state)
{
	unsigned int i;

	for (i = 0; i < 1U << order; i++)
		ptc_record_retire(&block->records[at + i], state);
	block->pages -= 1U << order;
	block->node->pages -= 1UL << order;
	ptc_node_regroup(block->node, block);
}

/*
 * Never use a table again that was found dirty: whoever wrote to it may write again. Its block
 * goes on without it and leaves it out when it is given back. Context: any.
 */
void ptc_node_quarantine(unsigned long pfn, unsigned int order)
{
	struct ptc_block *block;
	unsigned long flags;

	local_irq_save(flags);
	block = ptc_index_find(pfn);
	raw_spin_lock(&block->node->lock);
	ptc_count(PTC_node_locks);
	ptc_node_retire(block, pfn - block->pfn, order, PTC_QUARANTINED);
	raw_spin_unlock(&block->node->lock);
	local_irq_restore(flags);
	ptc_count_add(PTC_quarantined_pages, 1UL << order);
}

/*
 * Take up to @nr whole empty blocks out of the node; nobody else finds them in the lists, and the
 * caller gives them back outside the lock. Returns how many. Context: process.
 */
unsigned int ptc_node_isolate_empty(struct ptc_node *node, bool reserve_too, unsigned int nr,
				    struct list_head *blocks)
{
	static const enum ptc_group order[] = {
		PTC_GROUP_EMPTY_DIRTY, PTC_GROUP_EMPTY, PTC_GROUP_RESERVE,
	};
	struct ptc_block *block, *next;
	unsigned int got = 0;
	unsigned long flags;
	int i;

	flags = ptc_node_lock(node);
	for (i = 0; i < (reserve_too ? 3 : 2); i++) {
		list_for_each_entry_safe(block, next, &node->groups[order[i]], link) {
			if (got == nr)
				break;
			if (!ptc_block_empty(block))
				continue;
			*clean_of(node, block) -= block->nr_clean;
			if (is_empty_group(block->group))
				node->empty -= block->pages;
			node->dirty -= block->nr_dirty;
			node->pages -= block->pages;
			node->blocks--;
			node->record_bytes -= sizeof(*block) +
				(sizeof(struct ptc_record) << block->order);
			list_del_init(&block->dirty_link);
			list_del_init(&block->lent_link);
			list_move_tail(&block->link, blocks);
			got++;
		}
	}
	ptc_node_unlock(node, flags);
	return got;
}

/*
 * Take up to @nr single pages for good out of blocks that are not empty. Their blocks stay split
 * and lose them, so this is for the moment before somebody is killed for memory.
 * Returns how many; the caller frees them. Context: process.
 */
unsigned int ptc_node_isolate_pages(struct ptc_node *node, unsigned int nr, unsigned long *pfns)
{
	struct ptc_block *block, *next;
	unsigned int got = 0;
	unsigned long flags;
	int group;

	flags = ptc_node_lock(node);
	for (group = PTC_GROUP_QUARTER; group < PTC_NR_GROUPS && got < nr; group++) {
		list_for_each_entry_safe(block, next, &node->groups[group], link) {
			unsigned int i, took = ptc_block_take(block, 0, nr - got, pfns + got);

			for (i = got; i < got + took; i++)
				ptc_record_retire(&block->records[pfns[i] - block->pfn],
						  PTC_RETURNED);
			*clean_of(node, block) -= took;
			if (is_empty_group(block->group))
				node->empty -= took;
			block->pages -= took;
			node->pages -= took;
			got += took;
			ptc_node_regroup(node, block);
			if (got == nr)
				break;
		}
	}
	ptc_node_unlock(node, flags);
	return got;
}
