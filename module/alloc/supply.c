// SPDX-License-Identifier: GPL-2.0
/*
 * Supply of blocks. The sources in this order, each outcome counted: adopt a region that is split
 * already, a fresh 2M page, a smaller aligned run, a single page. A new block is mapped by PTEs,
 * zeroed, in the index, and known to its maker alone. The maker takes its tables before it adds the
 * block to its node, or a parallel request could take them all.
 *
 * Everything here may sleep and is never called from a request that may not. Locks: none here.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "alloc/adopt.h"
#include "alloc/index.h"
#include "alloc/leave.h"
#include "alloc/pool.h"
#include "alloc/supply.h"
#include "counters.h"
#include "direct_map/read.h"
#include "direct_map/split.h"
#include "fault.h"
#include "trace/trace.h"

static struct kmem_cache *supply_slab;

/*
 * The split allocates with GFP_KERNEL inside, and so do steps of ours. The scope enforces a
 * caller's GFP_NOFS or GFP_NOIO on them.
 */
struct supply_scope {
	bool noio, nofs;
	unsigned int flags;
};

static struct supply_scope supply_scope_enter(gfp_t gfp)
{
	struct supply_scope scope = {
		.noio = !(gfp & __GFP_IO),
		.nofs = (gfp & __GFP_IO) && !(gfp & __GFP_FS),
	};

	if (scope.noio)
		scope.flags = memalloc_noio_save();
	else if (scope.nofs)
		scope.flags = memalloc_nofs_save();
	return scope;
}

static void supply_scope_leave(struct supply_scope scope)
{
	if (scope.noio)
		memalloc_noio_restore(scope.flags);
	else if (scope.nofs)
		memalloc_nofs_restore(scope.flags);
}

/* The side table of a whole block is five pages, not a power of two: vmalloc wastes none. */
static struct ptc_record *supply_alloc_records(unsigned int order, int nid)
{
	size_t size = sizeof(struct ptc_record) << order;

	if (ptc_fault(PTC_FAULT_RECORDS))
		return NULL;
	return size > PAGE_SIZE ? vzalloc_node(size, nid) : kzalloc_node(size, GFP_KERNEL, nid);
}

static void supply_free_block_rcu(struct rcu_head *rcu)
{
	struct ptc_block *block = container_of(rcu, struct ptc_block, rcu);

	kvfree(block->records);
	kmem_cache_free(supply_slab, block);
}

/*
 * Allocate the struct and the side table of a block that begins with @page. The pages are not
 * touched.
 */
static struct ptc_block *supply_describe(struct ptc_node *node, struct page *page,
					 unsigned int order,
					 enum ptc_origin origin)
{
	unsigned long pfn = page_to_pfn(page);
	struct ptc_block *block;

	if (ptc_fault(PTC_FAULT_INDEX) || ptc_index_prepare(pfn, GFP_KERNEL))
		return NULL;
	block = ptc_fallible(kmem_cache_zalloc(supply_slab, GFP_KERNEL), NULL);
	if (!block)
		return NULL;
	block->records = supply_alloc_records(order, node->nid);
	if (!block->records) {
		kmem_cache_free(supply_slab, block);
		return NULL;
	}
	ptc_adopt_prepare(pfn);
	block->node = node;
	ptc_block_init(block, pfn, order, origin);
	return block;
}

/*
 * Free the pages of a block that could not be made. Adopted pages are single pages; others are
 * still one allocation, since split_page() comes last.
 */
static void supply_free_run(struct page *page, unsigned int order, enum ptc_origin origin)
{
	unsigned int i;

	if (origin != PTC_ORIGIN_ADOPTED) {
		__free_pages(page, order);
		return;
	}
	for (i = 0; i < 1U << order; i++)
		__free_page(page + i);
}

/*
 * Make a block of 2^order pages that were just allocated. Afterwards the pages are ours, or free
 * again, or leaked; nothing is half done.
 */
static struct ptc_block *supply_make(struct ptc_node *node, struct page *page, unsigned int order,
				     enum ptc_origin origin)
{
	struct ptc_block *block = supply_describe(node, page, order, origin);
	unsigned long pfn = page_to_pfn(page);

	if (!block)
		goto free_pages;

	switch (ptc_direct_map_split(pfn, 1U << order)) {
	case PTC_SPLIT_DONE:
		break;
	case PTC_SPLIT_UNDONE:
		ptc_count(PTC_split_failed);
		goto free_block;
	case PTC_SPLIT_LOST:
		ptc_count_add(PTC_leaked_pages, 1UL << order);
		pr_warn_once("cannot verify that the direct map of %u pages at pfn %#lx is write-back: leaking the pages\n",
			     1U << order, pfn);
		kvfree(block->records);
		kmem_cache_free(supply_slab, block);
		return NULL;
	}

