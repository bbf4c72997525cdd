// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a request through a cache: arguments, this CPU's magazine, the node's
 * blocks, dirty tables, the reserve or the supply. A request that may not sleep takes no step
 * that could: it ends at the reserve.
 *
 * Locks: none here. A magazine is its CPU's own, with interrupts off.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "alloc/cache.h"
#include "alloc/index.h"
#include "alloc/magazine.h"
#include "alloc/supply.h"
#include "alloc/verify.h"
#include "alloc/worker.h"
#include "counters.h"
#include "table/record.h"
#include "trace/trace.h"

/* Everything that asks for a zone, for more than one page, or for what we cannot promise. */
#define GFP_ALLOWED	(GFP_KERNEL | GFP_ATOMIC | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY | \
			 __GFP_RETRY_MAYFAIL | __GFP_ACCOUNT | __GFP_NOMEMALLOC | __GFP_HARDWALL)

static noinline bool refuse_request(const struct pt_cache *cache, unsigned int level, gfp_t gfp)
{
	WARN_ONCE(1, "pt_cache: %s: bad %s (level %u, gfp %#x)\n",
		  IS_ERR_OR_NULL(cache) ? "no cache" : cache->name,
		  IS_ERR_OR_NULL(cache) ? "cache" : level > PT_CACHE_PGD ? "level" : "gfp",
		  level, (__force unsigned int)gfp);
	ptc_count(PTC_bad_argument);
	return false;
}

static __always_inline bool request_ok(const struct pt_cache *cache, unsigned int level, gfp_t gfp)
{
	if (unlikely(IS_ERR_OR_NULL(cache) || level > PT_CACHE_PGD || (gfp & ~GFP_ALLOWED)))
		return refuse_request(cache, level, gfp);
	return true;
}

static noinline bool refuse_to_sleep(void)
{
	WARN_ONCE(1, "pt_cache: a request that may sleep came from a context that may not\n");
	return false;
}

/*
 * May this request wait, reclaim and split? A gfp that says so where it cannot is the caller's
 * bug: it is served like one that may not. A task that reclaims memory must not be sent to split
 * the direct map for more.
 */
static bool may_sleep(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		return false;
	if (IS_ENABLED(CONFIG_PREEMPT_COUNT) && !preemptible())
		return refuse_to_sleep();
	return !(current->flags & PF_MEMALLOC);
}

/* This CPU's own dirty tables first: no lock. Returns whether there was one; it is cleared. */
static bool clear_one_of_ours(struct pt_cache *cache, unsigned long *pfn)
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

static unsigned int take_and_clear(struct pt_cache *cache, struct ptc_node *node,
				   unsigned long *pfn)
{
	if (!READ_ONCE(ptc_recycling))
		return 0;
	if (!clear_one_of_ours(cache, pfn)) {
		if (!ptc_node_take_dirty(node, cache->order, 1, false, pfn))
			return 0;
		ptc_worker_kick(node);
	}
	ptc_clear_tables(pfn, 1, cache->order);
	ptc_count_add(PTC_cleared_by_caller, 1UL << cache->order);
	return 1;
}

/*
 * A new block: the maker's tables are taken before anybody else can see it.
 * Returns how many tables, 0 when nothing can be had, -EAGAIN when others made some meanwhile.
 */
static int take_new_block(struct pt_cache *cache, struct ptc_node *node, gfp_t gfp,
			  unsigned int nr, unsigned long *pfns)
{
	const struct ptc_want want = {
		.node = node,
		.order = cache->order,
		.gfp = gfp,
		.strict_node = cache->home,
		.only_if_dry = true,
	};
	struct ptc_block *block = ptc_supply_block(&want);
	unsigned int got;

	if (IS_ERR_OR_NULL(block))
		return PTR_ERR_OR_ZERO(block);
	got = ptc_block_take(block, cache->order, nr, pfns);
	ptc_node_add(block->node, block, false);
	return got;
}

static struct ptc_node *current_home(const struct pt_cache *cache)
{
	struct ptc_node *home;

	preempt_disable();
	home = ptc_cache_home(cache);
	preempt_enable();
	return home;
}

/*
 * Up to @nr clean tables from past the magazine. Context: any, may sleep as @gfp allows.
 * Returns how many, and in @source where from.
 */
