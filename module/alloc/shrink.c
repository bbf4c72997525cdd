// SPDX-License-Identifier: GPL-2.0
/*
 * Give memory back: whole empty blocks under memory pressure; single pages when reclaim has asked
 * in vain; all that is free before the OOM killer acts. Returning parts of a block frees memory but
 * keeps the damage that its split did to the direct map.
 *
 * Locks: none but the nodes', and the pools are walked after ptc_pools_enter(), which no other task
 * can hold up. Reclaim and the OOM notifier wait for nobody but the CPUs that they interrupt: the
 * caller of the OOM notifier holds oom_lock, and whoever it would wait for may be waiting for
 * memory. What they look at is bounded. Blocks are isolated under their node's lock and returned
 * outside it.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "alloc/leave.h"
#include "alloc/pool.h"
#include "alloc/registry.h"
#include "alloc/shrink.h"
#include "alloc/supply.h"
#include "compat/shrinker.h"
#include "counters.h"
#include "fault.h"
#include "trace/trace.h"

/* Minimum interval between two drains of a node's magazines for reclaim, and two collections. */
#define SHRINK_INTERVAL		HZ

/* Lent tables that one scan, and one call of the OOM notifier for each node, looks at. */
#define SHRINK_LOOKS		(32 * 1024)
#define SHRINK_LOOKS_BEFORE_OOM	(256 * 1024)

/* What reclaim did with a node lately, for all pools. */
static struct shrink_node {
	unsigned long drain_after;	/* jiffies */
	unsigned long collect_after;	/* jiffies */
	unsigned long vain_until;	/* jiffies; then `vain` is stale */
	unsigned int vain;		/* scans in a row that found no whole block */
} *shrink_nodes;

/*
 * Give back empty blocks of @node until @nr_pages are reached or none is left. With @reserve_too,
 * those of the reserve go last.
 */
static unsigned long shrink_return_empty(struct ptc_node *node, unsigned long nr_pages,
					 bool reserve_too)
{
	unsigned long freed = 0;

	/* blocks that others make meanwhile do not make this longer */
	nr_pages = min(nr_pages, READ_ONCE(node->sums.pages));
	while (freed < nr_pages) {
		unsigned int want = min_t(unsigned long, PTC_BATCH_MAX,
					  (nr_pages - freed - 1) / PTC_BLOCK_PAGES + 1);
		struct ptc_block *block;
		LIST_HEAD(blocks);

		if (!ptc_node_isolate_empty(node, reserve_too, want, &blocks))
			break;
		list_for_each_entry(block, &blocks, link)
			freed += block->pages;
		ptc_supply_return(&blocks);
	}
	return freed;
}

static unsigned long shrink_return_empty_of_all(int nid, unsigned long nr_pages, bool reserve_too)
{
	struct ptc_pool *pool;
	unsigned long freed = 0;

	ptc_for_each_pool(pool) {
		if (freed >= nr_pages)
			break;
		freed += shrink_return_empty(pool->nodes[nid], nr_pages - freed, reserve_too);
	}
	return freed;
}

/* Take back lent tables that the kernel has freed, in all pools, so that blocks become empty. */
static void shrink_take_back(int nid, unsigned int looks)
{
	struct ptc_pool *pool;

	ptc_for_each_pool(pool)
		pool->ops->take_back(pool->nodes[nid], looks);
}

/*
 * Give back up to @nr_pages single pages of a node, and the blocks that have no page left then.
 * Returns how many.
 */
static unsigned long shrink_return_pages(struct ptc_node *node, unsigned long nr_pages,
					 bool reserve_too)
{
	unsigned long pfns[PTC_BATCH_MAX], freed = 0;
	unsigned int nr;
	LIST_HEAD(husks);

	/* pages that others free meanwhile do not make this longer */
	nr_pages = min(nr_pages, ptc_node_free_pages(node));
	while (freed < nr_pages) {
		nr = ptc_node_isolate_pages(node, reserve_too,
					    min_t(unsigned long, PTC_BATCH_MAX, nr_pages - freed),
					    pfns);
		freed += ptc_leave(pfns, nr);
		if (ptc_node_isolate_empty(node, reserve_too, PTC_BATCH_MAX, &husks))
			ptc_supply_return(&husks);
		if (!nr)
			break;
	}
	return freed;
}

/*
 * A whole block was wanted in vain. After a few times in a row pages of the emptiest blocks go,
 * more with each time: memory is short, and a block with one table out could keep 511 pages for
 * ever.
 */
