// SPDX-License-Identifier: GPL-2.0
/*
 * The blocks of a node, in groups by how full they are, and the moves between the groups.
 *
 * Locks: node->lock, with interrupts off, since tables are freed in any context. It is innermost:
 * no other lock is acquired while it is held, nothing is queued, traced or printed, and it is held
 * for list and bitmap work on at most PTC_BATCH_MAX tables or blocks.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "alloc/index.h"
#include "alloc/node.h"
#include "alloc/recycling.h"
#include "alloc/workqueue.h"

void ptc_node_init(struct ptc_node *node, struct ptc_pool *pool, int nid, work_func_t clear,
		   work_func_t supply)
{
	int i;

	raw_spin_lock_init(&node->lock);
	for (i = 0; i < PTC_NR_GROUPS; i++)
		INIT_LIST_HEAD(&node->groups[i]);
	INIT_LIST_HEAD(&node->dirty_blocks);
	INIT_LIST_HEAD(&node->all_blocks);
	for (i = 0; i < ARRAY_SIZE(node->look_lists); i++)
		INIT_LIST_HEAD(&node->look_lists[i]);
	node->nid = nid;
	node->pool = pool;
	node->refill_after = jiffies;
	node->grow_after = jiffies;
	node->drain_after = jiffies;
	node->hurry_until = jiffies;
	node->look_paid = jiffies;
	node->collect_after = jiffies;
	node->missed_at = jiffies - HZ * 3600UL; /* long ago */
	atomic_set(&node->stock_asked, 0);
	init_waitqueue_head(&node->stock_wait);
	INIT_WORK(&node->clear_work, clear);
	INIT_WORK(&node->supply_work, supply);
}

/* Have dirty tables cleared. Context: any but NMI. */
void ptc_node_kick_clear(struct ptc_node *node)
{
	ptc_work_queue_clear(&node->clear_work);
}

/* Have tables made ready ahead of need. Context: any but NMI. */
void ptc_node_kick_supply(struct ptc_node *node)
{
	ptc_work_queue(&node->supply_work);
}

/* Wait for the node's work, which holds tables while it clears them. Context: may sleep. */
void ptc_node_flush(struct ptc_node *node)
{
	flush_work(&node->clear_work);
	flush_work(&node->supply_work);
}

/* Is the node's work queued or running? The answer may be stale. Context: any. */
bool ptc_node_busy(struct ptc_node *node)
{
	return work_busy(&node->clear_work) || work_busy(&node->supply_work);
}

/* Cancel the node's work and wait for it. Context: may sleep. */
void ptc_node_cancel(struct ptc_node *node)
{
	cancel_work_sync(&node->supply_work);
	cancel_work_sync(&node->clear_work);
}

/*
 * Count what is free in the blocks as memory that the kernel can reclaim, or MemAvailable would
 * miss it. Caller holds the node's lock.
 */
void ptc_node_tell(struct ptc_node *node)
{
	unsigned long nr_free = ptc_node_free_pages(node);

	/* interrupts are off */
	__mod_node_page_state(NODE_DATA(node->nid), NR_KERNEL_MISC_RECLAIMABLE,
			      nr_free - node->told);
	node->told = nr_free;
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
 * Replace a block's share @before in the sums of its node by @after (struct ptc_share, as a word; 0
 * is no share). The only writer of the sums. Caller holds the node's lock.
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

static __always_inline void node_move_dirty(struct ptc_node *node, struct ptc_block *block)
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
 * Update the list and the sums of the node after a change of the block; @before is its share before
 * that. Caller holds the node's lock.
 */
void ptc_node_update(struct ptc_block *block, u64 before)
{
	node_update(block->node, block, before);
}

/*
 * Account for a block as such, apart from its pages: @sign is 1, or -1 when it goes. Caller holds
 * the node's lock.
 */
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
 * Bounds the blocks that are tried under the lock: a block with enough pages may still have no
 * aligned run of several, and one of the reserve may have no clean page.
 */
#define NODE_TRIES	16

/* The tries are used up: begin with the next one, if there is one, another time. */
static void node_begin_with(struct list_head *next, struct list_head *list)
{
	if (next != list)
		list_rotate_to_front(next, list);
}