static unsigned int take_past_magazine(struct pt_cache *cache, gfp_t gfp, unsigned int nr,
				       unsigned long *pfns, enum ptc_source *source)
{
	struct ptc_node *node = current_home(cache);
	bool sleeps = may_sleep(gfp);
	int got, tries;

	for (tries = 0; tries < 4; tries++) {
		*source = PTC_SOURCE_BLOCK;
		got = ptc_node_take(node, cache->order, nr, pfns);
		if (got)
			return got;

		if (!sleeps) {
			*source = PTC_SOURCE_RESERVE;
			got = ptc_node_take_reserve(node, cache->order, pfns);
			if (READ_ONCE(node->reserve_clean) < PTC_RESERVE_LOW)
				ptc_worker_kick(node);
			ptc_count_add(PTC_reserve_taken, got);
			return got;
		}

		*source = PTC_SOURCE_CLEARED;
		got = take_and_clear(cache, node, pfns);
		if (got)
			return got;

		if (ptc_caches_drain_for(node, HZ / 10))
			continue; /* tables in other CPUs' magazines save a split */

		*source = PTC_SOURCE_SUPPLY;
		got = take_new_block(cache, node, gfp, nr, pfns);
		if (got != -EAGAIN)
			return got;
	}
	return 0;
}

/* Count a miss, in the cache and in all. Interrupts on or off. */
static void count_miss(struct pt_cache *cache, unsigned long pfn, bool served, bool sleeps)
{
	struct ptc_magazine *magazine;
	unsigned long flags;

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	if (served) {
		magazine->misses++;
		if (ptc_index_find(pfn)->order < PTC_BLOCK_ORDER)
			magazine->fallbacks++;
	} else if (!sleeps) {
		magazine->atomic_misses++;
	} else {
		ptc_count(PTC_failed);
	}
	local_irq_restore(flags);
}

/*
 * The magazine was empty: get one table, and half a magazine more where that is cheap.
 * Returns whether there was one.
 */
static noinline bool alloc_slow(struct pt_cache *cache, gfp_t gfp, unsigned long *pfn,
				enum ptc_source *source)
{
	unsigned int nr = max(cache->depth / 2, 1);
	unsigned long pfns[PTC_BATCH_MAX], flags;
	bool sleeps = gfpflags_allow_blocking(gfp);
	unsigned int got;

	got = take_past_magazine(cache, gfp, nr, pfns, source);
	if (got > 1) {
		local_irq_save(flags);
		ptc_magazine_fill(cache, pfns + 1, got - 1);
		local_irq_restore(flags);
	}
	if (!got)
		*source = PTC_SOURCE_NONE;
	*pfn = pfns[0];
	count_miss(cache, pfns[0], got, sleeps);
	trace_table_miss(cache, *source, sleeps, cache->home ? cache->home->nid : NUMA_NO_NODE);
	return got;
}

/* Write the table's owner down. Interrupts are off, which RCU needs. */
static __always_inline void open_record(const struct pt_cache *cache, unsigned long pfn,
					unsigned int level, struct mm_struct *mm)
{
	struct ptc_block *block = ptc_index_find(pfn);

	ptc_record_open(&block->records[pfn - block->pfn],
			ptc_tag(cache->id, cache->order, level), mm);
}

/* Check a table that nobody holds yet; one that fails is gone, and its hand-out did not happen. */
static noinline bool verified(struct pt_cache *cache, unsigned long pfn)
{
	if (ptc_verify_table(cache, pfn))
		return true;
	this_cpu_inc(cache->magazines->frees);
	return false;
}

struct page *pt_cache_alloc_table(struct pt_cache *cache, struct mm_struct *mm,
				  enum pt_cache_level level, gfp_t gfp)
{
	enum ptc_source source = PTC_SOURCE_MAGAZINE;
	struct ptc_magazine *magazine;
	unsigned long pfn, flags;

	if (!request_ok(cache, level, gfp))
		return NULL;
again:
	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	if (likely(magazine->nr_clean)) {
		pfn = magazine->clean[--magazine->nr_clean];
		magazine->hits++;
	} else {
		local_irq_restore(flags);
		if (!alloc_slow(cache, gfp, &pfn, &source))
			return NULL;
		local_irq_save(flags);
	}
	if (unlikely(READ_ONCE(ptc_verify_zero))) {
		local_irq_restore(flags);
		if (!verified(cache, pfn))
			goto again;
		local_irq_save(flags);
	}
	open_record(cache, pfn, level, mm);
	local_irq_restore(flags);

	trace_table_alloc(cache, pfn, mm, level, source, page_to_nid(pfn_to_page(pfn)));
	return pfn_to_page(pfn);
}
EXPORT_SYMBOL_GPL(pt_cache_alloc_table);

/*
 * Fill @pages from this CPU's magazine under one interrupts-off section, with as many as it holds.
 * Returns how many.
 */
