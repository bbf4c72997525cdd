// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate tables when this CPU's magazine is empty: from the node's blocks, by clearing dirty
 * tables, from the supply, or from another node, the nearest first. A request that may not sleep
 * gets what is in blocks, this CPU's own dirty tables, or a table of a reserve. NULL is returned
 * only if no free page of ours could be had in the caller's context.
 *
 * Locks: none here.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched/mm.h>

#include "alloc/attributes.h"
#include "alloc/cache.h"
#include "alloc/clear.h"
#include "alloc/miss.h"
#include "alloc/numa.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/stock.h"
#include "alloc/supply.h"
#include "counters.h"
#include "trace/trace.h"

static noinline bool miss_refuse_to_sleep(void)
{
	WARN_ONCE(1, "pt_cache: request with a sleeping gfp in atomic context\n");
	return false;
}

/*
 * May this request wait, reclaim and split? A gfp that may sleep in atomic context is the caller's
 * bug: warn, and treat the request as one that may not sleep. A task that is reclaiming memory must
 * not split the direct map to get more.
 */
bool ptc_may_sleep(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		return false;
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT) && !preemptible())
		return miss_refuse_to_sleep();
	return !(current->flags & PF_MEMALLOC);
}

/* Take one of this CPU's own dirty tables: no shared lock. Returns whether there was one. */
static bool miss_take_own_dirty(struct pt_cache *cache, unsigned long *pfn)
{
	struct ptc_magazine *magazine;
	unsigned long flags;
	bool got = false;

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	if (magazine->nr_dirty) {
		*pfn = magazine->dirty[--magazine->nr_dirty];
		got = true;
	}
	local_irq_restore(flags);
	return got;
}

/*
 * Dirty tables per acquisition of the node's lock. The caller clears one. The others stay in the
 * magazine for later requests on this CPU, if any.
 */
#define DIRTY_BATCH	(PTC_MAGAZINE_DEPTH / 4)

/* Take dirty tables of the node. Returns whether there was one. */
static bool miss_take_dirty(struct pt_cache *cache, struct ptc_node *node, unsigned long *pfn)
{
	unsigned int nr = max(READ_ONCE(cache->depth) / 4, 1U), got;
	unsigned long pfns[DIRTY_BATCH], flags;

	got = ptc_node_take_dirty(node, cache->order, nr, false, pfns);
	if (!got)
		return false;
	*pfn = pfns[0];
	local_irq_save(flags);
	ptc_magazine_keep_dirty(cache, node, pfns + 1, got - 1);
	local_irq_restore(flags);
	ptc_node_kick_clear(node);
	return true;
}

static unsigned int miss_take_and_clear(struct pt_cache *cache, struct ptc_node *node,
					unsigned long *pfn)
{
	if (!READ_ONCE(ptc_recycling))
		return 0;
	if (!miss_take_own_dirty(cache, pfn) && !miss_take_dirty(cache, node, pfn))
		return 0;
	if (!ptc_attributes_filter(pfn, 1, cache->order))
		return 0;
	ptc_clear_tables(pfn, 1, cache->order);
	ptc_count_add(PTC_cleared_by_caller, 1UL << cache->order);
	return 1;
}

/*
 * Make a new block. The caller's tables are taken before anybody else can see the block, or others
 * could take them all.
 * Returns how many tables; 0 if no memory is available; -EAGAIN (only if @again) if others made
 * tables available meanwhile.
 */
static int miss_take_new_block(struct pt_cache *cache, struct ptc_node *node, gfp_t gfp,
			       bool again, unsigned int nr, unsigned long *pfns)
{
	const struct ptc_want want = {
		.node = node,
		.order = cache->order,
		.gfp = gfp,
		.again = again,
	};
	struct ptc_block *block;
	unsigned int got;

	/* a block that the worker can adopt costs no split */
	if (again && ptc_stock_wait(node, gfp))
		return -EAGAIN;
	block = ptc_supply_block(&want);
	if (IS_ERR_OR_NULL(block))
		return PTR_ERR_OR_ZERO(block);
	got = ptc_block_take(block, cache->order, nr, pfns);
	ptc_node_add(node, block, false);
	return got;
}

/*
 * Minimum interval between two drains that precede a split. Otherwise CPUs that keep using up each
 * other's tables would interrupt each other all the time.
 */
