// SPDX-License-Identifier: GPL-2.0
/*
 * The blocks of a lender: the worker of each node takes back the lent tables that the kernel has
 * freed, clears them, and makes blocks ahead of need, up to the lender's limit. What is ready,
 * lend.c lends.
 *
 * A request that finds little kicks the worker, and so does a beat, for tables that are freed while
 * nobody asks for any. How far the worker looks for them is bounded: see collect.c.
 *
 * Locks: none but the nodes'; other nodes' blocks and magazines are looked at after
 * ptc_pools_enter(). Blocks being made are counted in lender->growing, so that several nodes do not
 * exceed the limit together.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "alloc/clear.h"
#include "alloc/collect.h"
#include "alloc/grow.h"
#include "alloc/numa.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/supply.h"
#include "alloc/worker.h"
#include "alloc/workqueue.h"
#include "counters.h"

/* Looks of one run of the worker, where they are due. */
#define LOOKS_PER_RUN		(16 * PTC_BLOCK_PAGES)

/* Looks that precede each new block: tables that the kernel has freed may make it unnecessary. */
#define LOOKS_PER_BLOCK		(2 * PTC_BLOCK_PAGES)

/* Looks for each page table that the kernel has fewer of than before, and of one run. */
#define LOOKS_PER_TABLE_GONE	16
#define LOOKS_FOR_GONE_MAX	(512 * PTC_BLOCK_PAGES)

/* Blocks made at a time. What is used up meanwhile is asked for again. */
#define GROW_BLOCKS		4

/* After a run that could not stock a node, requests do not ask for another one for so long. */
#define GROW_PAUSE		(HZ / 10)

/* A node is short for so long after a request in vain. */
#define GROW_SHORT_FOR		(2 * HZ)

/* Minimum interval between two drains of other nodes' magazines for a node that is short. */
#define GROW_STEAL_INTERVAL	(HZ / 2)

/*
 * Interval at which tables are taken back even if no request runs short: the shortest while tables
 * are lent or taken back, doubling up to the longest while none are.
 */
#define BEAT_SHORTEST		HZ
#define BEAT_LONGEST		(8 * HZ)

static struct pt_cache_lender *grow_lender_of(const struct ptc_node *node)
{
	return node->pool->private;
}

/*
 * Tables that keep a block from being empty may be in a magazine, or freed by the kernel and not
 * taken back yet.
 */
static bool grow_worth_draining(const struct ptc_node *node)
{
	return READ_ONCE(node->sums.pages) > READ_ONCE(node->sums.empty);
}

static unsigned int grow_take_back(struct ptc_node *node, unsigned int looks)
{
	struct ptc_collect pass;

	ptc_collect_begin(&pass, node, looks);
	while (ptc_collect_step(&pass)) {
		cond_resched();
		if (looks == UINT_MAX && signal_pending(current))
			break;
	}
	ptc_lender_count_taken_back(grow_lender_of(node), pass.collected);
	return pass.collected;
}

/*
 * Take back what the kernel has freed, as far as looks are due and paid for. What was found may
 * have paid for more: that is left for another run.
 */
static void grow_take_back_due(struct ptc_node *node)
{
	struct ptc_collect pass = { .node = node, .looks = LOOKS_PER_RUN };

	while (ptc_collect_due(&pass))
		cond_resched();
	ptc_lender_count_taken_back(grow_lender_of(node), pass.collected);
	if (!pass.looks)
		ptc_node_kick_clear(node);
}

/*
 * Does the kernel have fewer page tables on this node than before? A large process has ended, say,
 * whose tables would be found late in a round of looks that are due. The more are gone, the further
 * this looks; all are found at once when one of 16 has gone. What is too much for one run is left
 * for another one.
 */
static void grow_follow_sign(struct ptc_node *node)
{
	long tables = ptc_numa_tables(node->nid), gone = node->tables_seen - tables;

	node->tables_seen = tables;
	if (gone <= 0 || !READ_ONCE(node->sums.pages))
		return;
	if (gone > LOOKS_FOR_GONE_MAX / LOOKS_PER_TABLE_GONE) {
		node->tables_seen += gone - LOOKS_FOR_GONE_MAX / LOOKS_PER_TABLE_GONE;
		gone = LOOKS_FOR_GONE_MAX / LOOKS_PER_TABLE_GONE;
	}
	grow_take_back(node, gone * LOOKS_PER_TABLE_GONE);
}

