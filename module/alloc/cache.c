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
#include <linux/nodemask.h>
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

/* Returns NULL, for a caller that ends with it. */
static noinline struct page *refuse_request(const struct pt_cache *cache, unsigned int level,
					    gfp_t gfp)
{
	WARN_ONCE(1, "pt_cache: %s: bad %s (level %u, gfp %#x)\n",
		  IS_ERR_OR_NULL(cache) ? "no cache" : cache->name,
		  IS_ERR_OR_NULL(cache) ? "cache" : level > PT_CACHE_PGD ? "level" : "gfp",
		  level, (__force unsigned int)gfp);
	ptc_count(PTC_bad_argument);
	return NULL;
}

static __always_inline bool request_ok(const struct pt_cache *cache, unsigned int level, gfp_t gfp)
{
	return likely(!IS_ERR_OR_NULL(cache) && level <= PT_CACHE_PGD && !(gfp & ~GFP_ALLOWED));
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

/* This CPU's own dirty tables first: no shared lock. Returns whether there was one. */
static bool take_own_dirty(struct pt_cache *cache, unsigned long *pfn)
{
	struct ptc_magazine *magazine;
	unsigned long flags;
	bool got = false;

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	if (magazine->nr_dirty) {
		*pfn = page_to_pfn(magazine->dirty[--magazine->nr_dirty]);
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
	if (!take_own_dirty(cache, pfn)) {
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
 * Returns how many tables, 0 when nothing can be had; -EAGAIN, only if @again, when others made
 * some meanwhile.
 */
static int take_new_block(struct pt_cache *cache, struct ptc_node *node, gfp_t gfp,
			  bool again, unsigned int nr, unsigned long *pfns)
{
	const struct ptc_want want = {
		.node = node,
		.order = cache->order,
		.gfp = gfp,
		.again = again,
	};
	struct ptc_block *block = ptc_supply_block(&want);
	unsigned int got;

	if (IS_ERR_OR_NULL(block))
		return PTR_ERR_OR_ZERO(block);
	got = ptc_block_take(block, cache->order, nr, pfns);
	ptc_node_add(node, block, false);
	return got;
}

/*
 * Magazines are drained before a split at most this often, so that CPUs that live on each other's
 * tables do not interrupt each other all the time.
 */
#define DRAIN_INTERVAL	(HZ / 10)

/* Tables in other CPUs' magazines save a split. Returns whether it was worth another look. */
static bool drained_for_us(void)
{
	bool drained;

	if (!down_read_trylock(&ptc_pools_sem))
		return false;
	drained = ptc_caches_drain(DRAIN_INTERVAL);
	up_read(&ptc_pools_sem);
	return drained;
}

/* From one node, for a request that may sleep. Returns how many, and in @source where from. */
static unsigned int take_from_node(struct pt_cache *cache, struct ptc_node *node, gfp_t gfp,
				   unsigned int nr, unsigned long *pfns, enum ptc_source *source)
{
	int got, tries;

	for (tries = 3; ; tries--) {
		*source = PTC_SOURCE_BLOCK;
		got = ptc_node_take(node, cache->order, nr, pfns);
		if (got)
			return got;

		*source = PTC_SOURCE_CLEARED;
		got = take_and_clear(cache, node, pfns);
		if (got)
			return got;

		if (tries && drained_for_us())
			continue;

		*source = PTC_SOURCE_SUPPLY;
		got = take_new_block(cache, node, gfp, tries, nr, pfns);
		if (READ_ONCE(node->reserve_clean) < PTC_RESERVE_LOW)
			ptc_worker_kick(node); /* it went under pressure, or by hand */
		if (got != -EAGAIN)
			return got;
	}
}

/* The home node has nothing left, not even a page: another node's tables are better than none. */
static unsigned int take_elsewhere(struct pt_cache *cache, struct ptc_node *home, gfp_t gfp,
				   unsigned long *pfn, enum ptc_source *source)
{
	unsigned int got;
	int nid;

	if (cache->home)
		return 0; /* it was asked for by name */
	for_each_node_state(nid, N_MEMORY) {
		struct ptc_node *node = cache->pool->nodes[nid];

		if (node == home)
			continue;
		got = take_from_node(cache, node, gfp, 1, pfn, source);
		if (got)
			return got;
	}
	return 0;
}

/* For a request that may not sleep: what is there, or nothing. */
static unsigned int take_what_is_there(struct pt_cache *cache, struct ptc_node *node,
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
	if (READ_ONCE(node->reserve_clean) < PTC_RESERVE_LOW)
		ptc_worker_kick(node);
	ptc_count_add(PTC_reserve_taken, got);
	return got;
}

/* Interrupts are off. */
static void count_miss(struct pt_cache *cache, unsigned int got, unsigned long pfn, gfp_t gfp)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);

	if (!got && gfpflags_allow_blocking(gfp)) {
		ptc_count(PTC_failed);
	} else if (!got) {
		magazine->atomic_misses++;
	} else {
		magazine->misses++;
		if (ptc_index_find(pfn)->order < PTC_BLOCK_ORDER)
			magazine->fallbacks++;
	}
}

/*
 * Take one table past the magazine, and with it half a magazine more where that is cheap.
 * Returns whether there was one.
 */
static bool take_past_magazine(struct pt_cache *cache, gfp_t gfp, unsigned long *pfn,
			       enum ptc_source *source)
{
	struct ptc_node *node = raw_cpu_ptr(cache->magazines)->node;
	unsigned int nr = max(READ_ONCE(cache->depth) / 2, 1U), got;
	unsigned long pfns[PTC_BATCH_MAX] = {}, flags;

	if (may_sleep(gfp)) {
		got = take_from_node(cache, node, gfp, nr, pfns, source);
		if (!got)
			got = take_elsewhere(cache, node, gfp, pfns, source);
	} else {
		got = take_what_is_there(cache, node, nr, pfns, source);
	}
	if (!got)
		*source = PTC_SOURCE_NONE;
	ptc_worker_ask_for_stock(node);

	local_irq_save(flags);
	if (got > 1)
		ptc_magazine_fill(cache, pfns + 1, got - 1);
	count_miss(cache, got, pfns[0], gfp);
	local_irq_restore(flags);

	trace_table_miss(cache, *source, gfpflags_allow_blocking(gfp), node->nid);
	*pfn = pfns[0];
	return got;
}

/* A table that failed its check: its hand-out was counted, and did not happen. */
static bool verified(struct pt_cache *cache, unsigned long pfn)
{
	if (!ptc_verify_zero() || ptc_verify_table(cache, pfn))
		return true;
	this_cpu_inc(cache->magazines->frees);
	return false;
}

/* What the fast path leaves: an empty magazine, and verify_zero=1. */
static noinline struct page *alloc_slow(struct pt_cache *cache, struct mm_struct *mm,
					unsigned int level, gfp_t gfp)
{
	enum ptc_source source;
	struct ptc_block *block;
	unsigned long pfn, flags;

	do {
		source = PTC_SOURCE_MAGAZINE;
		if (!ptc_magazine_take(cache, &pfn) &&
		    !take_past_magazine(cache, gfp, &pfn, &source))
			return NULL;
	} while (!verified(cache, pfn));

	local_irq_save(flags);
	block = ptc_index_find(pfn);
	ptc_record_open(&block->records[pfn - block->pfn], cache->tag | level << 8, mm);
	local_irq_restore(flags);
	trace_table_alloc(cache, pfn, mm, level, source, block->node->nid);
	return pfn_to_page(pfn);
}

/*
 * Out of line, and the last call of its caller, as all that leaves the fast paths: they then need
 * no register saved.
 */
static noinline struct page *trace_alloc(struct pt_cache *cache, struct page *page,
					 struct mm_struct *mm, unsigned int level)
{
	trace_table_alloc(cache, page_to_pfn(page), mm, level, PTC_SOURCE_MAGAZINE,
			  page_to_nid(page));
	return page;
}

struct page *pt_cache_alloc_table(struct pt_cache *cache, struct mm_struct *mm,
				  enum pt_cache_level level, gfp_t gfp)
{
	struct ptc_magazine *magazine;
	struct ptc_slot *slot;
	unsigned long flags;
	struct page *page;

	if (!request_ok(cache, level, gfp))
		return refuse_request(cache, level, gfp);

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	if (unlikely(!magazine->nr_clean || ptc_verify_zero())) {
		local_irq_restore(flags);
		return alloc_slow(cache, mm, level, gfp);
	}
	slot = magazine->clean + --magazine->nr_clean;
	page = slot->page;
	magazine->hits++;
	ptc_record_open(slot->record, cache->tag | level << 8, mm);
	local_irq_restore(flags);

	if (trace_table_alloc_enabled())
		return trace_alloc(cache, page, mm, level);
	return page;
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
	nr = ptc_verify_zero() ? 0 : min(nr, magazine->nr_clean);
	for (i = 0; i < nr; i++) {
		struct ptc_slot slot = magazine->clean[--magazine->nr_clean];

		ptc_record_open(slot.record, cache->tag | level << 8, mm);
		pages[i] = slot.page;
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

	if (!request_ok(cache, level, gfp)) {
		refuse_request(cache, level, gfp);
		return 0;
	}
	while (got < nr) {
		got += alloc_from_magazine(cache, mm, level, nr - got, pages + got);
		if (got == nr)
			break;
		/* one past the magazine, which fills it again */
		pages[got] = alloc_slow(cache, mm, level, gfp);
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

/* Put a table on this CPU's stack, which has room. Interrupts are off. */
static __always_inline void stack_table(struct ptc_magazine *magazine, struct page *page,
					struct ptc_record *record, bool dirty)
{
	if (dirty)
		*(magazine->dirty + magazine->nr_dirty++) = page;
	else
		*(magazine->clean + magazine->nr_clean++) = (struct ptc_slot){ page, record };
}

static noinline void trace_free(struct pt_cache *cache, struct page *page, u32 tag, bool dirty)
{
	trace_table_free(cache, page_to_pfn(page), ptc_tag_level(tag), !dirty);
}

/*
 * A table that does not simply go on this CPU's stack: the stack is full, or the table is another
 * node's and goes home, or nothing is stacked (large tables; recycling is off). Goes on with
 * interrupts off, which keeps the block, and restores them.
 */
static noinline void free_slow(struct pt_cache *cache, struct page *page, u32 tag, bool dirty,
			       unsigned long flags)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);
	unsigned long pfn = page_to_pfn(page);
	struct ptc_block *block = ptc_index_find(pfn);

	if (block->node != magazine->node || !READ_ONCE(cache->depth)) {
		ptc_node_put(&pfn, 1, cache->order, dirty);
		if (dirty)
			ptc_worker_kick(block->node);
	} else {
		ptc_magazine_overflow(cache, magazine, dirty);
		stack_table(magazine, page, &block->records[pfn - block->pfn], dirty);
	}
	local_irq_restore(flags);
	trace_table_free(cache, pfn, ptc_tag_level(tag), !dirty);
}

static __always_inline void free_table(struct pt_cache *cache, struct page *page, bool dirty)
{
	unsigned long pfn = page_to_pfn(page), flags;
	struct ptc_magazine *magazine;
	struct ptc_record *record;
	struct ptc_block *block;
	u32 tag;

	if (IS_ERR_OR_NULL(cache))
		return refuse_free(cache, page);

	local_irq_save(flags); /* keeps the block, too, which a page that is not ours may be in */
	block = ptc_index_find(pfn);
	if (unlikely(!block))
		goto refuse;
	record = &block->records[pfn - block->pfn];
	tag = ptc_record_close(record, cache->tag);
	if (unlikely(!tag))
		goto refuse;

	magazine = this_cpu_ptr(cache->magazines);
	magazine->frees++;
	if (unlikely(block->node != magazine->node ||
		     (dirty ? magazine->nr_dirty : magazine->nr_clean) >= READ_ONCE(cache->depth)))
		return free_slow(cache, page, tag, dirty, flags);
	stack_table(magazine, page, record, dirty);
	local_irq_restore(flags);

	if (trace_table_free_enabled())
		trace_free(cache, page, tag, dirty);
	return;

refuse:
	local_irq_restore(flags);
	refuse_free(cache, page);
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