#define SHRINK_VAIN_SCANS	2
#define SHRINK_VAIN_PAGES	16UL
#define SHRINK_VAIN_MAX		8
#define SHRINK_VAIN_FOR		(10 * HZ)

static unsigned long shrink_in_vain(int nid)
{
	struct shrink_node *shrink = &shrink_nodes[nid];
	unsigned int vain = READ_ONCE(shrink->vain);
	unsigned long nr_pages, freed = 0;
	struct ptc_pool *pool;

	if (time_after(jiffies, READ_ONCE(shrink->vain_until)))
		vain = 0;
	WRITE_ONCE(shrink->vain, vain + 1);
	WRITE_ONCE(shrink->vain_until, jiffies + SHRINK_VAIN_FOR);
	if (vain < SHRINK_VAIN_SCANS)
		return 0;
	nr_pages = SHRINK_VAIN_PAGES << min(vain - SHRINK_VAIN_SCANS, SHRINK_VAIN_MAX);
	ptc_for_each_pool(pool)
		if (freed < nr_pages)
			freed += shrink_return_pages(pool->nodes[nid], nr_pages - freed, false);
	ptc_count_add(PTC_shrink_singles, freed);
	return freed;
}

/*
 * Give back whole empty blocks of a node: at least @nr_pages if there are as many. If there are
 * not, drain the magazines and take back lent tables first, each unless that was done a moment ago
 * or with @at_once.
 * Context: process context, may sleep, after ptc_pools_enter().
 * Return: the pages given back.
 */
static unsigned long shrink_node(int nid, unsigned long nr_pages, unsigned int looks, bool at_once)
{
	struct shrink_node *shrink = &shrink_nodes[nid];
	unsigned long freed = shrink_return_empty_of_all(nid, nr_pages, false);
	bool drained = false, collected = false;

	if (freed < nr_pages) {
		drained = at_once || ptc_due(&shrink->drain_after, SHRINK_INTERVAL);
		collected = at_once || ptc_due(&shrink->collect_after, SHRINK_INTERVAL);
	}
	if (drained)
		ptc_registry_drain(nid);
	if (collected)
		shrink_take_back(nid, looks);
	if (drained || collected)
		freed += shrink_return_empty_of_all(nid, nr_pages - freed, false);
	if (freed)
		WRITE_ONCE(shrink->vain, 0);
	ptc_count(PTC_shrink_calls);
	ptc_count_add(PTC_shrink_pages, freed);
	trace_shrink(nid, nr_pages, freed, drained);
	return freed;
}

static unsigned long shrink_return_reserve(int nid, unsigned long nr_pages)
{
	unsigned long freed = shrink_return_empty_of_all(nid, nr_pages, true);

	ptc_count_add(PTC_shrink_pages, freed);
	return freed;
}

/* Is work queued or running that holds tables while it clears them? */
static bool shrink_must_wait(void)
{
	struct ptc_pool *pool;
	bool busy = false;
	int nid;

	ptc_for_each_pool(pool)
		for_each_node_state(nid, N_MEMORY)
			busy |= ptc_node_busy(pool->nodes[nid]);
	return busy;
}

/* How long to wait for the workers, in steps of how long. A worker may be waiting for memory. */
#define SHRINK_WAIT_STEPS	200
#define SHRINK_WAIT_MS		10

/*
 * Do as the shrinker does, on every node, until @nr_pages are given back or there are no more. The
 * reserves go last: memory that is to go offline must hold no page of ours. They are refilled on
 * the next request for a table.
 * Context: process context, may sleep; ends early on a signal.
 * Return: the pages given back, or -EINTR if a signal came before any.
 */
long ptc_shrink_by_hand(unsigned long nr_pages)
{
	int nid, cookie = ptc_pools_enter(), steps = SHRINK_WAIT_STEPS;
	unsigned long freed = 0;

	while (shrink_must_wait() && steps-- && !signal_pending(current))
		msleep_interruptible(SHRINK_WAIT_MS);
	for_each_node_state(nid, N_MEMORY)
		if (freed < nr_pages && !signal_pending(current))
			freed += shrink_node(nid, nr_pages - freed, UINT_MAX, true);
	for_each_node_state(nid, N_MEMORY)
		if (freed < nr_pages && !signal_pending(current))
			freed += shrink_return_reserve(nid, nr_pages - freed);
	ptc_pools_leave(cookie);
	return !freed && signal_pending(current) ? -EINTR : freed;
}

/*
 * Whole empty blocks, and a block's worth if a drain may make one empty, or if reclaim has asked in
 * vain and there are single pages.
 */
