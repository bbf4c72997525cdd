// SPDX-License-Identifier: GPL-2.0
/*
 * Lending tables to the kernel's own page-table code, which frees them as if they were the page
 * allocator's and tells nobody. So each lent table has two references, the borrower's and ours, and
 * one whose only reference is ours is free again. It is looked for, since nothing announces it:
 * by the worker, by the shrinker, and a little by a request that finds no clean table.
 *
 * Why a table that is taken back is not in use:
 *
 *	The borrower's reference is the one that the page allocator would have given it, and the kernel
 *	puts it where it would have freed the page. Whatever has to come before that (the entry that led
 *	to the table is cleared, the TLBs are flushed, lockless walkers have left, be it by an IPI or by
 *	a grace period of RCU) comes before it here as well: batches of tables (mmu_gather) and
 *	pte_free_defer() keep the reference until their callback has run. See mm/mmu_gather.c and
 *	mm/pgtable-generic.c of 6.1, 6.12, 7.2 and 7.3.
 *
 *	It is raised before the record says that the table is lent, so nobody finds a table that is on
 *	its way to the borrower with one reference.
 *
 *	References that others take for a moment without asking whose the page is (speculative lookups,
 *	compaction, memory going offline, DAMON) only raise the count, which delays us; when we have
 *	taken a table back they may come and go as they like, ours keeps the page.
 *
 *	Only who holds the lock of the block's node takes tables back: see collect_take_back() in collect.c.
 *
 * Why a table that is lent holds no stale entry: not all paths of the kernel leave a table empty
 * when they free it. 6.1's collapse_pte_mapped_thp() frees one with its present entries still in
 * it, free_ldt_pgtables() does on all kernels, and 6.12 and later may leave markers of poison. The
 * page allocator clears a page when it gives it out again; here each table that is taken back
 * counts as dirty, and the only ways from dirty to clean are worker_clean() and lend_take_cleared()
 * below.
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
#include <linux/string.h>
#include <linux/workqueue.h>

#include "alloc/cache.h"
#include "alloc/clear.h"
#include "alloc/collect.h"
#include "alloc/create.h"
#include "alloc/index.h"
#include "alloc/lend.h"
#include "alloc/recycling.h"
#include "alloc/supply.h"
#include "alloc/verify.h"
#include "alloc/worker.h"
#include "alloc/workqueue.h"
#include "counters.h"
#include "fault.h"
#include "trace/trace.h"

/* A request that finds no clean table looks at so many pages, and no more. */
#define LOOKS_PER_REQUEST	64U

/* The worker looks at so many with interrupts off. */
#define LOOKS_AT_ONCE		256U

/*
 * How often tables are taken back while nobody is short of any: the first while tables come and go,
 * longer and longer up to the last while none do.
 */
#define BEAT_SHORTEST		HZ
#define BEAT_LONGEST		(8 * HZ)

struct pt_cache_lender {
	/* what pt_cache_lend() reads comes first; the first two are the cache's, and fixed */
	struct ptc_magazine __percpu *magazines;
	u32 tag;			/* of the records of lent tables, at level 0 */
	bool verify;			/* each table, whatever verify_zero of pt_cache.ko says */
	unsigned long max_blocks;
	struct pt_cache *cache;
	atomic_t growing;		/* blocks that are being made */
	atomic_long_t non_zero;
	struct delayed_work beat;
	unsigned long beat_interval;
	u64 beat_moves;			/* tables lent and taken back until the last beat */
};

/* On while a lender verifies: then no table is lent on the fast path. */
static DEFINE_STATIC_KEY_FALSE(lend_verifying);

static struct pt_cache_lender *lend_lender_of(const struct ptc_node *node)
{
	return node->pool->private;
}

/* What keeps a block from being empty may wait in a magazine, or have been freed by the kernel. */
static bool lend_worth_draining(const struct ptc_node *node)
{
	return READ_ONCE(node->sums.pages) > READ_ONCE(node->sums.empty);
}

/* What was taken back counts as freed, as the sums of the cache have it. */
static void lend_count_taken_back(struct pt_cache_lender *lender, unsigned int nr)
{
	this_cpu_add(lender->magazines->frees, nr);
}

/* Take back all tables of the node that the kernel has let go of. */
static unsigned int lend_take_back(struct ptc_node *node, bool at_once)
{
	unsigned int got = 0;

	ptc_collect_begin_round(node, at_once);
	while (ptc_collect(node, LOOKS_AT_ONCE, &got))
		cond_resched();
	if (got)
		lend_count_taken_back(lend_lender_of(node), got);
	return got;
}