/* The number of blocks of a pool, on all nodes. Context: any. */
unsigned long ptc_grow_blocks(const struct ptc_pool *pool)
{
	unsigned long blocks = 0;
	int nid;

	for_each_node(nid)
		blocks += READ_ONCE(pool->nodes[nid]->blocks);
	return blocks;
}

/* Did a request for a table of this node get none a moment ago? */
static bool grow_is_short(const struct ptc_node *node)
{
	return time_before(jiffies, READ_ONCE(node->missed_at) + GROW_SHORT_FOR);
}

/*
 * Note that a request got none. All CPUs of the node may come here, so do not write for each.
 * Context: any.
 */
void ptc_grow_note_miss(struct ptc_node *node)
{
	unsigned long now = jiffies;

	if (READ_ONCE(node->missed_at) != now)
		WRITE_ONCE(node->missed_at, now);
}

/* Give an empty block of a node that is not short back. Returns whether there was one. */
static bool grow_give_back_elsewhere(struct ptc_node *node)
{
	struct ptc_pool *pool = node->pool;
	LIST_HEAD(blocks);
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		if (pool->nodes[nid] == node || grow_is_short(pool->nodes[nid]) ||
		    !ptc_node_isolate_empty(pool->nodes[nid], false, 1, &blocks))
			continue;
		ptc_supply_return(&blocks);
		return true;
	}
	return false;
}

/* Make blocks of other nodes empty, as far as that can be done. */
static void grow_empty_elsewhere(struct ptc_node *node)
{
	int nid, cookie = ptc_pools_enter();

	for_each_node_state(nid, N_MEMORY) {
		struct ptc_node *other = node->pool->nodes[nid];

		if (other == node || grow_is_short(other) || !READ_ONCE(other->sums.pages))
			continue;
		grow_take_back(other, LOOKS_PER_BLOCK);
		ptc_registry_drain(nid);
	}
	ptc_pools_leave(cookie);
}

/*
 * The lender has as many blocks as it may have. A node that is short gets an empty one of another
 * node, or the nodes that came first would have all of them for ever.
 * Returns whether there is room for a block now.
 */
static bool grow_make_room(struct ptc_node *node)
{
	if (!grow_is_short(node))
		return false;
	if (grow_give_back_elsewhere(node))
		return true;
	if (!ptc_due(&node->drain_after, GROW_STEAL_INTERVAL))
		return false;
	grow_empty_elsewhere(node);
	return grow_give_back_elsewhere(node);
}

/* Could a block be had, but for the lender's limit? */
static bool grow_may_try(const struct ptc_node *node)
{
	return READ_ONCE(ptc_recycling) && READ_ONCE(node->serves_cpus) &&
	       !time_before(jiffies, READ_ONCE(node->refill_after)) &&
	       !time_before(jiffies, READ_ONCE(node->grow_after));
}

/*
 * May a block be made? The caller has counted itself in lender->growing. A block that others make
 * is counted there until it is in ptc_grow_blocks(): so that is read first, or it could be missed.
 */
static bool grow_is_within_limit(struct pt_cache_lender *lender, const struct ptc_node *node)
{
	unsigned long growing = atomic_read_acquire(&lender->growing);

	return growing + ptc_grow_blocks(node->pool) <= READ_ONCE(lender->max_blocks);
}

/* Add a block, adopted or fresh, if the lender's limit allows. Returns whether one was added. */
static bool grow_by_block(struct pt_cache_lender *lender, struct ptc_node *node)
{
	const struct ptc_want want = {
		.node = node,
		/* a split for less than a block is not worth it: use the page allocator */
		.order = PTC_BLOCK_ORDER,
		.gfp = GFP_KERNEL | __GFP_NORETRY,
		.adopt = true,
	};
	struct ptc_block *block = NULL;

	atomic_inc(&lender->growing);
	if (grow_is_within_limit(lender, node) ||
	    (READ_ONCE(lender->max_blocks) && grow_make_room(node) &&
	     grow_is_within_limit(lender, node))) {
		block = ptc_supply_block(&want);
		if (block)
			ptc_node_add(node, block, false);
		else
			WRITE_ONCE(node->refill_after, jiffies + HZ);
	}
	(void)atomic_dec_return_release(&lender->growing);
	return block;
}

