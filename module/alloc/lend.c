// SPDX-License-Identifier: GPL-2.0
/*
 * Lend tables to the kernel's own page-table code, which frees them as if they were the page
 * allocator's and does not notify us. So each lent table has two references, the borrower's and
 * ours, and a table whose only reference is ours is free again. Such tables are found by polling:
 * by the worker, by the shrinker, and, a few at a time, by a request that finds no clean table.
 *
 * This file serves requests, and counts. The lender's blocks, and what the worker does with them,
 * are grow.c's.
 *
 * Why a table that is taken back is not in use:
 *
 *	The borrower's reference is the one that the page allocator would have given it, and the
 *	kernel puts it where it would have freed the page. All that must precede the free therefore
 *	precedes the put: the entry that led to the table is cleared, the TLBs are flushed, and
 *	lockless walkers have left (by an IPI or an RCU grace period). Batches of tables
 *	(mmu_gather) and pte_free_defer() keep the reference until their callback has run. See
 *	mm/mmu_gather.c and mm/pgtable-generic.c of 6.1, 6.12, 7.2 and 7.3.
 *
 *	The borrower's reference is taken before the record says that the table is lent. So a table
 *	that is on its way to the borrower is never seen with one reference.
 *
 *	Transient references, taken by code that does not check whose the page is (speculative
 *	lookups, compaction, memory offlining, DAMON), only raise the count, which delays us. After
 *	we have taken the table back they do no harm: our own reference keeps the page.
 *
 *	Tables are taken back only with the lock of the block's node held: see collect_take_back()
 *	in collect.c.
 *
 * Why a lent table holds no stale entry: some kernel paths free a table that is not empty. 6.1's
 * collapse_pte_mapped_thp() frees one with its present entries still in it, free_ldt_pgtables()
 * does so on all kernels, and 6.12 and later may leave poison markers. The page allocator clears a
 * page when it hands it out again. Here each table that is taken back is marked dirty, and the only
 * ways from dirty to clean are ptc_worker_clean() (worker.c) and lend_take_cleared() below.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "alloc/attributes.h"
#include "alloc/cache.h"
#include "alloc/collect.h"
#include "alloc/create.h"
#include "alloc/grow.h"
#include "alloc/index.h"
#include "alloc/lend.h"
#include "alloc/offer.h"
#include "alloc/recycling.h"
#include "alloc/verify.h"
#include "counters.h"
#include "fault.h"
#include "trace/trace.h"

/* Enabled while a lender verifies; then no table is lent on the fast path. */
static DEFINE_STATIC_KEY_FALSE(lend_verifying);

bool ptc_pool_lends(const struct ptc_pool *pool)
{
	return pool->ops == &ptc_lending_pool;
}

/* Does any pool lend? Context: process context, may sleep. */
bool ptc_lender_exists(void)
{
	struct ptc_pool *pool;
	bool lends = false;
	int cookie;

	cookie = ptc_pools_enter();
	ptc_for_each_pool(pool)
		lends |= ptc_pool_lends(pool);
	ptc_pools_leave(cookie);
	return lends;
}

/* Take a dirty table out of its block and clear it. Returns how many: 1 or 0. */
static unsigned int lend_take_cleared(struct pt_cache *cache, struct ptc_node *node,
				      unsigned long *pfn)
{
	if (!ptc_node_take_dirty(node, 0, 1, false, pfn) || !ptc_attributes_filter(pfn, 1, 0))
		return 0;
	ptc_grow_clean(node, pfn, 1);
	ptc_count(PTC_cleared_by_caller);
	return 1;
}

/*
 * Take a table for a request that finds no clean one: clear a dirty table, after collecting a few
 * if there is none, and a sign that the kernel has freed some. Bounded, and never waits.
 * Returns how many: 1 or 0.
 */
static unsigned int lend_take_back_one(struct pt_cache_lender *lender, struct ptc_node *node,
				       unsigned long *pfn, enum ptc_source *source)
{
	struct pt_cache *cache = lender->cache;
	struct ptc_collect pass = { .node = node, .looks = PTC_BATCH_MAX };
	unsigned int got;

	*source = PTC_SOURCE_CLEARED;
	got = lend_take_cleared(cache, node, pfn);
	if (got)
		return got;

	if (!ptc_collect_is_promising(node))
		return 0;
	*source = PTC_SOURCE_COLLECTED;
	ptc_collect_due(&pass);
	if (!pass.collected)
		return 0;
	ptc_lender_count_taken_back(lender, pass.collected);
	return lend_take_cleared(cache, node, pfn);
}

