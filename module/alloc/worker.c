// SPDX-License-Identifier: GPL-2.0
/*
 * Work ahead of need for the nodes of ordinary pools: clear dirty tables; adopt, and fill the
 * reserve. Two work items per node, so that clearing never waits for memory to be migrated.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "alloc/attributes.h"
#include "alloc/clear.h"
#include "alloc/recycling.h"
#include "alloc/stock.h"
#include "alloc/supply.h"
#include "alloc/worker.h"

/*
 * Clear the dirty tables of a node, as its pool does it. Those that become dirty meanwhile are left
 * for another time, since somebody may wait for this one to end.
 * Context: workqueue, may sleep.
 */
void ptc_worker_clean(struct ptc_node *node)
{
	unsigned long left = READ_ONCE(node->sums.dirty);
	unsigned long pfns[PTC_BATCH_MAX], flags;

	while (left && READ_ONCE(ptc_recycling)) {
		unsigned int nr = min_t(unsigned long, left, PTC_BATCH_MAX);

		nr = ptc_node_take_dirty(node, 0, nr, true, pfns);
		if (!nr)
			break;
		left -= nr;
		nr = ptc_attributes_filter(pfns, nr, 0);
		node->pool->ops->clean(node, pfns, nr);
		local_irq_save(flags);
		ptc_node_put(pfns, nr, 0, false);
		local_irq_restore(flags);
		ptc_count_add(PTC_cleared_by_worker, nr);
		cond_resched();
	}
	if (READ_ONCE(node->sums.dirty) && READ_ONCE(ptc_recycling))
		ptc_node_kick_clear(node);
}

/* Blocks made at a time. What is used up meanwhile is asked for again. */
#define WORKER_BLOCKS	8

/* Is memory so short that a task was about to be killed? Then nothing grows for a while. */
static bool worker_may_grow(const struct ptc_node *node)
{
	return !time_before(jiffies, READ_ONCE(node->grow_after));
}

/*
 * The smallest run for the reserve: smaller ones would split the direct map in many places for few
 * tables.
 */
#define WORKER_RUN_ORDER	5

/*
 * Fill the reserve to its low mark. In fragmented memory that takes several smaller runs. On the
 * first failure give up for a while; a later request that may not sleep starts it again.
 * Context: process context, may sleep.
 */
static void worker_fill_reserve(struct ptc_node *node)
{
	const struct ptc_want want = {
		.node = node,
		.order = WORKER_RUN_ORDER,
		.gfp = GFP_KERNEL | __GFP_NORETRY,
		.adopt = true,
	};
	int blocks = WORKER_BLOCKS;

	/* no CPU asks a node without CPUs, CXL memory for one, before its own has run dry */
	if (!READ_ONCE(node->serves_cpus) || !worker_may_grow(node) ||
	    time_before(jiffies, READ_ONCE(node->refill_after)))
		return;
	if (READ_ONCE(node->sums.reserve_clean) != node->reserve_settled) {
		ptc_node_settle_reserve(node);
		node->reserve_settled = READ_ONCE(node->sums.reserve_clean);
	}
	while (READ_ONCE(node->sums.reserve_clean) < PTC_RESERVE_LOW && blocks--) {
		struct ptc_block *block = ptc_supply_block(&want);

		if (IS_ERR_OR_NULL(block)) {
			WRITE_ONCE(node->refill_after, jiffies + HZ);
			break;
		}
		ptc_node_add(node, block, true);
	}
}

/* Adopt blocks ahead of need, if requested since the last time. */
static void worker_adopt(struct ptc_node *node)
{
	int ticket, blocks = WORKER_BLOCKS;

	if (!ptc_stock_asked(node, &ticket))
		return;
	while (READ_ONCE(node->sums.clean) < PTC_STOCK_LOW && worker_may_grow(node) && blocks--) {
		struct ptc_block *block = ptc_supply_adopted(node);

		if (!block)
			break;
		ptc_node_add(node, block, false);
	}
	ptc_stock_served(node, ticket);
}

static void worker_clear_work(struct work_struct *work)
{
	ptc_worker_clean(container_of(work, struct ptc_node, clear_work));
}

static void worker_supply_work(struct work_struct *work)
{
	struct ptc_node *node = container_of(work, struct ptc_node, supply_work);

	ptc_worker_clean(node); /* may be all that is needed */
	/* adopt before the reserve does: it would take a lone region, and a request would split */
	worker_adopt(node);
	worker_fill_reserve(node);
}

static unsigned int worker_take_back(struct ptc_node *node, unsigned int looks)
{
	return 0; /* holders free their tables themselves */
}

static void worker_clear(const struct ptc_node *node, const unsigned long *pfns, unsigned int nr)
{
	ptc_clear_tables(pfns, nr, 0);
}

static bool worker_worth_draining(const struct ptc_node *node)
{
	return READ_ONCE(node->sums.clean) + READ_ONCE(node->sums.dirty) >
	       READ_ONCE(node->sums.empty);
}

const struct ptc_pool_ops ptc_ordinary_pool = {
	.clear = worker_clear_work,
	.supply = worker_supply_work,
	.take_back = worker_take_back,
	.clean = worker_clear,
	.worth_draining = worker_worth_draining,
	.shared = true,
};
