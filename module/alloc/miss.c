// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate tables when this CPU's magazine is empty: from the node's blocks, by clearing dirty
 * tables, from the supply, or from another node. A request that may not sleep gets only clean
 * tables from the node's blocks or its reserve.
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

#include "alloc/cache.h"
#include "alloc/clear.h"
#include "alloc/miss.h"
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
	ptc_node_kick(node);
	return true;
}

static unsigned int miss_take_and_clear(struct pt_cache *cache, struct ptc_node *node,
					unsigned long *pfn)
{
	if (!READ_ONCE(ptc_recycling))
		return 0;
	if (!miss_take_own_dirty(cache, pfn) && !miss_take_dirty(cache, node, pfn))
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
 * Drain all magazines: tables in other CPUs' magazines may save a split.
 * Returns whether they were drained, so that the caller retries.
 */
static bool miss_drain(void)
{
	bool drained;

	if (!down_read_trylock(&ptc_pools_sem))
		return false;
	drained = ptc_registry_drain(DRAIN_INTERVAL);
	up_read(&ptc_pools_sem);
	return drained;
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
		*source = PTC_SOURCE_BLOCK;
		got = ptc_node_take(node, cache->order, nr, pfns);
		if (got)
			return got;

		*source = PTC_SOURCE_CLEARED;
		got = miss_take_and_clear(cache, node, pfns);
		if (got)
			return got;

		if (tries && miss_drain())
			continue;

		*source = PTC_SOURCE_SUPPLY;
		got = miss_take_new_block(cache, node, gfp, tries, nr, pfns);
		if (READ_ONCE(node->sums.reserve_clean) < PTC_RESERVE_LOW)
			/*
			 * the OOM notifier, or a write to `shrink`, may have returned the reserve
			 */
			ptc_node_kick(node);
		if (got != -EAGAIN)
			return got;
	}
}

/* The home node has no table and no free page left: take a table from another node. */
static unsigned int miss_take_elsewhere(struct pt_cache *cache, struct ptc_node *home, gfp_t gfp,
					unsigned long *pfn, enum ptc_source *source)
{
	unsigned int got;
	int nid;

	if (cache->home)
		return 0; /* the caller bound the cache to this node */
	for_each_node_state(nid, N_MEMORY) {
		struct ptc_node *node = cache->pool->nodes[nid];

		if (node == home)
			continue;
		got = miss_take_from_node(cache, node, gfp, 1, pfn, source);
		ptc_count_add(PTC_remote, got);
		if (got)
			return got;
	}
	return 0;
}

/* Take tables for a request that may not sleep: those that are ready, or none. */
static unsigned int miss_take_without_sleep(struct pt_cache *cache, struct ptc_node *node,
					    unsigned int nr, unsigned long *pfns,
					    enum ptc_source *source)
{
	unsigned int got;

	*source = PTC_SOURCE_BLOCK;
	got = ptc_node_take(node, cache->order, nr, pfns);
	if (got)
		return got;

	*source = PTC_SOURCE_RESERVE;
	got = ptc_node_take_reserve(node, cache->order, pfns);
	if (READ_ONCE(node->sums.reserve_clean) < PTC_RESERVE_LOW)
		ptc_node_kick(node);
	ptc_count_add(PTC_reserve_taken, got);
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
	struct ptc_node *node = raw_cpu_ptr(cache->magazines)->node;
	unsigned int got;

	if (ptc_may_sleep(gfp)) {
		got = miss_take_from_node(cache, node, gfp, nr, pfns, source);
		if (!got)
			got = miss_take_elsewhere(cache, node, gfp, pfns, source);
	} else {
		got = miss_take_without_sleep(cache, node, nr, pfns, source);
	}
	if (!got)
		*source = PTC_SOURCE_NONE;
	ptc_stock_ask(node);
	trace_table_miss(cache->name, cache->order, *source, gfpflags_allow_blocking(gfp),
			 node->nid);
	return got;
}