static unsigned int alloc_from_magazine(struct pt_cache *cache, struct mm_struct *mm,
					unsigned int level, unsigned int nr, struct page **pages)
{
	struct ptc_magazine *magazine;
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	nr = min(nr, magazine->nr_clean);
	for (i = 0; i < nr; i++) {
		unsigned long pfn = magazine->clean[--magazine->nr_clean];

		open_record(cache, pfn, level, mm);
		pages[i] = pfn_to_page(pfn);
	}
	magazine->hits += nr;
	local_irq_restore(flags);

	for (i = 0; i < nr; i++)
		trace_table_alloc(cache, page_to_pfn(pages[i]), mm, level, PTC_SOURCE_MAGAZINE,
				  page_to_nid(pages[i]));
	return nr;
}

unsigned int pt_cache_alloc_bulk(struct pt_cache *cache, struct mm_struct *mm,
				 enum pt_cache_level level, gfp_t gfp,
				 unsigned int nr, struct page **pages)
{
	unsigned int got = 0;

	if (!request_ok(cache, level, gfp))
		return 0;
	while (got < nr) {
		if (!READ_ONCE(ptc_verify_zero))
			got += alloc_from_magazine(cache, mm, level, nr - got, pages + got);
		if (got == nr)
			break;
		/* one past the magazine, which fills it again */
		pages[got] = pt_cache_alloc_table(cache, mm, level, gfp);
		if (!pages[got])
			break;
		got++;
	}
	return got;
}
EXPORT_SYMBOL_GPL(pt_cache_alloc_bulk);

static noinline void refuse_free(const struct pt_cache *cache, const struct page *page)
{
	WARN_ONCE(1, "pt_cache: %s: freed a page that it has not out (pfn %#lx)\n",
		  IS_ERR_OR_NULL(cache) ? "no cache" : cache->name,
		  page ? page_to_pfn(page) : 0);
	ptc_count(PTC_bad_free);
}

/* A table that must not wait in this CPU's magazine: it goes to its block. Interrupts are off. */
static noinline void free_past_magazine(struct pt_cache *cache, struct ptc_node *node,
					unsigned long pfn, bool dirty)
{
	if (!READ_ONCE(ptc_recycling))
		dirty = true;
	ptc_node_put(&pfn, 1, cache->order, dirty);
	if (dirty)
		ptc_worker_kick(node);
}

/*
 * Take the table from its holder and stack it. Interrupts are off.
 * Returns its old tag, or 0 when it was refused and nothing has changed.
 */
static __always_inline u32 free_one(struct pt_cache *cache, unsigned long pfn, bool dirty)
{
	struct ptc_block *block = ptc_index_find(pfn);
	struct ptc_magazine *magazine;
	u32 tag;

	if (unlikely(!block))
		return 0;
	tag = ptc_record_close(&block->records[pfn - block->pfn], cache->id);
	if (unlikely(!tag))
		return 0;
	magazine = this_cpu_ptr(cache->magazines);
	magazine->frees++;

	if (unlikely(block->node != ptc_cache_home(cache) || !cache->depth ||
		     !READ_ONCE(ptc_recycling))) {
		free_past_magazine(cache, block->node, pfn, dirty);
	} else if (dirty) {
		if (unlikely(magazine->nr_dirty == cache->depth))
			ptc_magazine_overflow(cache, magazine, true);
		magazine->dirty[magazine->nr_dirty++] = pfn;
	} else {
		if (unlikely(magazine->nr_clean == cache->depth))
			ptc_magazine_overflow(cache, magazine, false);
		magazine->clean[magazine->nr_clean++] = pfn;
	}
	return tag;
}

static __always_inline void free_table(struct pt_cache *cache, struct page *page, bool dirty)
{
	unsigned long flags;
	u32 tag;

	if (unlikely(IS_ERR_OR_NULL(cache) || !page)) {
		refuse_free(cache, page);
		return;
	}
	local_irq_save(flags);
	tag = free_one(cache, page_to_pfn(page), dirty);
	local_irq_restore(flags);
	if (unlikely(!tag))
		refuse_free(cache, page);
	else
		trace_table_free(cache, page_to_pfn(page), ptc_tag_level(tag), !dirty);
}

void pt_cache_free_table(struct pt_cache *cache, struct page *page)
{
	free_table(cache, page, true);
}
EXPORT_SYMBOL_GPL(pt_cache_free_table);

void pt_cache_free_table_zeroed(struct pt_cache *cache, struct page *page)
{
	free_table(cache, page, false);
}
EXPORT_SYMBOL_GPL(pt_cache_free_table_zeroed);

void pt_cache_free_bulk(struct pt_cache *cache, unsigned int nr, struct page **pages)
{
	while (nr--)
		free_table(cache, *pages++, true);
}
EXPORT_SYMBOL_GPL(pt_cache_free_bulk);

void pt_cache_free_bulk_zeroed(struct pt_cache *cache, unsigned int nr, struct page **pages)
{
	while (nr--)
		free_table(cache, *pages++, false);
}
EXPORT_SYMBOL_GPL(pt_cache_free_bulk_zeroed);