static unsigned long lend_blocks_of(const struct ptc_pool *pool)
{
	unsigned long blocks = 0;
	int nid;

	for_each_node(nid)
		blocks += READ_ONCE(pool->nodes[nid]->blocks);
	return blocks;
}

/* One block more, which cost a split or was split already, if the lender may have it. */
static bool lend_grow(struct pt_cache_lender *lender, struct ptc_node *node)
{
	const struct ptc_want want = {
		.node = node,
		.order = PTC_BLOCK_ORDER, /* the page allocator's own page is better than a split for less */
		.gfp = GFP_KERNEL | __GFP_NORETRY,
		.adopt = true,
	};
	struct ptc_block *block = NULL;

	if (time_before(jiffies, READ_ONCE(node->refill_after)))
		return false;
	if (atomic_inc_return(&lender->growing) + lend_blocks_of(node->pool) <=
	    READ_ONCE(lender->max_blocks)) {
		block = ptc_supply_block(&want);
		if (block)
			ptc_node_add(node, block, false);
		else
			WRITE_ONCE(node->refill_after, jiffies + HZ);
	}
	atomic_dec(&lender->growing);
	return block;
}

/*
 * Have clean tables ready, after all that could be taken back was. Blocks that are empty go when
 * there are more than there may be: the limit was lowered.
 * Context: process context, may sleep.
 */
static void lend_stock_up(struct ptc_node *node)
{
	struct pt_cache_lender *lender = lend_lender_of(node);
	LIST_HEAD(blocks);

	while (READ_ONCE(ptc_recycling) && READ_ONCE(node->sums.clean) < PTC_STOCK_LOW)
		if (!lend_grow(lender, node))
			break;
	while (lend_blocks_of(node->pool) > READ_ONCE(lender->max_blocks) &&
	       ptc_node_isolate_empty(node, false, 1, &blocks))
		ptc_supply_return(&blocks);
}

static void lend_kick_all(const struct pt_cache_lender *lender)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		ptc_node_kick(lender->cache->pool->nodes[nid]);
}

static void lend_beat(struct work_struct *work)
{
	struct pt_cache_lender *lender = container_of(to_delayed_work(work),
						      struct pt_cache_lender, beat);
	struct ptc_cache_sums sums;
	u64 moves;

	ptc_cache_sum(lender->cache, &sums);
	moves = sums.hits + sums.misses + sums.frees;
	if (moves != lender->beat_moves)
		lender->beat_interval = BEAT_SHORTEST;
	else
		lender->beat_interval = min(lender->beat_interval * 2, BEAT_LONGEST + 0UL);
	lender->beat_moves = moves;
	lend_kick_all(lender);
	ptc_work_queue_later(&lender->beat, lender->beat_interval);
}

static bool lend_verifies(const struct pt_cache_lender *lender)
{
	return ptc_verify_zero() || READ_ONCE(lender->verify);
}

/*
 * Clear tables. While tables are verified, count those that need it: the kernel has left entries in
 * them.
 */
static void lend_clean(const struct ptc_node *node, const unsigned long *pfns, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && lend_verifies(lend_lender_of(node)); i++)
		if (memchr_inv(page_address(pfn_to_page(pfns[i])), 0, PAGE_SIZE))
			ptc_count(PTC_left_dirty);
	ptc_clear_tables(pfns, nr, 0);
}

static const struct ptc_pool_ops lend_pool = {
	.work = ptc_worker,
	.take_back = lend_take_back,
	.clean = lend_clean,
	.stock_up = lend_stock_up,
	.worth_draining = lend_worth_draining,
};

bool ptc_pool_lends(const struct ptc_pool *pool)
{
	return pool->ops == &lend_pool;
}

/* Is there a pool that lends? Context: process context, may sleep. */
bool ptc_lender_exists(void)
{
	struct ptc_pool *pool;
	bool lends = false;

	down_read(&ptc_pools_sem);
	list_for_each_entry(pool, &ptc_pools, link)
		lends |= ptc_pool_lends(pool);
	up_read(&ptc_pools_sem);
	return lends;
}

/* A table that is in and dirty, cleared now. Returns how many: 1 or 0. */
static unsigned int lend_take_cleared(struct pt_cache *cache, struct ptc_node *node,
				      unsigned long *pfn)
{
	if (!ptc_node_take_dirty(node, 0, 1, false, pfn))
		return 0;
	lend_clean(node, pfn, 1);
	ptc_count(PTC_cleared_by_caller);
	return 1;
}

