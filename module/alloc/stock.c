// SPDX-License-Identifier: GPL-2.0
/*
 * Ask the worker to adopt blocks ahead of need, and wait for it where that is worth it. Adopting
 * takes milliseconds, and locks that a caller may hold, so no caller adopts by itself.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched/mm.h>
#include <linux/wait.h>

#include "alloc/adopt.h"
#include "alloc/node.h"
#include "alloc/stock.h"

/*
 * How long a request waits for the worker to adopt. The worker may need a lock that the caller
 * holds (a page lock, for example), so the wait is bounded. After a timeout no request waits during
 * the next STOCK_HURRY.
 */
#define STOCK_WAIT	(HZ / 4)
#define STOCK_HURRY	(10 * HZ)

/*
 * May this task wait for the worker, which enters reclaim and waits for pages? Not if it holds what
 * these wait for: its request lacks GFP_KERNEL then, or it is in a scope of memalloc_nofs_save() or
 * memalloc_noio_save(), which its flags do not tell.
 */
static bool stock_may_wait(gfp_t gfp)
{
	return (current_gfp_context(gfp) & GFP_KERNEL) == GFP_KERNEL;
}

/*
 * Ask the worker to adopt and wait for it, if that is likely to be worth it and the caller holds
 * nothing that reclaim would wait for.
 * Context: process context, may sleep.
 * Returns whether there are clean tables now.
 */
bool ptc_stock_wait(struct ptc_node *node, gfp_t gfp)
{
	int ticket;

	if (!stock_may_wait(gfp) || !ptc_adopt_promising(node->nid) ||
	    time_before(jiffies, READ_ONCE(node->hurry_until)))
		return false;
	ticket = atomic_inc_return(&node->stock_asked);
	ptc_node_kick_supply(node);
	if (!wait_event_timeout(node->stock_wait, READ_ONCE(node->stock_served) - ticket >= 0,
				STOCK_WAIT))
		WRITE_ONCE(node->hurry_until, jiffies + STOCK_HURRY);
	return READ_ONCE(node->sums.clean);
}

/* Ask the worker to adopt before the clean tables are used up. Context: any but NMI. */
void ptc_stock_ask(struct ptc_node *node)
{
	if (READ_ONCE(node->sums.clean) >= PTC_STOCK_LOW || !ptc_adopt_promising(node->nid))
		return;
	atomic_inc(&node->stock_asked);
	ptc_node_kick_supply(node);
}

/*
 * Have the worker adopt and fill the reserve before the first request.
 * Context: process context, may sleep; waits for the worker, so the caller must not hold a lock
 * that the worker acquires.
 */
void ptc_stock_prepare(struct ptc_node *node)
{
	atomic_inc(&node->stock_asked);
	ptc_node_kick_supply(node);
	ptc_node_flush(node);
}

/* Has stock been requested since it was served last? @ticket is for ptc_stock_served(). */
bool ptc_stock_asked(const struct ptc_node *node, int *ticket)
{
	*ticket = atomic_read(&node->stock_asked);
	return *ticket != node->stock_served;
}

/* The worker has done what it could for all requests up to @ticket. */
void ptc_stock_served(struct ptc_node *node, int ticket)
{
	WRITE_ONCE(node->stock_served, ticket);
	wake_up_all(&node->stock_wait);
}
