// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation of tables: check the arguments, pop this CPU's magazine, and go past it (miss.c) when
 * it is empty.
 *
 * Locks: none here. A magazine is accessed only by its own CPU, with interrupts off.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "alloc/cache.h"
#include "alloc/index.h"
#include "alloc/miss.h"
#include "alloc/stock.h"
#include "alloc/verify.h"
#include "counters.h"
#include "trace/trace.h"

/* Reject other flags: zone modifiers, multi-page requests, promises we cannot keep. */
#define ALLOC_GFP_MASK	(GFP_KERNEL | GFP_ATOMIC | __GFP_ZERO | __GFP_NOWARN | __GFP_NORETRY | \
			 __GFP_RETRY_MAYFAIL | __GFP_ACCOUNT | __GFP_NOMEMALLOC | __GFP_HARDWALL)

/* Returns NULL, so that it can be a tail call. */
static noinline struct page *alloc_refuse(const struct pt_cache *cache, unsigned int level,
					  gfp_t gfp)
{
	WARN_ONCE(1, "pt_cache: %s: bad %s (level %u, gfp %#x)\n",
		  IS_ERR_OR_NULL(cache) ? "no cache" : cache->name,
		  IS_ERR_OR_NULL(cache) ? "cache" : level > PT_CACHE_PGD ? "level" : "gfp",
		  level, (__force unsigned int)gfp);
	ptc_count(PTC_bad_argument);
	return NULL;
}

static __always_inline bool alloc_request_ok(const struct pt_cache *cache, unsigned int level,
					     gfp_t gfp)
{
	return likely(ptc_cache_ok(cache) && level <= PT_CACHE_PGD && !(gfp & ~ALLOC_GFP_MASK));
}

static bool alloc_is_fallback(const struct ptc_block *block)
{
	return block->order < PTC_BLOCK_ORDER;
}

/*
 * Count a request past the magazine: @nr tables handed out, @fallbacks of them from less than a
 * block. Interrupts are off.
 */
static void alloc_count_misses(struct pt_cache *cache, unsigned int nr, unsigned int fallbacks,
			       gfp_t gfp)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);

	if (!nr && gfpflags_allow_blocking(gfp))
		ptc_count(PTC_failed);
	else if (!nr)
		magazine->atomic_misses++;
	magazine->misses += nr;
	magazine->fallbacks += fallbacks;
}

/* Take one table past the magazine, and more to refill the magazine where they come cheap. */
static bool alloc_take_and_fill(struct pt_cache *cache, gfp_t gfp, unsigned long *pfn,
				enum ptc_source *source)
{
	unsigned int nr = ptc_magazine_move(READ_ONCE(cache->depth)), got;
	unsigned long pfns[PTC_MAGAZINE_DEPTH], flags;

	got = ptc_take_past_magazine(cache, gfp, nr, pfns, source);
	local_irq_save(flags);
	alloc_count_misses(cache, min(got, 1U), got && alloc_is_fallback(ptc_index_find(pfns[0])),
			   gfp);
	if (got > 1)
		ptc_magazine_fill(cache, pfns + 1, got - 1);
	local_irq_restore(flags);
	if (!got)
		return false;
	*pfn = pfns[0];
	return true;
}

/* Verify a table. A table that fails was counted as handed out, so count it as freed. */
static bool alloc_verified(struct pt_cache *cache, unsigned long pfn)
{
	if (!ptc_verify_zero() || ptc_verify_table(cache, pfn))
		return true;
	this_cpu_inc(cache->magazines->frees);
	return false;
}

/* Take a table from the magazine, the node's blocks, or any other source. */
static bool alloc_take(struct pt_cache *cache, gfp_t gfp, unsigned long *pfn,
		       enum ptc_source *source)
{
	struct ptc_node *node;
	bool from_block;

	if (!ptc_magazine_take(cache, pfn, &from_block))
		return alloc_take_and_fill(cache, gfp, pfn, source);
	*source = from_block ? PTC_SOURCE_BLOCK : PTC_SOURCE_MAGAZINE;
	if (!from_block)
		return true;
	/* Warn about a sleeping gfp in atomic context, even though this path does not sleep. */
	ptc_may_sleep(gfp);
	node = ptc_cache_node(cache);
	ptc_stock_ask(node);
	trace_table_miss(cache->name, cache->order, *source, gfpflags_allow_blocking(gfp),
			 node->nid);
	return true;
}

/* The slow path: the magazine is empty, or verify_zero=1. */
static noinline struct page *alloc_slow(struct pt_cache *cache, struct mm_struct *mm,
					unsigned int level, gfp_t gfp)
{
	enum ptc_source source;
	struct ptc_block *block;
	unsigned long pfn, flags;

	do {
		if (!alloc_take(cache, gfp, &pfn, &source))
			return NULL;
	} while (!alloc_verified(cache, pfn));

	local_irq_save(flags);
	block = ptc_index_find(pfn);
	ptc_record_open(&block->records[pfn - block->pfn], cache->tag | level << 8, mm);
	local_irq_restore(flags);
	trace_table_alloc(cache->name, cache->order, pfn, mm, level, source, block->node->nid);
	return pfn_to_page(pfn);
}

/*
 * Out of line and a tail call, like every exit from a fast path, so that the fast path need not
 * save registers.
 */
