// SPDX-License-Identifier: GPL-2.0
/*
 * What is done ahead of need, one work item a node: clearing dirty tables, adopting and filling the
 * reserve, taking back what was lent, and taking everything out of use once recycling is off.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "alloc/adopt.h"
#include "alloc/cache.h"
#include "alloc/lend.h"
#include "alloc/pool.h"
#include "alloc/supply.h"
#include "alloc/worker.h"
#include "counters.h"
#include "selftest_hooks.h"

static struct workqueue_struct *ptc_workqueue;

/*
 * Off after the first table found dirty at hand-out, or given back in a bad state, until the module
 * is loaded again: freed tables then wait, unused, until their whole block goes back to the page
 * allocator.
 */
bool ptc_recycling = true;

/* Clear tables that nobody else holds. Context: any; sleeps nowhere. */
void ptc_clear_tables(const unsigned long *pfns, unsigned int nr, unsigned int order)
{
	unsigned int i, page;

	for (i = 0; i < nr; i++)
		for (page = 0; page < 1U << order; page++)
			clear_page(page_address(pfn_to_page(pfns[i] + page)));
}

static void clear_dirty(struct ptc_node *node)
{
	unsigned long pfns[PTC_BATCH_MAX];
	unsigned int nr;

	while (READ_ONCE(ptc_recycling)) {
		nr = ptc_node_take_dirty(node, 0, PTC_BATCH_MAX, true, pfns);
		if (!nr)
			break;
		if (node->pool->lender)
			ptc_lender_note_dirt(node, pfns, nr);
		ptc_clear_tables(pfns, nr, 0);
		ptc_node_put(pfns, nr, 0, false);
		ptc_count_add(PTC_cleared_by_worker, nr);
		cond_resched();
	}
}

/* A reserve of less than this would split the direct map all over for a few tables. */
#define RESERVE_RUN_ORDER	5

/*
 * Bring the reserve above its low mark. In fragmented memory that takes some smaller runs; give up
 * for a while on the first failure, a later request that may not sleep starts it again.
 * Context: process context, may sleep.
 */
static void fill_reserve(struct ptc_node *node)
{
	const struct ptc_want want = {
		.node = node,
		.order = RESERVE_RUN_ORDER,
		.gfp = GFP_KERNEL | __GFP_NORETRY,
	};

	if (time_before(jiffies, READ_ONCE(node->refill_after)))
		return;
	if (READ_ONCE(node->reserve_clean) != node->reserve_settled) {
		ptc_node_settle_reserve(node);
		node->reserve_settled = READ_ONCE(node->reserve_clean);
	}
	while (READ_ONCE(node->reserve_clean) < PTC_RESERVE_LOW) {
		struct ptc_block *block = ptc_supply_block(&want);

		if (IS_ERR_OR_NULL(block)) {
			WRITE_ONCE(node->refill_after, jiffies + HZ);
			break;
		}
		ptc_node_add(node, block, true);
	}
}

/* Blocks that cost no split, ahead of need, if somebody asked since the last time. */
static void stock_up(struct ptc_node *node)
{
	int asked = atomic_read(&node->stock_asked);

	if (asked == node->stock_served)
		return;
	while (READ_ONCE(node->clean) < PTC_STOCK_LOW) {
		struct ptc_block *block = ptc_supply_adopted(node);

		if (!block)
			break;
		ptc_node_add(node, block, false);
	}
	WRITE_ONCE(node->stock_served, asked);
	wake_up_all(&node->stock_wait);
}

static void ptc_worker(struct work_struct *work)
{
	struct ptc_node *node = container_of(work, struct ptc_node, work);

	if (node->pool->lender)
		ptc_lender_collect(node, false);
	clear_dirty(node);
	if (node->pool->lender) {
		ptc_lender_stock_up(node);
	} else {
		stock_up(node); /* before the reserve, which would take a lone region from those who split */
		fill_reserve(node);
	}
}

void ptc_worker_init(struct ptc_node *node)
{
	INIT_WORK(&node->work, ptc_worker);
}