/*
 * Take up to @nr clean tables of 2^order pages, from the most used blocks first, never from the
 * reserve.
 * Context: any but NMI, with interrupts off.
 * Returns how many; 0 is common.
 */
unsigned int ptc_node_take(struct ptc_node *node, unsigned int order, unsigned int nr,
			   unsigned long *pfns)
{
	struct ptc_block *block, *next;
	unsigned int got = 0;
	int group;

	if (READ_ONCE(node->sums.clean) >> order == 0)
		return 0;
	ptc_node_lock_irqs_off(node);
	for (group = PTC_GROUP_QUARTER; group <= PTC_GROUP_EMPTY && got < nr; group++) {
		int tries = NODE_TRIES;

		list_for_each_entry_safe(block, next, &node->groups[group], link) {
			if (block->nr_clean >> order)
				got += node_take_from(block, order, nr - got, pfns + got);
			if (got == nr)
				break;
			if (order && !--tries) {
				node_begin_with(&next->link, &node->groups[group]);
				break;
			}
		}
	}
	ptc_node_unlock_irqs_off(node);
	return got;
}

/*
 * As ptc_node_take(), but takes dirty tables, which the caller clears. The reserve's are for the
 * worker only (@reserve_too), which puts them back there. Context: any but NMI.
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

		if (!block->reserve || reserve_too) {
			got += ptc_block_take_dirty(block, order, nr - got, pfns + got);
			node_update(node, block, before);
		}
		if (got == nr)
			break;
		if (!--tries) {
			node_begin_with(&next->dirty_link, &node->dirty_blocks);
			break;
		}
	}
	ptc_node_unlock(node, flags);
	return got;
}

/*
 * Take one table from the reserve. Only for requests that may not sleep.
 * Context: any but NMI.
 * Returns 1 or 0.
 */
unsigned int ptc_node_take_reserve(struct ptc_node *node, unsigned int order, unsigned long *pfn)
{
	struct list_head *reserve = &node->groups[PTC_GROUP_RESERVE];
	struct ptc_block *block, *next;
	int tries = NODE_TRIES;
	unsigned int got = 0;
	unsigned long flags;

	if (READ_ONCE(node->sums.reserve_clean) >> order == 0)
		return 0;
	flags = ptc_node_lock(node);
	list_for_each_entry_safe(block, next, reserve, link) {
		got = node_take_from(block, order, 1, pfn);
		if (got)
			break;
		if (!--tries) {
			node_begin_with(&next->link, reserve);
			break;
		}
	}
	ptc_node_unlock(node, flags);
	return got;
}

/*
 * Put tables that nobody else holds back into their blocks, of whichever nodes. After recycling has
 * ended clean tables are put back as dirty. This is decided under the node's lock, so that
 * ptc_node_distrust(), which acquires it later, misses none.
 * Context: any but NMI, with interrupts off.
 */
void ptc_node_put(const unsigned long *pfns, unsigned int nr, unsigned int order, bool dirty)
{
	struct ptc_node *node = NULL;
	unsigned int i, put;

	for (i = 0; i < nr; i += put) {
		struct ptc_block *block = ptc_index_find(pfns[i]);
		u64 before;

		if (node != block->node) {
			if (node)
				ptc_node_unlock_irqs_off(node);
			node = block->node;
			ptc_node_lock_irqs_off(node);
			dirty |= !READ_ONCE(ptc_recycling);
		}
		before = block->share_word;
		put = ptc_block_put(block, ptc_index_reach(block), pfns + i, nr - i, order, dirty);
		node_update(node, block, before);
	}
	if (node)
		ptc_node_unlock_irqs_off(node);
}

/* Add a new block; its maker may have taken pages from it already. Context: process. */
void ptc_node_add(struct ptc_node *node, struct ptc_block *block, bool reserve)
{
	unsigned long flags = ptc_node_lock(node);

	block->reserve = reserve;
	block->distrusted = !READ_ONCE(ptc_recycling);
	list_add_tail(&block->all_link, &node->all_blocks);
	block->look_level = 1;
	block->looked_at = jiffies;
	list_add_tail(&block->look_link, &node->look_lists[block->look_level]);
	ptc_node_update(block, 0);
	node_account_block(node, block, 1);
	ptc_node_unlock(node, flags);
}

