// SPDX-License-Identifier: GPL-2.0
/*
 * The blocks of a node, in groups by how full they are, and the moves between them.
 *
 * Locks: node->lock, with interrupts off, since tables are freed in any context. It is innermost:
 * no other lock is acquired while it is held.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "alloc/index.h"
#include "alloc/node.h"
#include "alloc/recycling.h"
#include "alloc/workqueue.h"

void ptc_node_init(struct ptc_node *node, struct ptc_pool *pool, int nid, work_func_t work)
{
	int group;

	raw_spin_lock_init(&node->lock);
	for (group = 0; group < PTC_NR_GROUPS; group++)
		INIT_LIST_HEAD(&node->groups[group]);
	INIT_LIST_HEAD(&node->dirty_blocks);
	INIT_LIST_HEAD(&node->round_blocks);
	node->nid = nid;
	node->pool = pool;
	node->refill_after = jiffies;
	node->hurry_until = jiffies;
	node->look_after = jiffies;
	atomic_set(&node->stock_asked, 0);
	init_waitqueue_head(&node->stock_wait);
	INIT_WORK(&node->work, work);
}

/* Have the node's worker run. Context: any but NMI. */
void ptc_node_kick(struct ptc_node *node)
{
	ptc_work_queue(&node->work);
}

/*
 * Wait until what was asked of the worker is done; it holds tables while it clears them.
 * Context: process context, may sleep; ptc_pools_sem may be held for reading, the worker never
 * waits for it.
 */
void ptc_node_flush(struct ptc_node *node)
{
	flush_work(&node->work);
}

/* The node's pool is out of ptc_pools, so nobody kicks any more. Context: may sleep. */
void ptc_node_cancel(struct ptc_node *node)
{
	cancel_work_sync(&node->work);
}

static bool node_group_is_empty(enum ptc_group group)
{
	return group == PTC_GROUP_EMPTY || group == PTC_GROUP_EMPTY_DIRTY;
}

static struct ptc_share node_share(u64 word)
{
	struct ptc_share share;

	memcpy(&share, &word, sizeof(share));
	return share;
}

static unsigned long *node_clean_of(struct ptc_node_sums *sums, struct ptc_share share)
{
	return share.reserve ? &sums->reserve_clean : &sums->clean;
}

/* Is all the same but how many pages are clean and dirty? */
static bool node_same_place(u64 before, u64 after)
{
	const union { struct ptc_share share; u64 word; } counts = {
		.share = { .nr_clean = U16_MAX, .nr_dirty = U16_MAX },
	};

	return !((before ^ after) & ~counts.word);
}

/*
 * A block adds @after to the sums of its node, where it added @before (struct ptc_share, as a word;
 * 0: nothing). The only writer of the sums. The node's lock is held.
 */
static __always_inline void node_account(struct ptc_node *node, u64 before, u64 after)
{
	struct ptc_share was = node_share(before), is = node_share(after);
	struct ptc_node_sums *sums = &node->sums;

	sums->dirty += is.nr_dirty - was.nr_dirty;
	if (likely(node_same_place(before, after))) {
		*node_clean_of(sums, is) += is.nr_clean - was.nr_clean;
		return;
	}
	*node_clean_of(sums, was) -= was.nr_clean;
	*node_clean_of(sums, is) += is.nr_clean;
	sums->pages += is.pages - was.pages;
	if (node_group_is_empty(was.group))
		sums->empty -= was.pages;
	if (node_group_is_empty(is.group))
		sums->empty += is.pages;
}

static noinline void node_move(struct ptc_node *node, struct ptc_block *block,
			       enum ptc_group group)
{
	block->group = group;
	list_move(&block->link, &node->groups[group]);
}

static noinline void node_move_dirty(struct ptc_node *node, struct ptc_block *block)
{
	if (block->nr_dirty)
		list_add_tail(&block->dirty_link, &node->dirty_blocks);
	else
		list_del_init(&block->dirty_link);
}

/* See ptc_node_update(): tables are taken and put block by block, so this is inlined there. */
static __always_inline void node_update(struct ptc_node *node, struct ptc_block *block,
					u64 before)
{
	enum ptc_group group = ptc_block_group(block);

	if (block->group != group)
		node_move(node, block, group);
	if (list_empty(&block->dirty_link) != !block->nr_dirty)
		node_move_dirty(node, block);
	node_account(node, before, block->share_word);
}

/*
 * The block has changed; @before is its share before that. Move it to where it belongs now, and
 * bring the node's sums up to date. The node's lock is held.
 */
void ptc_node_update(struct ptc_block *block, u64 before)
{
	node_update(block->node, block, before);
}