/* Is this the worker at work for @node? */
bool ptc_worker_is_current(const struct ptc_node *node)
{
	return current_work() == &node->work;
}

/*
 * How long a request waits for the worker to adopt. The worker may need what the caller holds (a
 * page's lock, say), so it is no condition for going on; and if it was in vain, nobody waits for
 * some time.
 */
#define STOCK_WAIT	(HZ / 4)
#define HURRY_FOR	(10 * HZ)

/*
 * Have the worker adopt, and wait for it, if that is likely to be worth it and the caller holds
 * nothing that reclaim would wait for. Returns whether there are clean tables now.
 * Context: process context, may sleep.
 */
bool ptc_worker_wait_for_stock(struct ptc_node *node, gfp_t gfp)
{
	int ticket;

	if ((gfp & GFP_KERNEL) != GFP_KERNEL || !ptc_adopt_promising(node->nid) ||
	    time_before(jiffies, READ_ONCE(node->hurry_until)))
		return false;
	ticket = atomic_inc_return(&node->stock_asked);
	ptc_worker_kick(node);
	if (!wait_event_timeout(node->stock_wait, READ_ONCE(node->stock_served) - ticket >= 0,
				STOCK_WAIT))
		WRITE_ONCE(node->hurry_until, jiffies + HURRY_FOR);
	return READ_ONCE(node->clean);
}

/* Have the worker adopt before the clean tables are used up. Context: any but NMI. */
void ptc_worker_ask_for_stock(struct ptc_node *node)
{
	if (READ_ONCE(node->clean) >= PTC_STOCK_LOW || !ptc_adopt_promising(node->nid))
		return;
	atomic_inc(&node->stock_asked);
	ptc_worker_kick(node);
}

/*
 * Before the first request: the reserve, and what can be adopted.
 * Context: process context, may sleep; waits for the worker, so it must not hold its locks.
 */
void ptc_worker_prepare(struct ptc_node *node)
{
	atomic_inc(&node->stock_asked);
	ptc_worker_kick(node);
	flush_work(&node->work);
}

/* Context: any but NMI. */
void ptc_worker_kick(struct ptc_node *node)
{
	queue_work(ptc_workqueue, &node->work);
}

/* Have @work done after @delay jiffies. Context: any but NMI. */
void ptc_worker_kick_later(struct delayed_work *work, unsigned long delay)
{
	queue_delayed_work(ptc_workqueue, work, delay);
}

/*
 * Wait until what was asked of the worker is done; it holds tables while it clears them.
 * Context: process context, may sleep; ptc_pools_sem may be held for reading, the worker never
 * waits for it.
 */
void ptc_worker_flush(struct ptc_node *node)
{
	flush_work(&node->work);
}

/* The node's pool is out of ptc_pools, so nobody kicks any more. */
void ptc_worker_cancel(struct ptc_node *node)
{
	cancel_work_sync(&node->work);
}

/* Take what was used before out of use: what waits in magazines, then what is in the blocks. */
static void distrust_all(struct work_struct *work)
{
	struct ptc_pool *pool;
	int nid;

	down_read(&ptc_pools_sem);
	ptc_caches_close_magazines();
	list_for_each_entry(pool, &ptc_pools, link) {
		for_each_node(nid) {
			ptc_node_distrust(pool->nodes[nid]);
			ptc_worker_kick(pool->nodes[nid]); /* the reserve is gone */
		}
	}
	up_read(&ptc_pools_sem);
}

static DECLARE_WORK(distrust_work, distrust_all);

/* A table was found dirty, or in a bad state: trust none that was used before. Context: any. */
void ptc_recycling_off(void)
{
	if (cmpxchg(&ptc_recycling, true, false))
		queue_work(ptc_workqueue, &distrust_work);
}

int ptc_worker_start(void)
{
	/* unbound: clearing must not delay the CPU that freed; one item a node runs at a time */
	ptc_workqueue = ptc_fallible(alloc_workqueue("pt_cache", WQ_UNBOUND, 0), NULL);
	return ptc_workqueue ? 0 : -ENOMEM;
}

void ptc_worker_stop(void)
{
	destroy_workqueue(ptc_workqueue);
}
