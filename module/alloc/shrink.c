// SPDX-License-Identifier: GPL-2.0
/*
 * Give memory back: whole empty blocks under memory pressure, single pages only when the OOM killer
 * would act otherwise. Returning parts of a block frees memory but keeps the damage that its split
 * did to the direct map.
 *
 * Reclaim is entered from any context that may sleep, so it only tries to acquire ptc_pools_sem. A
 * writer is creating or destroying a cache and releases it soon. Blocks are isolated under their
 * node's lock and returned outside it.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>

#include "alloc/pool.h"
#include "alloc/registry.h"
#include "alloc/shrink.h"
#include "alloc/supply.h"
#include "compat/shrinker.h"
#include "counters.h"
#include "fault.h"
#include "trace/trace.h"

/* Minimum interval between two drains of the magazines for reclaim. */
#define DRAIN_INTERVAL	HZ

/*
 * Give back empty blocks of @node until @nr_pages are reached or none is left. With @reserve_too,
 * those of the reserve go last.
 */
static unsigned long shrink_return_empty(struct ptc_node *node, unsigned long nr_pages,
					 bool reserve_too)
{
	unsigned long freed = 0;

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

	list_for_each_entry(pool, &ptc_pools, link) {
		if (freed >= nr_pages)
			break;
		freed += shrink_return_empty(pool->nodes[nid], nr_pages - freed, reserve_too);
	}
	return freed;
}

/* Take back lent tables that the kernel has freed, in all pools, so that blocks become empty. */
static void shrink_take_back(int nid)
{
	struct ptc_pool *pool;

	list_for_each_entry(pool, &ptc_pools, link)
		pool->ops->take_back(pool->nodes[nid], true);
}

/*
 * Give back whole empty blocks of a node: at least @nr_pages if there are as many. If there are
 * not, drain the magazines and take back lent tables first, unless the last drain is less than
 * @drain_interval jiffies ago.
 * Context: process context, may sleep; ptc_pools_sem is held for reading.
 * Return: the pages given back.
 */
static unsigned long shrink_node(int nid, unsigned long nr_pages, unsigned long drain_interval)
{
	unsigned long freed = shrink_return_empty_of_all(nid, nr_pages, false);
	bool drained = freed < nr_pages && ptc_registry_drain(drain_interval);

	if (drained) {
		shrink_take_back(nid);
		freed += shrink_return_empty_of_all(nid, nr_pages - freed, false);
	}
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

/*
 * Do as the shrinker does, on every node, until @nr_pages are given back or there are no more. The
 * reserves go last: memory that is to go offline must hold no page of ours. They are refilled on
 * the next request for a table.
 * Context: process context, may sleep.
 * Return: the pages given back, or -EINTR.
 */
long ptc_shrink_by_hand(unsigned long nr_pages)
{
	unsigned long freed = 0;
	struct ptc_pool *pool;
	int nid;

	if (down_read_killable(&ptc_pools_sem))
		return -EINTR;
	list_for_each_entry(pool, &ptc_pools, link)
		for_each_node_state(nid, N_MEMORY)
			ptc_node_flush(pool->nodes[nid]);
	for_each_node_state(nid, N_MEMORY)
		if (freed < nr_pages)
			freed += shrink_node(nid, nr_pages - freed, 0);
	for_each_node_state(nid, N_MEMORY)
		if (freed < nr_pages)
			freed += shrink_return_reserve(nid, nr_pages - freed);
	up_read(&ptc_pools_sem);
	return freed;
}

static unsigned long shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long pages = 0, hint = 0;
	struct ptc_pool *pool;

	if (!down_read_trylock(&ptc_pools_sem))
		return 0;
	list_for_each_entry(pool, &ptc_pools, link) {
		const struct ptc_node *node = pool->nodes[sc->nid];

		pages += READ_ONCE(node->sums.empty);
		if (pool->ops->worth_draining(node))
			hint = PTC_BLOCK_PAGES;
	}
	up_read(&ptc_pools_sem);
	return pages + hint ?: SHRINK_EMPTY;
}

static unsigned long shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long freed;

	if (!down_read_trylock(&ptc_pools_sem))
		return SHRINK_STOP;
	freed = shrink_node(sc->nid, sc->nr_to_scan, DRAIN_INTERVAL);
	up_read(&ptc_pools_sem);
	return freed ?: SHRINK_STOP;
}

/* Free the single pages of a node, and its reserve: otherwise the OOM killer kills a task. */
static unsigned long shrink_return_pages(struct ptc_node *node)
{
	unsigned long pfns[PTC_BATCH_MAX], freed = 0;
	unsigned int i, nr;
	LIST_HEAD(husks);

	while ((nr = ptc_node_isolate_pages(node, PTC_BATCH_MAX, pfns))) {
		for (i = 0; i < nr; i++)
			__free_page(pfn_to_page(pfns[i]));
		freed += nr;
	}
	while (ptc_node_isolate_empty(node, true, PTC_BATCH_MAX, &husks))
		ptc_supply_return(&husks); /* blocks that have no page left */
	return freed;
}

/*
 * If pages are reported as freed, the OOM killer kills nothing and the allocation is retried. But
 * pages of one node do not help a task that is bound to others. And while tables are requested the
 * worker refills the reserve, which could then be freed and reported again, without end. So report
 * at most once per this interval.
 */
#define TELL_AGAIN_AFTER	(10 * HZ)

/* @told: jiffies of the last report, or 0. Caller holds oom_lock. */
static unsigned long shrink_to_tell(unsigned long pages, unsigned long *told)
{
	if (!pages || (*told && time_before(jiffies, *told + TELL_AGAIN_AFTER)))
		return 0;
	*told = jiffies ?: 1;
	return pages;
}

static int shrink_before_oom(struct notifier_block *block, unsigned long unused, void *freed_pages)
{
	static unsigned long told_whole, told_single;
	unsigned long whole = 0, single = 0;
	struct ptc_pool *pool;
	int nid;

	if (!down_read_trylock(&ptc_pools_sem))
		return NOTIFY_OK;
	ptc_registry_drain(0);
	for_each_node(nid)
		shrink_take_back(nid);
	for_each_node(nid)
		whole += shrink_return_empty_of_all(nid, ULONG_MAX, true);
	if (!whole)
		list_for_each_entry(pool, &ptc_pools, link)
			for_each_node(nid)
				single += shrink_return_pages(pool->nodes[nid]);
	up_read(&ptc_pools_sem);

	ptc_count_add(PTC_shrink_pages, whole);
	ptc_count_add(PTC_oom_pages, single);
	*(unsigned long *)freed_pages += shrink_to_tell(whole, &told_whole) +
					 shrink_to_tell(single, &told_single);
	return NOTIFY_OK;
}

static struct notifier_block shrink_oom_notifier = { .notifier_call = shrink_before_oom };
static struct shrinker *shrink_shrinker;

int ptc_shrink_init(void)
{
	int err;

	shrink_shrinker = ptc_fallible(ptc_shrinker_new("pt_cache", SHRINKER_NUMA_AWARE,
							shrink_count, shrink_scan,
							PTC_BLOCK_PAGES), NULL);
	if (!shrink_shrinker)
		return -ENOMEM;
	err = ptc_fallible(register_oom_notifier(&shrink_oom_notifier), -ENOMEM);
	if (err)
		ptc_shrinker_free(shrink_shrinker);
	return err;
}

void ptc_shrink_exit(void)
{
	unregister_oom_notifier(&shrink_oom_notifier);
	ptc_shrinker_free(shrink_shrinker);
}