/* As alloc_take() in alloc.c, but never waits. Returns whether a table was taken. */
static bool lend_take(struct pt_cache_lender *lender, unsigned long *pfn, enum ptc_source *source)
{
	struct pt_cache *cache = lender->cache;
	struct ptc_node *node;
	bool from_block, got;

	if (!READ_ONCE(ptc_recycling) || !READ_ONCE(lender->max_blocks))
		return false;
	got = ptc_magazine_take(cache, pfn, &from_block);
	*source = from_block ? PTC_SOURCE_BLOCK : PTC_SOURCE_MAGAZINE;
	if (!from_block)
		return true;
	node = ptc_cache_node(cache);
	if (READ_ONCE(node->sums.clean) < PTC_STOCK_LOW &&
	    !time_before(jiffies, READ_ONCE(node->collect_after)))
		ptc_grow_kick(node);
	if (got)
		return true;
	if (!lend_take_back_one(lender, node, pfn, source)) {
		ptc_grow_note_miss(node);
		return false;
	}
	this_cpu_inc(cache->magazines->misses);
	return true;
}

/*
 * Refuse memory that went bad while the table was free: the page allocator would not hand it out
 * either.
 */
static bool lend_memory_is_good(unsigned long pfn)
{
	if (likely(!PageHWPoison(pfn_to_page(pfn))))
		return true;
	ptc_node_quarantine(pfn, 0);
	ptc_count(PTC_poisoned);
	return false;
}

static bool lend_is_zero(struct pt_cache_lender *lender, unsigned long pfn)
{
	if (!ptc_lender_verifies(lender) || ptc_verify_table(lender->cache, pfn))
		return true;
	atomic_long_inc(&lender->non_zero);
	return false;
}

/* Check a table. One that fails is retired. It was counted as lent, so count it as taken back. */
static bool lend_is_usable(struct pt_cache_lender *lender, unsigned long pfn)
{
	if (lend_memory_is_good(pfn) && lend_is_zero(lender, pfn))
		return true;
	ptc_lender_count_taken_back(lender, 1);
	return false;
}

/* Mark the table lent. Interrupts are off, and nobody else knows the page. */
static __always_inline void lend_open(const struct pt_cache_lender *lender, struct page *page,
				      struct ptc_record *record, struct mm_struct *mm,
				      unsigned int level, bool slow)
{
	page_ref_inc(page); /* before the record says that it is lent: see the head of this file */
	if (slow && ptc_fault(PTC_FAULT_LEND_LATE))
		udelay(100);
	ptc_record_open(record, lender->tag | level << 8, mm);
}

static noinline struct page *lend_slow(struct pt_cache_lender *lender, struct mm_struct *mm,
				       unsigned int level)
{
	unsigned long pfn, flags;
	enum ptc_source source;
	struct ptc_block *block;

	do {
		if (!lend_take(lender, &pfn, &source))
			return NULL;
	} while (!lend_is_usable(lender, pfn));

	local_irq_save(flags);
	block = ptc_index_find(pfn);
	lend_open(lender, pfn_to_page(pfn), &block->records[pfn - block->pfn], mm, level, true);
	local_irq_restore(flags);
	trace_live_alloc(pfn, mm, source);
	return pfn_to_page(pfn);
}

/* Out of line: see alloc_trace() in alloc.c. */
static noinline struct page *lend_trace(struct page *page, struct mm_struct *mm)
{
	trace_live_alloc(page_to_pfn(page), mm, PTC_SOURCE_MAGAZINE);
	return page;
}

struct page *pt_cache_lend(struct pt_cache_lender *lender, struct mm_struct *mm,
			   enum pt_cache_level level)
{
	struct ptc_magazine *magazine;
	unsigned long flags;
	struct page *page;
	unsigned int at;

	local_irq_save(flags);
	magazine = this_cpu_ptr(lender->magazines);
	if (unlikely(!magazine->nr_clean || !READ_ONCE(lender->max_blocks) || ptc_verify_zero() ||
		     static_branch_unlikely(&lend_verifying)))
		goto slow;
	at = magazine->nr_clean - 1;
	page = pfn_to_page(*(magazine->clean + at));
	if (unlikely(PageHWPoison(page)))
		goto slow;
	magazine->nr_clean = at;
	magazine->hits++;
	lend_open(lender, page, *(magazine->records + at), mm, level, false);
	local_irq_restore(flags);