#define DRAIN_INTERVAL	(HZ / 10)

/*
 * Drain the node's tables out of all magazines: those in other CPUs' magazines may save a split.
 * Returns whether they were drained, so that the caller retries.
 */
static bool miss_drain(struct ptc_node *node)
{
	int cookie;

	if (!ptc_due(&node->drain_after, DRAIN_INTERVAL))
		return false;
	cookie = ptc_pools_enter();
	ptc_registry_drain(node->nid);
	ptc_pools_leave(cookie);
	return true;
}

/* Take clean tables that are in the node's blocks. Returns how many. */
static unsigned int miss_take_clean(struct pt_cache *cache, struct ptc_node *node, unsigned int nr,
				    unsigned long *pfns)
{
	unsigned long flags;
	unsigned int got;

	local_irq_save(flags);
	got = ptc_node_take(node, cache->order, nr, pfns);
	local_irq_restore(flags);
	return got;
}

/* Take tables that are in the node's blocks, clean or to be cleared. Returns how many. */
static unsigned int miss_take_ready(struct pt_cache *cache, struct ptc_node *node, unsigned int nr,
				    unsigned long *pfns, enum ptc_source *source)
{
	unsigned int got;

	*source = PTC_SOURCE_BLOCK;
	got = miss_take_clean(cache, node, nr, pfns);
	if (got)
		return got;

	*source = PTC_SOURCE_CLEARED;
	return miss_take_and_clear(cache, node, pfns);
}

/*
 * Take tables from one node, for a request that may sleep.
 * Returns how many, and their source in @source.
 */
static unsigned int miss_take_from_node(struct pt_cache *cache, struct ptc_node *node, gfp_t gfp,
					unsigned int nr, unsigned long *pfns,
					enum ptc_source *source)
{
	int got, tries;

	for (tries = 3; ; tries--) {
		got = miss_take_ready(cache, node, nr, pfns, source);
		if (got)
			return got;

		if (tries && miss_drain(node))
			continue;

		*source = PTC_SOURCE_SUPPLY;
		got = miss_take_new_block(cache, node, gfp, tries, nr, pfns);
		if (READ_ONCE(node->sums.reserve_clean) < PTC_RESERVE_LOW)
			/*
			 * the OOM notifier, or a write to `shrink`, may have returned the reserve
			 */
			ptc_node_kick_supply(node);
		if (got != -EAGAIN)
			return got;
	}
}

/*
 * The nodes that a request may take tables from, the nearest to @home first. Starts with @home
 * itself for a @done of none. A cache that was bound to a node has that one only.
 * Returns NULL if all are done.
 */
static struct ptc_node *miss_next_node(const struct pt_cache *cache, const struct ptc_node *home,
				       nodemask_t *done)
{
	int nid, nearest = NUMA_NO_NODE;

	if (nodes_empty(*done)) {
		node_set(home->nid, *done);
		return cache->pool->nodes[home->nid];
	}
	if (cache->home)
		return NULL;
	for_each_node_state(nid, N_MEMORY) {
		if (node_isset(nid, *done))
			continue;
		if (nearest == NUMA_NO_NODE ||
		    node_distance(home->nid, nid) < node_distance(home->nid, nearest))
			nearest = nid;
	}
	if (nearest == NUMA_NO_NODE)
		return NULL;
	node_set(nearest, *done);
	return cache->pool->nodes[nearest];
}

/* Walk the nodes in that order; @done is a nodemask_t, initially NODE_MASK_NONE. */
#define miss_for_each_node(node, cache, home, done)				\
	while ((node = miss_next_node(cache, home, done)))

static void miss_count_remote(const struct ptc_node *node, const struct ptc_node *home,
			      unsigned int got)
{
	if (node != home)
		ptc_count_add(PTC_remote, got);
}

/*
 * The home node has no table left and little memory. What is ready or free on another node is
 * better than to reclaim and compact at home.
 */
static unsigned int miss_take_elsewhere(struct pt_cache *cache, struct ptc_node *home, gfp_t gfp,
					unsigned long *pfn, enum ptc_source *source)
{
	nodemask_t done = NODE_MASK_NONE;
	unsigned int got = 0;
	struct ptc_node *node;

	miss_for_each_node(node, cache, home, &done) {
		if (node == home)
			continue;
		got = miss_take_ready(cache, node, 1, pfn, source);
		if (!got && !ptc_numa_is_short(node->nid))
			got = miss_take_from_node(cache, node, gfp & ~__GFP_DIRECT_RECLAIM, 1, pfn,
						  source);
		miss_count_remote(node, home, got);
		if (got)
			break;
	}
	return got;
}