static unsigned long shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	bool vain = READ_ONCE(shrink_nodes[sc->nid].vain);
	unsigned long pages = 0, hint = 0;
	struct ptc_pool *pool;
	int cookie;

	cookie = ptc_pools_enter();
	ptc_for_each_pool(pool) {
		const struct ptc_node *node = pool->nodes[sc->nid];

		pages += READ_ONCE(node->sums.empty);
		if (pool->ops->worth_draining(node) ||
		    (vain && READ_ONCE(node->sums.clean) + READ_ONCE(node->sums.dirty)))
			hint = PTC_BLOCK_PAGES;
	}
	ptc_pools_leave(cookie);
	return pages + hint ?: SHRINK_EMPTY;
}

static unsigned long shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	int cookie = ptc_pools_enter();
	unsigned long freed;

	freed = shrink_node(sc->nid, sc->nr_to_scan, SHRINK_LOOKS, false);
	if (!freed)
		freed = shrink_in_vain(sc->nid);
	ptc_pools_leave(cookie);
	return freed ?: SHRINK_STOP;
}

/* A task is about to be killed for want of memory: no block is made ahead of need for so long. */
#define SHRINK_NO_GROWTH	(5 * HZ)

static void shrink_stop_growth(void)
{
	struct ptc_pool *pool;
	int nid;

	ptc_for_each_pool(pool)
		for_each_node(nid)
			WRITE_ONCE(pool->nodes[nid]->grow_after, jiffies + SHRINK_NO_GROWTH);
}

/*
 * If pages are reported as freed, the OOM killer kills nothing and the allocation is retried. That
 * helps nobody who cannot use these pages, and if we refilled for ever it would keep the killer off
 * for ever. So pages are reported so many times in a row; then the killer has its turn. A row ends
 * with it, or when no task was about to be killed for so long.
 */
#define SHRINK_TELL_TIMES	16
#define SHRINK_TELL_ROW		(10 * HZ)

/* Caller holds oom_lock. */
static unsigned long shrink_to_tell(unsigned long pages)
{
	static unsigned long row_until = INITIAL_JIFFIES;
	static unsigned int told;

	if (time_after(jiffies, row_until))
		told = 0;
	row_until = jiffies + SHRINK_TELL_ROW;
	if (!pages || told == SHRINK_TELL_TIMES) {
		told = 0;
		return 0;
	}
	told++;
	return pages;
}

static int shrink_before_oom(struct notifier_block *block, unsigned long unused, void *freed_pages)
{
	unsigned long whole = 0, single = 0;
	struct ptc_pool *pool;
	int nid, cookie;

	cookie = ptc_pools_enter();
	shrink_stop_growth();
	ptc_registry_drain(NUMA_NO_NODE);
	for_each_node(nid) {
		shrink_take_back(nid, SHRINK_LOOKS_BEFORE_OOM);
		whole += shrink_return_empty_of_all(nid, ULONG_MAX, true);
		ptc_for_each_pool(pool)
			single += shrink_return_pages(pool->nodes[nid], ULONG_MAX, true);
	}
	ptc_pools_leave(cookie);

	ptc_count_add(PTC_shrink_pages, whole);
	ptc_count_add(PTC_oom_pages, single);
	*(unsigned long *)freed_pages += shrink_to_tell(whole + single);
	return NOTIFY_OK;
}

static struct notifier_block shrink_oom_notifier = { .notifier_call = shrink_before_oom };
static struct shrinker *shrink_shrinker;

int ptc_shrink_init(void)
{
	int err = -ENOMEM, nid;

	shrink_nodes = ptc_fallible(kcalloc(nr_node_ids, sizeof(*shrink_nodes), GFP_KERNEL), NULL);
	if (!shrink_nodes)
		return -ENOMEM;
	for_each_node(nid) {
		shrink_nodes[nid].drain_after = jiffies;
		shrink_nodes[nid].collect_after = jiffies;
		shrink_nodes[nid].vain_until = jiffies;
	}
	shrink_shrinker = ptc_fallible(ptc_shrinker_new("pt_cache", SHRINKER_NUMA_AWARE,
							shrink_count, shrink_scan,
							PTC_BLOCK_PAGES), NULL);
	if (!shrink_shrinker)
		goto free_nodes;
	err = ptc_fallible(register_oom_notifier(&shrink_oom_notifier), -ENOMEM);
	if (!err)
		return 0;
	ptc_shrinker_free(shrink_shrinker);
free_nodes:
	kfree(shrink_nodes);
	return err;
}

void ptc_shrink_exit(void)
{
	unregister_oom_notifier(&shrink_oom_notifier);
	ptc_shrinker_free(shrink_shrinker);
	kfree(shrink_nodes);
}