static noinline struct page *alloc_trace(struct pt_cache *cache, struct page *page,
					 struct mm_struct *mm, unsigned int level)
{
	trace_table_alloc(cache->name, cache->order, page_to_pfn(page), mm, level,
			  PTC_SOURCE_MAGAZINE, page_to_nid(page));
	return page;
}

struct page *pt_cache_alloc_table(struct pt_cache *cache, struct mm_struct *mm,
				  enum pt_cache_level level, gfp_t gfp)
{
	struct ptc_magazine *magazine;
	unsigned long flags;
	struct page *page;
	unsigned int at;

	if (!alloc_request_ok(cache, level, gfp))
		return alloc_refuse(cache, level, gfp);

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	if (unlikely(!magazine->nr_clean || ptc_verify_zero())) {
		local_irq_restore(flags);
		return alloc_slow(cache, mm, level, gfp);
	}
	at = --magazine->nr_clean;
	page = pfn_to_page(*(magazine->clean + at));
	magazine->hits++;
	ptc_record_open(*(magazine->records + at), cache->tag | level << 8, mm);
	local_irq_restore(flags);

	if (trace_table_alloc_enabled())
		return alloc_trace(cache, page, mm, level);
	return page;
}
EXPORT_SYMBOL_GPL(pt_cache_alloc_table);

static void alloc_trace_bulk(struct pt_cache *cache, struct mm_struct *mm, unsigned int level,
			     enum ptc_source source, unsigned int nr, struct page **pages)
{
	unsigned int i;

	if (!trace_table_alloc_enabled())
		return;
	for (i = 0; i < nr; i++)
		trace_table_alloc(cache->name, cache->order, page_to_pfn(pages[i]), mm, level,
				  source, page_to_nid(pages[i]));
}

/*
 * Fill @pages from this CPU's magazine in a single interrupts-off section.
 * Returns how many tables the magazine had.
 */
static unsigned int alloc_from_magazine(struct pt_cache *cache, struct mm_struct *mm,
					unsigned int level, unsigned int nr, struct page **pages)
{
	struct ptc_magazine *magazine;
	unsigned long flags;
	unsigned int i;

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	nr = ptc_verify_zero() ? 0 : min(nr, magazine->nr_clean);
	magazine->nr_clean -= nr;
	for (i = 0; i < nr; i++) {
		unsigned int at = magazine->nr_clean + i;

		ptc_record_open(*(magazine->records + at), cache->tag | level << 8, mm);
		pages[i] = pfn_to_page(*(magazine->clean + at));
	}
	magazine->hits += nr;
	local_irq_restore(flags);

	alloc_trace_bulk(cache, mm, level, PTC_SOURCE_MAGAZINE, nr, pages);
	return nr;
}

/* Hand out the leading tables of @pfns that belong to @block. Returns how many. */
static __always_inline unsigned int alloc_open_run(const struct pt_cache *cache,
						   const struct ptc_block *block,
						   struct mm_struct *mm, unsigned int level,
						   unsigned int nr,
						   const unsigned long *pfns, struct page **pages)
{
	unsigned long first = block->pfn, at = pfns[0] - first;
	unsigned int reach = ptc_index_reach(block), i = 0;
	struct ptc_record *records = block->records;
	struct page *first_page = pfn_to_page(first);
	u32 tag = cache->tag | level << 8;

	do {
		ptc_record_open(records + at, tag, mm);
		pages[i] = first_page + at;
		if (++i == nr)
			break;
		at = pfns[i] - first;
	} while (at < reach);
	return i;
}

/* As alloc_from_magazine(), but past the magazine, which is empty. Returns how many. */
static unsigned int alloc_past_magazine(struct pt_cache *cache, struct mm_struct *mm,
					unsigned int level, gfp_t gfp, unsigned int nr,
					struct page **pages)
{
	unsigned long pfns[PTC_BATCH_MAX], flags;
	unsigned int fallbacks = 0, i = 0;
	enum ptc_source source;

	nr = ptc_take_past_magazine(cache, gfp, min(nr, PTC_BATCH_MAX), pfns, &source);
	local_irq_save(flags);
	while (i < nr) {
		const struct ptc_block *block = ptc_index_find(pfns[i]);
		unsigned int done = alloc_open_run(cache, block, mm, level, nr - i, pfns + i,
						   pages + i);

		if (alloc_is_fallback(block))
			fallbacks += done;
		i += done;
	}
	alloc_count_misses(cache, nr, fallbacks, gfp);
	local_irq_restore(flags);

	alloc_trace_bulk(cache, mm, level, source, nr, pages);
	return nr;
}

unsigned int pt_cache_alloc_bulk(struct pt_cache *cache, struct mm_struct *mm,
				 enum pt_cache_level level, gfp_t gfp,
				 unsigned int nr, struct page **pages)
{
	unsigned int got = 0, more;

	if (!alloc_request_ok(cache, level, gfp)) {
		alloc_refuse(cache, level, gfp);
		return 0;
	}
	for (; got < nr; got += more) {
		more = alloc_from_magazine(cache, mm, level, nr - got, pages + got);
		if (!more && !ptc_verify_zero()) {
			more = alloc_past_magazine(cache, mm, level, gfp, nr - got, pages + got);
		} else if (!more) {
			pages[got] = alloc_slow(cache, mm, level, gfp);
			more = !!pages[got];
		}
		if (!more)
			break;
	}
	return got;
}
EXPORT_SYMBOL_GPL(pt_cache_alloc_bulk);