/* No node has memory for us: what is free is in magazines, if anywhere. */
static unsigned int miss_take_last(struct pt_cache *cache, struct ptc_node *home,
				   unsigned long *pfn, enum ptc_source *source)
{
	nodemask_t done = NODE_MASK_NONE;
	int cookie = ptc_pools_enter();
	unsigned int got = 0;
	struct ptc_node *node;

	ptc_registry_drain(cache->home ? home->nid : NUMA_NO_NODE);
	ptc_pools_leave(cookie);
	miss_for_each_node(node, cache, home, &done) {
		got = miss_take_ready(cache, node, 1, pfn, source);
		miss_count_remote(node, home, got);
		if (got)
			break;
	}
	return got;
}

/* Take tables for a request that may sleep. Returns how many. */
static unsigned int miss_take_with_sleep(struct pt_cache *cache, struct ptc_node *home, gfp_t gfp,
					 unsigned int nr, unsigned long *pfns,
					 enum ptc_source *source)
{
	nodemask_t done = NODE_MASK_NONE;
	unsigned int got = 0;
	struct ptc_node *node;

	if (!cache->home && ptc_numa_is_short(home->nid)) {
		got = miss_take_ready(cache, home, nr, pfns, source);
		if (!got)
			got = miss_take_elsewhere(cache, home, gfp, pfns, source);
		if (got)
			return got;
	}
	miss_for_each_node(node, cache, home, &done) {
		got = miss_take_from_node(cache, node, gfp, node == home ? nr : 1, pfns, source);
		miss_count_remote(node, home, got);
		if (got)
			return got;
	}
	return miss_take_last(cache, home, pfns, source);
}

/*
 * Take tables for a request that may not sleep: what is in blocks, one dirty table cleared here, or
 * one of the reserve; of the home node, then of the others.
 * Returns how many.
 */
static unsigned int miss_take_without_sleep(struct pt_cache *cache, struct ptc_node *home,
					    unsigned int nr, unsigned long *pfns,
					    enum ptc_source *source)
{
	nodemask_t done = NODE_MASK_NONE;
	struct ptc_node *node;
	unsigned int got = 0;

	miss_for_each_node(node, cache, home, &done) {
		got = miss_take_ready(cache, node, node == home ? nr : 1, pfns, source);
		if (!got) {
			*source = PTC_SOURCE_RESERVE;
			got = ptc_node_take_reserve(node, cache->order, pfns);
			ptc_count_add(PTC_reserve_taken, got);
		}
		if (READ_ONCE(node->sums.reserve_clean) < PTC_RESERVE_LOW)
			ptc_node_kick_supply(node);
		miss_count_remote(node, home, got);
		if (got)
			break;
	}
	return got;
}

/**
 * ptc_take_past_magazine - take clean tables when the magazine is empty
 * @cache: the cache, whose pool they come from
 * @gfp: whether the request may wait, reclaim and split
 * @nr: how many are wanted, at most PTC_BATCH_MAX
 * @pfns: filled with their page frames
 * @source: set to where they came from, for the tracepoints
 *
 * Context: as @gfp says.
 * Return: how many: @nr, or fewer if memory is short.
 */
unsigned int ptc_take_past_magazine(struct pt_cache *cache, gfp_t gfp, unsigned int nr,
				    unsigned long *pfns, enum ptc_source *source)
{
	struct ptc_node *node = ptc_cache_node(cache);
	bool may_sleep = ptc_may_sleep(gfp);
	unsigned int got;

	/* what all ways begin with, without the list of nodes */
	*source = PTC_SOURCE_BLOCK;
	got = miss_take_clean(cache, node, nr, pfns);
	if (!got)
		got = may_sleep ? miss_take_with_sleep(cache, node, gfp, nr, pfns, source) :
				  miss_take_without_sleep(cache, node, nr, pfns, source);
	if (!got)
		*source = PTC_SOURCE_NONE;
	ptc_stock_ask(node);
	trace_table_miss(cache->name, cache->order, *source, gfpflags_allow_blocking(gfp),
			 node->nid);
	return got;
}