/*
 * May the block leave the reserve? It may if it has no clean page and will get none by clearing, or
 * if it is empty and the reserve is large enough without it.
 */
static bool node_may_leave_reserve(const struct ptc_node *node, const struct ptc_block *block)
{
	if (!block->nr_clean)
		return !block->nr_dirty || !READ_ONCE(ptc_recycling);
	return ptc_block_empty(block) &&
	       node->sums.reserve_clean - block->nr_clean >= PTC_RESERVE_LOW;
}

/*
 * Turn blocks that are of no use to the reserve into ordinary ones; not all of them at once if the
 * reserve has many. Context: process.
 */
void ptc_node_settle_reserve(struct ptc_node *node)
{
	struct list_head *reserve = &node->groups[PTC_GROUP_RESERVE];
	struct ptc_block *block, *next;
	int tries = PTC_BATCH_MAX;
	unsigned long flags;

	flags = ptc_node_lock(node);
	list_for_each_entry_safe(block, next, reserve, link) {
		u64 before = block->share_word;

		if (node_may_leave_reserve(node, block)) {
			block->reserve = false;
			ptc_node_update(block, before);
		}
		if (!--tries) {
			node_begin_with(&next->link, reserve);
			break;
		}
	}
	ptc_node_unlock(node, flags);
}

/* Distrust a few blocks. Returns whether there may be more. */
static bool node_distrust_some(struct ptc_node *node)
{
	unsigned long flags = ptc_node_lock(node);
	struct ptc_block *block;
	bool more = true;
	int tries;

	for (tries = NODE_TRIES; more && tries; tries--) {
		u64 before;

		block = list_first_entry_or_null(&node->all_blocks, struct ptc_block, all_link);
		more = block && !block->distrusted;
		if (!more)
			break;
		before = block->share_word;
		ptc_block_distrust(block);
		ptc_node_update(block, before);
		block->distrusted = true;
		list_move_tail(&block->all_link, &node->all_blocks);
	}
	ptc_node_unlock(node, flags);
	return more;
}

/*
 * Recycling is off: count all pages in the blocks as dirty, so that none is handed out again. Clean
 * tables are put back as dirty by now (see ptc_node_put()), so once is enough for each block. A
 * block that is added from now on is new, and distrusted from the start: it does not make this
 * longer.
 * Context: process; may sleep.
 */
void ptc_node_distrust(struct ptc_node *node)
{
	while (node_distrust_some(node))
		cond_resched();
}

/*
 * Retire pages, which are out of the block; the block goes on without them. Caller holds the node's
 * lock.
 */
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
 * Retire a table that was found dirty: whoever wrote to it may write again. Its block goes on
 * without it, and the pages are not freed with the block.
 * Context: any but NMI.
 */
void ptc_node_quarantine(unsigned long pfn, unsigned int order)
{
	struct ptc_block *block;
	unsigned long flags;

	local_irq_save(flags);
	block = ptc_index_find(pfn);
	ptc_node_lock_irqs_off(block->node);
	ptc_node_retire(block, pfn - block->pfn, order, PTC_QUARANTINED);
	ptc_node_unlock_irqs_off(block->node);
	local_irq_restore(flags);
	ptc_count_add(PTC_quarantined_pages, 1UL << order);
}

/* Take an empty block off all lists of the node. Caller holds the node's lock. */
static void node_isolate(struct ptc_node *node, struct ptc_block *block, struct list_head *blocks)
{
	node_account(node, block->share_word, 0);
	node_account_block(node, block, -1);
	list_del_init(&block->dirty_link);
	list_del_init(&block->all_link);
	list_del_init(&block->look_link);
	list_move_tail(&block->link, blocks);
}

/*
 * Take up to @nr empty blocks off the node's lists, for the caller to return outside the lock.
 * Context: process.
 * Returns how many.
 */