	if (order && origin != PTC_ORIGIN_ADOPTED)
		split_page(page, order);
	ptc_index_insert(block);
	trace_block_add(pfn, 1U << order, node->nid, origin);
	return block;

free_block:
	kvfree(block->records);
	kmem_cache_free(supply_slab, block);
free_pages:
	supply_free_run(page, order, origin);
	return NULL;
}

/* The caller's gfp for the page allocator. Never __GFP_ACCOUNT: see Documentation/charging.md. */
static gfp_t supply_gfp(gfp_t gfp)
{
	return (gfp & (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_RETRY_MAYFAIL | __GFP_NORETRY)) |
	       __GFP_ZERO | __GFP_NOWARN | __GFP_NOMEMALLOC;
}

/*
 * While 2M are allocated and cleared, others may have freed tables or made a block. Then do not
 * split another one. (A lock around this would be held across reclaim.)
 */
static bool supply_not_dry(const struct ptc_want *want)
{
	return want->again && !want->order && READ_ONCE(want->node->sums.clean);
}

/**
 * ptc_supply_adopted - make a block of an adopted region
 * @node: the node
 *
 * Context: the worker only; sleeps.
 * Return: a block as from ptc_supply_block(), or NULL.
 */
struct ptc_block *ptc_supply_adopted(struct ptc_node *node)
{
	unsigned long pfn = ptc_adopt_pages(node->nid);
	struct ptc_block *block;

	if (!pfn)
		return NULL;
	block = supply_make(node, pfn_to_page(pfn), PTC_BLOCK_ORDER, PTC_ORIGIN_ADOPTED);
	ptc_count(block ? PTC_adopted : PTC_adopt_failed);
	return block;
}

static struct ptc_block *supply_adopt(const struct ptc_want *want)
{
	return want->adopt ? ptc_supply_adopted(want->node) : NULL;
}

/* Was a task about to be killed for want of memory lately? Then take no more than is needed. */
static bool supply_must_be_modest(const struct ptc_want *want)
{
	return time_before(jiffies, READ_ONCE(want->node->grow_after));
}

/* So many more 2M pages are looked at to spare a 1G mapping: each is cleared as it is allocated. */
#define SUPPLY_OTHERS	3

/*
 * A 1G mapping that is split never comes back. Exchange a 2M page that is mapped by 1G for one that
 * is not, as far as the page allocator has others free: its lists know nothing of the direct map.
 * Returns the page to use.
 */
static struct page *supply_spare_1g(struct page *page, int nid, gfp_t gfp)
{
	struct page *set_aside[1 + SUPPLY_OTHERS];
	unsigned int nr = 0;

	while (ptc_direct_map_is_1g(page_to_pfn(page))) {
		set_aside[nr++] = page;
		page = NULL;
		if (nr <= SUPPLY_OTHERS)
			page = ptc_fallible(alloc_pages_node(nid, gfp & ~__GFP_RECLAIM,
							     PTC_BLOCK_ORDER), NULL);
		if (!page)
			break;
	}
	if (!page)
		page = set_aside[--nr];
	else if (nr)
		ptc_count(PTC_avoided_1g);
	while (nr)
		__free_pages(set_aside[--nr], PTC_BLOCK_ORDER);
	return page;
}

static struct ptc_block *supply_fresh(const struct ptc_want *want)
{
	gfp_t gfp = (supply_gfp(want->gfp) & ~__GFP_RETRY_MAYFAIL) | __GFP_THISNODE | __GFP_NORETRY;
	struct page *page = NULL;
	struct ptc_block *block;

	if (supply_must_be_modest(want))
		return NULL;
	if (!ptc_fault(PTC_FAULT_BLOCK_PAGES))
		page = alloc_pages_node(want->node->nid, gfp, PTC_BLOCK_ORDER);
	if (page && supply_not_dry(want)) {
		__free_pages(page, PTC_BLOCK_ORDER);
		ptc_count(PTC_surplus);
		return ERR_PTR(-EAGAIN);
	}
	if (page)
		page = supply_spare_1g(page, want->node->nid, gfp);
	block = page ? supply_make(want->node, page, PTC_BLOCK_ORDER, PTC_ORIGIN_FRESH) : NULL;
	ptc_count(block ? PTC_fresh : PTC_fresh_failed);
	return block;
}

/*
 * Orders 8 to 1, from free memory only: reclaim or compaction for each of them would cost more than
 * they are worth. One split serves the whole run, and later its neighbours in the same 2M.
 */
static struct ptc_block *supply_smaller(const struct ptc_want *want)
{
	gfp_t gfp = (supply_gfp(want->gfp) & ~__GFP_DIRECT_RECLAIM) | __GFP_THISNODE;
	int order, last = max(want->order, 1U);

	order = supply_must_be_modest(want) ? want->order : PTC_BLOCK_ORDER - 1;
	for (; order >= last; order--) {
		struct page *page = NULL;
		struct ptc_block *block;

		if (!ptc_fault(PTC_FAULT_RUN_PAGES))
			page = alloc_pages_node(want->node->nid, gfp, order);
		if (!page)
			continue;
		block = supply_make(want->node, page, order, PTC_ORIGIN_SMALLER);
		if (block)
			ptc_count(PTC_smaller);
		return block;
	}
	return NULL;
}

