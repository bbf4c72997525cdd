// SPDX-License-Identifier: GPL-2.0
/*
 * Work ahead of need for the nodes of ordinary pools, one work item per node: clear dirty tables,
 * adopt, and fill the reserve.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "alloc/clear.h"
#include "alloc/recycling.h"
#include "alloc/stock.h"
#include "alloc/supply.h"
#include "alloc/worker.h"

/*
 * Clear the dirty tables of a node, as its pool does it.
 * Context: workqueue, may sleep.
 */
void ptc_worker_clean(struct ptc_node *node)
{
	unsigned long pfns[PTC_BATCH_MAX];
	unsigned int nr;

	while (READ_ONCE(ptc_recycling)) {
		nr = ptc_node_take_dirty(node, 0, PTC_BATCH_MAX, true, pfns);
		if (!nr)
			break;
		node->pool->ops->clean(node, pfns, nr);
		ptc_node_put(pfns, nr, 0, false);
		ptc_count_add(PTC_cleared_by_worker, nr);
		cond_resched();
	}
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

	if (time_before(jiffies, READ_ONCE(node->refill_after)))
		return;
	if (READ_ONCE(node->sums.reserve_clean) != node->reserve_settled) {
		ptc_node_settle_reserve(node);
		node->reserve_settled = READ_ONCE(node->sums.reserve_clean);
	}
	while (READ_ONCE(node->sums.reserve_clean) < PTC_RESERVE_LOW) {
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
	int ticket;

	if (!ptc_stock_asked(node, &ticket))
		return;
	while (READ_ONCE(node->sums.clean) < PTC_STOCK_LOW) {
		struct ptc_block *block = ptc_supply_adopted(node);

		if (!block)
			break;
		ptc_node_add(node, block, false);
	}
	ptc_stock_served(node, ticket);
}

static void worker_run(struct work_struct *work)
{
	struct ptc_node *node = container_of(work, struct ptc_node, work);

	ptc_worker_clean(node);
	/* adopt before the reserve does: it would take a lone region, and a request would split */
	worker_adopt(node);
	worker_fill_reserve(node);
}

static unsigned int worker_take_back(struct ptc_node *node, bool at_once)
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
	.work = worker_run,
	.take_back = worker_take_back,
	.clean = worker_clear,
	.worth_draining = worker_worth_draining,
	.shared = true,
};