	if (trace_live_alloc_enabled())
		return lend_trace(page, mm);
	return page;

slow:
	local_irq_restore(flags);
	return lend_slow(lender, mm, level);
}
EXPORT_SYMBOL_GPL(pt_cache_lend);

struct pt_cache_lender *pt_cache_lender_create(const struct pt_cache_lender_attr *attr)
{
	struct pt_cache_attr cache_attr = { .nid = NUMA_NO_NODE };
	struct pt_cache_lender *lender;
	struct pt_cache *cache;

	if (!attr)
		return ERR_PTR(-EINVAL);
	cache_attr.name = attr->name;
	lender = ptc_fallible(kzalloc(sizeof(*lender), GFP_KERNEL), NULL);
	if (!lender)
		return ERR_PTR(-ENOMEM);
	lender->max_blocks = attr->max_blocks;
	cache = ptc_cache_new(&cache_attr, &ptc_lending_pool, lender);
	if (IS_ERR(cache)) {
		kfree(lender);
		return ERR_CAST(cache);
	}
	lender->cache = cache;
	lender->magazines = cache->magazines;
	lender->tag = cache->tag | PTC_TAG_LENT;
	pt_cache_lender_verify(lender, attr->verify);
	ptc_cache_prepare(cache);
	ptc_grow_start(lender);
	return lender;
}
EXPORT_SYMBOL_GPL(pt_cache_lender_create);

/*
 * Settle all lent tables of a node: hand over those in use, take back those that the kernel has
 * freed.
 */
static void lend_hand_over(struct pt_cache_lender *lender, struct ptc_node *node)
{
	unsigned long pfns[PTC_BATCH_MAX];
	unsigned int nr, i;

	while (ptc_collect_hand_over(node, PTC_BATCH_MAX, pfns, &nr)) {
		for (i = 0; i < nr; i++)
			put_page(pfn_to_page(pfns[i]));
		ptc_count_add(PTC_handed_over, nr);
		cond_resched();
	}
}

void pt_cache_lender_destroy(struct pt_cache_lender *lender)
{
	struct ptc_cache_sums sums;
	int nid;

	if (!lender)
		return;
	pt_cache_lender_limit(lender, 0);
	ptc_offer_withdraw(lender);
	pt_cache_lender_verify(lender, false);
	ptc_grow_stop(lender);
	for_each_node(nid) {
		/*
		 * Waits until the worker has counted what it is taking back. The beat and the
		 * borrowers, which kick it, have stopped.
		 */
		ptc_node_cancel(lender->cache->pool->nodes[nid]);
		lend_hand_over(lender, lender->cache->pool->nodes[nid]);
	}
	/*
	 * Whoever walks the pools takes tables back and kicks the worker, which takes back, too:
	 * wait until what they took back before the hand-over is counted.
	 */
	synchronize_srcu(&ptc_pools_srcu);
	for_each_node(nid)
		ptc_node_cancel(lender->cache->pool->nodes[nid]);
	/* no table is lent any more: count those handed over as freed */
	ptc_cache_sum(lender->cache, &sums);
	this_cpu_add(lender->magazines->frees, sums.in_use);
	WARN_ON_ONCE(pt_cache_destroy(lender->cache));
	kfree(lender);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_destroy);

void pt_cache_lender_limit(struct pt_cache_lender *lender, unsigned long max_blocks)
{
	WRITE_ONCE(lender->max_blocks, max_blocks);
	ptc_grow_kick_all(lender);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_limit);

void pt_cache_lender_verify(struct pt_cache_lender *lender, bool verify)
{
	if (lender->verify == verify)
		return;
	lender->verify = verify;
	if (verify)
		static_branch_inc(&lend_verifying);
	else
		static_branch_dec(&lend_verifying);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_verify);

void pt_cache_lender_stats(const struct pt_cache_lender *lender,
			   struct pt_cache_lender_stats *stats)
{
	const struct ptc_pool *pool = lender->cache->pool;
	struct ptc_cache_sums sums;
	int nid;

	ptc_cache_sum(lender->cache, &sums);
	*stats = (struct pt_cache_lender_stats){
		.lent = sums.hits + sums.misses,
		.taken_back = sums.frees,
		.in_use = sums.in_use,
		.non_zero = atomic_long_read(&lender->non_zero),
		.ready = sums.in_magazines,
		.blocks = ptc_grow_blocks(pool),
		.max_blocks = READ_ONCE(lender->max_blocks),
		.lends = READ_ONCE(ptc_recycling),
	};
	for_each_node(nid)
		stats->ready += READ_ONCE(pool->nodes[nid]->sums.clean);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_stats);