unsigned int ptc_node_isolate_empty(struct ptc_node *node, bool reserve_too, unsigned int nr,
				    struct list_head *blocks)
{
	static const enum ptc_group order[] = {
		PTC_GROUP_EMPTY_DIRTY, PTC_GROUP_EMPTY, PTC_GROUP_RESERVE,
	};
	int i, tries = nr + NODE_TRIES;
	struct ptc_block *block, *next;
	unsigned int got = 0;
	unsigned long flags;

	flags = ptc_node_lock(node);
	for (i = 0; i < (reserve_too ? 3 : 2); i++) {
		struct list_head *group = &node->groups[order[i]];

		list_for_each_entry_safe(block, next, group, link) {
			if (got == nr)
				break;
			if (!tries--) {
				node_begin_with(&block->link, group);
				break;
			}
			if (ptc_block_empty(block)) {
				node_isolate(node, block, blocks);
				got++;
			}
		}
	}
	ptc_node_unlock(node, flags);
	return got;
}

/* Take up to @nr pages, clean or dirty, out of a block for good. Returns how many. */
static unsigned int node_strip(struct ptc_block *block, unsigned int nr, unsigned long *pfns)
{
	u64 before = block->share_word;
	unsigned int got = ptc_block_take(block, 0, nr, pfns), i;

	got += ptc_block_take_dirty(block, 0, nr - got, pfns + got);
	for (i = 0; i < got; i++)
		ptc_record_retire(&block->records[pfns[i] - block->pfn], PTC_RETURNED);
	block->pages -= got;
	ptc_node_update(block, before);
	return got;
}

/* As ptc_node_isolate_pages(), from the blocks of one group. */
static unsigned int node_strip_group(struct list_head *group, unsigned int nr, unsigned long *pfns)
{
	struct ptc_block *block, *next;
	int tries = PTC_BATCH_MAX;
	unsigned int got = 0;

	list_for_each_entry_safe(block, next, group, link) {
		got += node_strip(block, nr - got, pfns + got);
		if (got == nr)
			break;
		if (!--tries) {
			node_begin_with(&next->link, group);
			break;
		}
	}
	return got;
}

/* As ptc_node_isolate_pages(), dirty pages of blocks that have no clean one. */
static unsigned int node_strip_dirty(struct ptc_node *node, bool reserve_too, unsigned int nr,
				     unsigned long *pfns)
{
	struct ptc_block *block, *next;
	int tries = PTC_BATCH_MAX;
	unsigned int got = 0;

	list_for_each_entry_safe(block, next, &node->dirty_blocks, dirty_link) {
		if (!block->reserve || reserve_too)
			got += node_strip(block, nr - got, pfns + got);
		if (got == nr)
			break;
		if (!--tries) {
			node_begin_with(&next->dirty_link, &node->dirty_blocks);
			break;
		}
	}
	return got;
}

/*
 * Take up to @nr free pages out of their blocks for good, clean or dirty, from the emptiest blocks
 * first. The blocks lose them and stay split, so this is for reclaim that got nothing else. Blocks
 * that have lost all of their pages become empty ones, which the caller is to return, too.
 * Context: process.
 * Returns how many; the caller frees them.
 */
unsigned int ptc_node_isolate_pages(struct ptc_node *node, bool reserve_too, unsigned int nr,
				    unsigned long *pfns)
{
	static const enum ptc_group order[] = {
		PTC_GROUP_EMPTY_DIRTY, PTC_GROUP_EMPTY, PTC_GROUP_NEARLY, PTC_GROUP_MOST,
		PTC_GROUP_HALF, PTC_GROUP_QUARTER,
	};
	unsigned int got = 0, i;
	unsigned long flags;

	flags = ptc_node_lock(node);
	for (i = 0; i < ARRAY_SIZE(order) && got < nr; i++)
		got += node_strip_group(&node->groups[order[i]], nr - got, pfns + got);
	if (got < nr)
		got += node_strip_dirty(node, reserve_too, nr - got, pfns + got);
	if (got < nr && reserve_too)
		got += node_strip_group(&node->groups[PTC_GROUP_RESERVE], nr - got, pfns + got);
	ptc_node_unlock(node, flags);
	return got;
}