/*
 * The last resort: a single page, with all of the caller's reclaim effort. (But without the OOM
 * killer, which does not act for one node.) The page allocator chooses the page. Choosing a page of
 * a split region among 32 free ones was tried and does not pay: the page freed last is allocated
 * first, so the next request sees 31 of the same 32 pages. Where every second page was taken, 35%
 * of 1,900 pages cost a split with that choice, 39% without.
 */
static struct ptc_block *supply_single(const struct ptc_want *want)
{
	struct ptc_block *block;
	struct page *page;

	if (want->order)
		return NULL;
	page = ptc_fallible(alloc_pages_node(want->node->nid,
					     supply_gfp(want->gfp) | __GFP_THISNODE, 0),
			    NULL);
	if (!page)
		return NULL;
	block = supply_make(want->node, page, 0, PTC_ORIGIN_SINGLE);
	if (block)
		ptc_count(PTC_single);
	return block;
}

/*
 * Get a block of @want->node with room for a table.
 * Context: process context, may sleep. Reclaims as far as @want->gfp allows.
 * Returns a block that is in the index but not on its node's lists, for ptc_node_add(); NULL if no
 * memory is available; ERR_PTR(-EAGAIN) if others made tables available meanwhile.
 */
struct ptc_block *ptc_supply_block(const struct ptc_want *want)
{
	static struct ptc_block *(* const supplies[])(const struct ptc_want *want) = {
		supply_adopt, supply_fresh, supply_smaller, supply_single,
	};
	struct ptc_block *block = NULL;
	struct supply_scope scope;
	int i;

	/* a possible node that is offline has no zones to allocate from */
	if (!node_state(want->node->nid, N_MEMORY))
		return NULL;
	scope = supply_scope_enter(want->gfp);
	for (i = 0; i < ARRAY_SIZE(supplies) && !block; i++)
		block = supplies[i](want);
	if (!block)
		ptc_count(PTC_supply_failed);
	supply_scope_leave(scope);
	return block;
}

/*
 * Collect pages of a block that are still ours, from *@at on: not those that were quarantined, or
 * returned before. Returns how many, at most @nr.
 */
static unsigned int supply_collect_pages(const struct ptc_block *block, unsigned int *at,
					 unsigned long *pfns, unsigned int nr)
{
	unsigned int got = 0;

	for (; *at < block->span && got < nr; ++*at)
		if (ptc_tag_state(ptc_record_tag(&block->records[*at])) == PTC_IDLE)
			pfns[got++] = block->pfn + *at;
	return got;
}

/* Free the pages that are still ours. Those that are not as they came are kept. */
static void supply_free_pages(const struct ptc_block *block)
{
	unsigned long pfns[PTC_STRETCH];
	unsigned int at = 0, nr;

	while ((nr = supply_collect_pages(block, &at, pfns, PTC_STRETCH)))
		ptc_leave(pfns, nr);
}

/*
 * Give isolated empty blocks back to the page allocator. Their part of the direct map stays mapped
 * by PTEs: no exported function can join it again.
 * Context: process context, no spinlock held; allocates nothing.
 */
void ptc_supply_return(struct list_head *blocks)
{
	struct ptc_block *block, *next;

	list_for_each_entry_safe(block, next, blocks, link) {
		list_del(&block->link);
		ptc_index_remove(block);
		trace_block_free(block->pfn, block->pages, block->node->nid, block->origin);
		supply_free_pages(block);
		ptc_adopt_remember(block->pfn, block->node->nid);
		ptc_count(PTC_blocks_freed);
		call_rcu(&block->rcu, supply_free_block_rcu);
		cond_resched();
	}
}

/*
 * Return all blocks of a pool that has no cache and is no longer in ptc_pools. Every page is in a
 * block: the caches have drained their magazines and have no table out.
 * Context: process context, may sleep.
 */
void ptc_supply_return_pool(struct ptc_pool *pool)
{
	int nid;

	for_each_node(nid) {
		struct ptc_node *node = pool->nodes[nid];
		LIST_HEAD(blocks);

		ptc_node_cancel(node);
		while (ptc_node_isolate_empty(node, true, PTC_BATCH_MAX, &blocks))
			ptc_supply_return(&blocks);
	}
}

int ptc_supply_init(void)
{
	supply_slab = ptc_fallible(kmem_cache_create("pt_cache_block", sizeof(struct ptc_block),
						     0, 0, NULL), NULL);
	return supply_slab ? 0 : -ENOMEM;
}

/* Called at unload, after every pool is gone. */
void ptc_supply_exit(void)
{
	rcu_barrier(); /* for supply_free_block_rcu() and the index's old directories */
	kmem_cache_destroy(supply_slab);
}