/* What a request does when nothing clean is there: little, and it never waits. */
static unsigned int lend_take_back_one(struct pt_cache_lender *lender, struct ptc_node *node,
				       unsigned long *pfn, enum ptc_source *source)
{
	struct pt_cache *cache = lender->cache;
	unsigned int got, collected = 0;

	*source = PTC_SOURCE_CLEARED;
	got = lend_take_cleared(cache, node, pfn);
	if (got)
		return got;

	*source = PTC_SOURCE_COLLECTED;
	ptc_collect_begin_round(node, false);
	ptc_collect(node, LOOKS_PER_REQUEST, &collected);
	if (!collected)
		return 0;
	lend_count_taken_back(lender, collected);
	return lend_take_cleared(cache, node, pfn);
}

/* As take_one() in cache.c, but it never waits. Returns whether there was a table. */
static bool lend_take(struct pt_cache_lender *lender, unsigned long *pfn, enum ptc_source *source)
{
	struct pt_cache *cache = lender->cache;
	struct ptc_node *node = raw_cpu_ptr(cache->magazines)->node;
	bool from_block, got;

	if (!READ_ONCE(ptc_recycling) || !READ_ONCE(lender->max_blocks))
		return false;
	got = ptc_magazine_take(cache, pfn, &from_block);
	*source = from_block ? PTC_SOURCE_BLOCK : PTC_SOURCE_MAGAZINE;
	if (from_block && READ_ONCE(node->sums.clean) < PTC_STOCK_LOW)
		ptc_node_kick(node);
	if (got)
		return true;
	if (!lend_take_back_one(lender, node, pfn, source))
		return false;
	this_cpu_inc(cache->magazines->misses);
	return true;
}

/* Memory that went bad while the table was in: the page allocator would not give it out either. */
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
	if (!lend_verifies(lender) || ptc_verify_table(lender->cache, pfn))
		return true;
	atomic_long_inc(&lender->non_zero);
	return false;
}

/* A table that fails is retired: its hand-out was counted, and did not happen. */
static bool lend_is_usable(struct pt_cache_lender *lender, unsigned long pfn)
{
	if (lend_memory_is_good(pfn) && lend_is_zero(lender, pfn))
		return true;
	lend_count_taken_back(lender, 1);
	return false;
}

/* Interrupts are off, and nobody else knows the page. */
static __always_inline void lend_open(const struct pt_cache_lender *lender, struct page *page,
				      struct ptc_record *record, struct mm_struct *mm,
				      unsigned int level, bool slow)
{
	page_ref_inc(page); /* before the record says that it is lent */
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

/* Out of line, as in cache.c. */
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
	lender->beat_interval = BEAT_SHORTEST;
	INIT_DELAYED_WORK(&lender->beat, lend_beat);
	cache = ptc_cache_new(&cache_attr, &lend_pool, lender);
	if (IS_ERR(cache)) {
		kfree(lender);
		return ERR_CAST(cache);
	}
	lender->cache = cache;
	lender->magazines = cache->magazines;
	lender->tag = cache->tag | PTC_TAG_LENT;
	pt_cache_lender_verify(lender, attr->verify);
	ptc_cache_prepare(cache);
	ptc_work_queue_later(&lender->beat, lender->beat_interval);
	return lender;
}
EXPORT_SYMBOL_GPL(pt_cache_lender_create);

/* All lent tables of a node: the kernel's own from now on, or back in. */
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
	pt_cache_lender_verify(lender, false);
	cancel_delayed_work_sync(&lender->beat);
	for_each_node(nid) {
		/* what it is in the middle of taking back it counts; nobody kicks it any more */
		ptc_node_cancel(lender->cache->pool->nodes[nid]);
		lend_hand_over(lender, lender->cache->pool->nodes[nid]);
	}
	/* who looks for tables to take back holds it, and when it lets go has counted those */
	down_write(&ptc_pools_sem);
	up_write(&ptc_pools_sem);
	/* nothing is lent any more */
	ptc_cache_sum(lender->cache, &sums);
	this_cpu_add(lender->magazines->frees, sums.in_use);
	WARN_ON_ONCE(pt_cache_destroy(lender->cache));
	kfree(lender);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_destroy);

void pt_cache_lender_limit(struct pt_cache_lender *lender, unsigned long max_blocks)
{
	WRITE_ONCE(lender->max_blocks, max_blocks);
	lend_kick_all(lender);
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
		.blocks = lend_blocks_of(pool),
		.max_blocks = READ_ONCE(lender->max_blocks),
		.lends = READ_ONCE(ptc_recycling),
	};
	for_each_node(nid)
		stats->ready += READ_ONCE(pool->nodes[nid]->sums.clean);
}
EXPORT_SYMBOL_GPL(pt_cache_lender_stats);