/* What the node has of a block beside its pages: @sign 1, or -1 when it goes. Lock as above. */
static void node_account_block(struct ptc_node *node, const struct ptc_block *block, long sign)
{
	node->blocks += sign;
	node->record_bytes += sign * (sizeof(*block) + (sizeof(struct ptc_record) << block->order));
}

static unsigned int node_take_from(struct ptc_block *block, unsigned int order, unsigned int nr,
				   unsigned long *pfns)
{
	u64 before = block->share_word;
	unsigned int got = ptc_block_take(block, order, nr, pfns);

	if (got)
		node_update(block->node, block, before);
	return got;
}

/*
 * For runs of several pages a block may disappoint although it counts enough pages. How many are
 * looked at under the lock has to end somewhere.
 */
#define NODE_TRIES	16

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

	if (READ_ONCE(node->sums.clean) >> order == 0)
		return 0;
	flags = ptc_node_lock(node);
	for (group = PTC_GROUP_QUARTER; group <= PTC_GROUP_EMPTY && got < nr; group++) {
		int tries = NODE_TRIES;

		list_for_each_entry_safe(block, next, &node->groups[group], link) {
			if (block->nr_clean >> order)
				got += node_take_from(block, order, nr - got, pfns + got);
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
	int tries = NODE_TRIES;
	unsigned int got = 0;
	unsigned long flags;

	if (!READ_ONCE(node->sums.dirty))
		return 0;
	flags = ptc_node_lock(node);
	list_for_each_entry_safe(block, next, &node->dirty_blocks, dirty_link) {
		u64 before = block->share_word;

		if (block->reserve && !reserve_too)
			continue;
		got += ptc_block_take_dirty(block, order, nr - got, pfns + got);
		ptc_node_update(block, before);
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
		got = node_take_from(block, order, 1, pfn);
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
		u64 before;

		if (node != block->node) {
			if (node)
				raw_spin_unlock(&node->lock);
			node = block->node;
			raw_spin_lock(&node->lock);
			ptc_count(PTC_node_locks);
			dirty |= !READ_ONCE(ptc_recycling);
		}
		before = block->share_word;
		put = ptc_block_put(block, ptc_index_reach(block), pfns + i, nr - i, order, dirty);
		node_update(node, block, before);
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
	block->look_round = node->look_round;
	list_add_tail(&block->round_link, &node->round_blocks);
	ptc_node_update(block, 0);
	node_account_block(node, block, 1);
	ptc_node_unlock(node, flags);
}

/* May the block leave the reserve? All its pages are out for long, or it is more than is needed. */
static bool node_may_leave_reserve(const struct ptc_node *node, const struct ptc_block *block)
{
	if (!block->nr_clean)
		return !block->nr_dirty || !READ_ONCE(ptc_recycling);
	return ptc_block_empty(block) &&
	       node->sums.reserve_clean - block->nr_clean >= PTC_RESERVE_LOW;
}

/* Let blocks go that are no use to the reserve: they become ordinary ones. Context: process. */
void ptc_node_settle_reserve(struct ptc_node *node)
{
	struct ptc_block *block, *next;
	unsigned long flags;

	flags = ptc_node_lock(node);
	list_for_each_entry_safe(block, next, &node->groups[PTC_GROUP_RESERVE], link) {
		u64 before = block->share_word;

		if (!node_may_leave_reserve(node, block))
			continue;
		block->reserve = false;
		ptc_node_update(block, before);
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
			u64 before = block->share_word;

			ptc_block_distrust(block);
			ptc_node_update(block, before);
		}
	}
	ptc_node_unlock(node, flags);
}

/* The block goes on without the pages. The node's lock is held. */
void ptc_node_retire(struct ptc_block *block, unsigned int at, unsigned int order,
		     enum ptc_record_state state)
{
	u64 before = block->share_word;
	unsigned int i;

	for (i = 0; i < 1U << order; i++)
		ptc_record_retire(&block->records[at + i], state);
	block->pages -= 1U << order;
	ptc_node_update(block, before);
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
			node_account(node, block->share_word, 0);
			node_account_block(node, block, -1);
			list_del_init(&block->dirty_link);
			list_del_init(&block->round_link);
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
			u64 before = block->share_word;
			unsigned int i, took = ptc_block_take(block, 0, nr - got, pfns + got);

			for (i = got; i < got + took; i++)
				ptc_record_retire(&block->records[pfns[i] - block->pfn],
						  PTC_RETURNED);
			block->pages -= took;
			got += took;
			ptc_node_update(block, before);
			if (got == nr)
				break;
		}
	}
	ptc_node_unlock(node, flags);
	return got;
}