/*
 * Have clean tables ready; the worker has already taken back what it could. Empty blocks above the
 * limit, which may have been lowered, go back.
 * Context: process context, may sleep.
 */
static void grow_stock_up(struct ptc_node *node)
{
	struct pt_cache_lender *lender = grow_lender_of(node);
	int tries = GROW_BLOCKS;
	LIST_HEAD(blocks);

	while (READ_ONCE(node->sums.clean) < PTC_STOCK_LOW && grow_may_try(node) && tries--) {
		if (ptc_grow_blocks(node->pool) < READ_ONCE(lender->max_blocks) &&
		    grow_take_back(node, LOOKS_PER_BLOCK)) {
			ptc_worker_clean(node);
			if (READ_ONCE(node->sums.clean) >= PTC_STOCK_LOW)
				break;
		}
		if (!grow_by_block(lender, node))
			break;
	}
	if (READ_ONCE(node->sums.clean) < PTC_STOCK_LOW)
		WRITE_ONCE(node->collect_after, jiffies + GROW_PAUSE);
	while (ptc_grow_blocks(node->pool) > READ_ONCE(lender->max_blocks) &&
	       ptc_node_isolate_empty(node, false, 1, &blocks))
		ptc_supply_return(&blocks);
}

/* Have the worker take back, clear and grow. Context: any but NMI. */
void ptc_grow_kick(struct ptc_node *node)
{
	ptc_node_kick_clear(node);
	ptc_node_kick_supply(node);
}

/* The same, on every node of the lender's pool. Context: any but NMI. */
void ptc_grow_kick_all(const struct pt_cache_lender *lender)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		ptc_grow_kick(lender->cache->pool->nodes[nid]);
}

/* Take back now and then, even if no request runs short. Context: workqueue, may sleep. */
static void grow_beat(struct work_struct *work)
{
	struct pt_cache_lender *lender = container_of(to_delayed_work(work),
						      struct pt_cache_lender, beat);
	struct ptc_cache_sums sums;
	u64 moves;

	ptc_cache_sum(lender->cache, &sums);
	moves = sums.hits + sums.misses + sums.frees;
	if (moves != lender->beat_moves)
		lender->beat_interval = BEAT_SHORTEST;
	else
		lender->beat_interval = min(lender->beat_interval * 2, BEAT_LONGEST + 0UL);
	lender->beat_moves = moves;
	ptc_grow_kick_all(lender);
	ptc_work_queue_later(&lender->beat, lender->beat_interval);
}

/* Begin to take back: the pool has its lender. Context: process context. */
void ptc_grow_start(struct pt_cache_lender *lender)
{
	lender->beat_interval = BEAT_SHORTEST;
	INIT_DELAYED_WORK(&lender->beat, grow_beat);
	ptc_work_queue_later(&lender->beat, lender->beat_interval);
}

/* Whoever else kicks the worker may do so still. Context: process context, may sleep. */
void ptc_grow_stop(struct pt_cache_lender *lender)
{
	cancel_delayed_work_sync(&lender->beat);
}

/*
 * Clear tables. While tables are verified, count those in which the kernel left entries.
 * Context: any.
 */
void ptc_grow_clean(const struct ptc_node *node, const unsigned long *pfns, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && ptc_lender_verifies(grow_lender_of(node)); i++)
		if (memchr_inv(page_address(pfn_to_page(pfns[i])), 0, PAGE_SIZE))
			ptc_count(PTC_left_dirty);
	ptc_clear_tables(pfns, nr, 0);
}

static void grow_clear_work(struct work_struct *work)
{
	struct ptc_node *node = container_of(work, struct ptc_node, clear_work);

	grow_follow_sign(node);
	grow_take_back_due(node);
	ptc_worker_clean(node);
}

static void grow_supply_work(struct work_struct *work)
{
	struct ptc_node *node = container_of(work, struct ptc_node, supply_work);

	grow_take_back_due(node);
	ptc_worker_clean(node);
	grow_stock_up(node);
}

const struct ptc_pool_ops ptc_lending_pool = {
	.clear = grow_clear_work,
	.supply = grow_supply_work,
	.take_back = grow_take_back,
	.clean = ptc_grow_clean,
	.worth_draining = grow_worth_draining,
};
