// SPDX-License-Identifier: GPL-2.0
/*
 * Lend tables to the kernel's own page-table code, which frees them as if they were the page
 * allocator's and does not notify us. So each lent table has two references, the borrower's and
 * ours, and a table whose only reference is ours is free again. Such tables are found by polling:
 * by the worker, by the shrinker, and, a few at a time, by a request that finds no clean table.
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
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "alloc/attributes.h"
#include "alloc/cache.h"
#include "alloc/clear.h"
#include "alloc/collect.h"
#include "alloc/create.h"
#include "alloc/index.h"
#include "alloc/lend.h"
#include "alloc/numa.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/supply.h"
#include "alloc/verify.h"
#include "alloc/worker.h"
#include "alloc/workqueue.h"
#include "counters.h"
#include "fault.h"
#include "trace/trace.h"

/* Looks of one run of the worker, where they are due. */
#define LOOKS_PER_RUN		(16 * PTC_BLOCK_PAGES)

/* Looks that precede each new block: tables that the kernel has freed may make it unnecessary. */
#define LOOKS_PER_BLOCK		(2 * PTC_BLOCK_PAGES)

/* Looks for each page table that the kernel has fewer of than before, and of one run. */
#define LOOKS_PER_TABLE_GONE	16
#define LOOKS_FOR_GONE_MAX	(512 * PTC_BLOCK_PAGES)

/* Blocks made at a time. What is used up meanwhile is asked for again. */
#define LEND_BLOCKS		4

/* After a run that could not stock a node, requests do not ask for another one for so long. */
#define LEND_PAUSE		(HZ / 10)

/* A node is short for so long after a request in vain. */
#define LEND_SHORT_FOR		(2 * HZ)

/* Minimum interval between two drains of other nodes' magazines for a node that is short. */
#define LEND_STEAL_INTERVAL	(HZ / 2)

/*
 * Interval at which tables are taken back even if no request runs short: the shortest while tables
 * are lent or taken back, doubling up to the longest while none are.
 */
#define BEAT_SHORTEST		HZ
#define BEAT_LONGEST		(8 * HZ)

struct pt_cache_lender {
	/* pt_cache_lend() reads these, so they come first; the first two are the cache's, fixed */
	struct ptc_magazine __percpu *magazines;
	u32 tag;			/* of the records of lent tables, at level 0 */
	bool verify;			/* check each table, even with verify_zero=0 */
	unsigned long max_blocks;
	struct pt_cache *cache;
	atomic_t growing;		/* blocks being made */
	atomic_long_t non_zero;
	struct delayed_work beat;
	unsigned long beat_interval;
	u64 beat_moves;			/* tables lent plus taken back, as of the last beat */
};

/* Enabled while a lender verifies; then no table is lent on the fast path. */
static DEFINE_STATIC_KEY_FALSE(lend_verifying);

static struct pt_cache_lender *lend_lender_of(const struct ptc_node *node)
{
	return node->pool->private;
}

/*
 * Tables that keep a block from being empty may be in a magazine, or freed by the kernel and not
 * taken back yet.
 */
static bool lend_worth_draining(const struct ptc_node *node)
{
	return READ_ONCE(node->sums.pages) > READ_ONCE(node->sums.empty);
}

/*
 * The sums of the cache count a table that is taken back as freed. A pool may be walked before its
 * lender is complete, but nothing was lent then.
 */
static void lend_count_taken_back(struct pt_cache_lender *lender, unsigned int nr)
{
	if (nr)
		this_cpu_add(lender->magazines->frees, nr);
}

static unsigned int lend_take_back(struct ptc_node *node, unsigned int looks)
{
	struct ptc_collect pass;

	ptc_collect_begin(&pass, node, looks);
	while (ptc_collect_step(&pass)) {
		cond_resched();
		if (looks == UINT_MAX && signal_pending(current))
			break;
	}
	lend_count_taken_back(lend_lender_of(node), pass.collected);
	return pass.collected;
}

/*
 * Take back what the kernel has freed, as far as looks are due and paid for. What was found may
 * have paid for more: that is left for another run.
 */
static void lend_take_back_due(struct ptc_node *node)
{
	struct ptc_collect pass = { .node = node, .looks = LOOKS_PER_RUN };

	while (ptc_collect_due(&pass))
		cond_resched();
	lend_count_taken_back(lend_lender_of(node), pass.collected);
	if (!pass.looks)
		ptc_node_kick_clear(node);
}

/*
 * Does the kernel have fewer page tables on this node than before? A large process has ended, say,
 * whose tables would be found late in a round of looks that are due. The more are gone, the further
 * this looks; all are found at once when one of 16 has gone. What is too much for one run is left
 * for another one.
 */
static void lend_follow_sign(struct ptc_node *node)
{
	long tables = ptc_numa_tables(node->nid), gone = node->tables_seen - tables;

	node->tables_seen = tables;
	if (gone <= 0 || !READ_ONCE(node->sums.pages))
		return;
	if (gone > LOOKS_FOR_GONE_MAX / LOOKS_PER_TABLE_GONE) {
		node->tables_seen += gone - LOOKS_FOR_GONE_MAX / LOOKS_PER_TABLE_GONE;
		gone = LOOKS_FOR_GONE_MAX / LOOKS_PER_TABLE_GONE;
	}
	lend_take_back(node, gone * LOOKS_PER_TABLE_GONE);
}

static unsigned long lend_blocks_of(const struct ptc_pool *pool)
{
	unsigned long blocks = 0;
	int nid;

	for_each_node(nid)
		blocks += READ_ONCE(pool->nodes[nid]->blocks);
	return blocks;
}

/* Did a request for a table of this node get none a moment ago? */
static bool lend_is_short(const struct ptc_node *node)
{
	return time_before(jiffies, READ_ONCE(node->missed_at) + LEND_SHORT_FOR);
}

/* Note that a request got none. All CPUs of the node may come here, so do not write for each. */
static void lend_note_miss(struct ptc_node *node)
{
	unsigned long now = jiffies;

	if (READ_ONCE(node->missed_at) != now)
		WRITE_ONCE(node->missed_at, now);
}

/* Give an empty block of a node that is not short back. Returns whether there was one. */
static bool lend_give_back_elsewhere(struct ptc_node *node)
{
	struct ptc_pool *pool = node->pool;
	LIST_HEAD(blocks);
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		if (pool->nodes[nid] == node || lend_is_short(pool->nodes[nid]) ||
		    !ptc_node_isolate_empty(pool->nodes[nid], false, 1, &blocks))
			continue;
		ptc_supply_return(&blocks);
		return true;
	}
	return false;
}

/* Make blocks of other nodes empty, as far as that can be done. */
static void lend_empty_elsewhere(struct ptc_node *node)
{
	int nid, cookie = ptc_pools_enter();

	for_each_node_state(nid, N_MEMORY) {
		struct ptc_node *other = node->pool->nodes[nid];

		if (other == node || lend_is_short(other) || !READ_ONCE(other->sums.pages))
			continue;
		lend_take_back(other, LOOKS_PER_BLOCK);
		ptc_registry_drain(nid);
	}
	ptc_pools_leave(cookie);
}

/*
 * The lender has as many blocks as it may have. A node that is short gets an empty one of another
 * node, or the nodes that came first would have all of them for ever.
 * Returns whether there is room for a block now.
 */
static bool lend_make_room(struct ptc_node *node)
{
	if (!lend_is_short(node))
		return false;
	if (lend_give_back_elsewhere(node))
		return true;
	if (!ptc_due(&node->drain_after, LEND_STEAL_INTERVAL))
		return false;
	lend_empty_elsewhere(node);
	return lend_give_back_elsewhere(node);
}

/* Could a block be had, but for the lender's limit? */
static bool lend_may_grow(const struct ptc_node *node)
{
	return READ_ONCE(ptc_recycling) && READ_ONCE(node->serves_cpus) &&
	       !time_before(jiffies, READ_ONCE(node->refill_after)) &&
	       !time_before(jiffies, READ_ONCE(node->grow_after));
}

/*
 * May a block be made? The caller has counted itself in lender->growing. A block that others make
 * is counted there until it is in lend_blocks_of(): so that is read first, or it could be missed.
 */
static bool lend_is_within_limit(struct pt_cache_lender *lender, const struct ptc_node *node)
{
	unsigned long growing = atomic_read_acquire(&lender->growing);

	return growing + lend_blocks_of(node->pool) <= READ_ONCE(lender->max_blocks);
}

/* Add a block, adopted or fresh, if the lender's limit allows. Returns whether one was added. */
static bool lend_grow(struct pt_cache_lender *lender, struct ptc_node *node)
{
	const struct ptc_want want = {
		.node = node,
		/* a split for less than a block is not worth it: use the page allocator */
		.order = PTC_BLOCK_ORDER,
		.gfp = GFP_KERNEL | __GFP_NORETRY,
		.adopt = true,
	};
	struct ptc_block *block = NULL;

	atomic_inc(&lender->growing);
	if (lend_is_within_limit(lender, node) ||
	    (READ_ONCE(lender->max_blocks) && lend_make_room(node) &&
	     lend_is_within_limit(lender, node))) {
		block = ptc_supply_block(&want);
		if (block)
			ptc_node_add(node, block, false);
		else
			WRITE_ONCE(node->refill_after, jiffies + HZ);
	}
	(void)atomic_dec_return_release(&lender->growing);
	return block;
}

/*
 * Have clean tables ready; the worker has already taken back what it could. Empty blocks above the
 * limit, which may have been lowered, go back.
 * Context: process context, may sleep.
 */
static void lend_stock_up(struct ptc_node *node)
{
	struct pt_cache_lender *lender = lend_lender_of(node);
	int tries = LEND_BLOCKS;
	LIST_HEAD(blocks);

	while (READ_ONCE(node->sums.clean) < PTC_STOCK_LOW && lend_may_grow(node) && tries--) {
		if (lend_blocks_of(node->pool) < READ_ONCE(lender->max_blocks) &&
		    lend_take_back(node, LOOKS_PER_BLOCK)) {
			ptc_worker_clean(node);
			if (READ_ONCE(node->sums.clean) >= PTC_STOCK_LOW)
				break;
		}
		if (!lend_grow(lender, node))
			break;
	}
	if (READ_ONCE(node->sums.clean) < PTC_STOCK_LOW)
		WRITE_ONCE(node->collect_after, jiffies + LEND_PAUSE);
	while (lend_blocks_of(node->pool) > READ_ONCE(lender->max_blocks) &&
	       ptc_node_isolate_empty(node, false, 1, &blocks))
		ptc_supply_return(&blocks);
}

static void lend_kick(struct ptc_node *node)
{
	ptc_node_kick_clear(node);
	ptc_node_kick_supply(node);
}

static void lend_kick_all(const struct pt_cache_lender *lender)
{
	int nid;

	for_each_node_state(nid, N_MEMORY)
		lend_kick(lender->cache->pool->nodes[nid]);
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

/* Clear tables. While tables are verified, count those in which the kernel left entries. */
static void lend_clean(const struct ptc_node *node, const unsigned long *pfns, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && lend_verifies(lend_lender_of(node)); i++)
		if (memchr_inv(page_address(pfn_to_page(pfns[i])), 0, PAGE_SIZE))
			ptc_count(PTC_left_dirty);
	ptc_clear_tables(pfns, nr, 0);
}

static void lend_clear_work(struct work_struct *work)
{
	struct ptc_node *node = container_of(work, struct ptc_node, clear_work);

	lend_follow_sign(node);
	lend_take_back_due(node);
	ptc_worker_clean(node);
}

static void lend_supply_work(struct work_struct *work)
{
	struct ptc_node *node = container_of(work, struct ptc_node, supply_work);

	lend_take_back_due(node);
	ptc_worker_clean(node);
	lend_stock_up(node);
}

static const struct ptc_pool_ops lend_pool = {
	.clear = lend_clear_work,
	.supply = lend_supply_work,
	.take_back = lend_take_back,
	.clean = lend_clean,
	.worth_draining = lend_worth_draining,
};

bool ptc_pool_lends(const struct ptc_pool *pool)
{
	return pool->ops == &lend_pool;
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
	lend_clean(node, pfn, 1);
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
	lend_count_taken_back(lender, pass.collected);
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
		lend_kick(node);
	if (got)
		return true;
	if (!lend_take_back_one(lender, node, pfn, source)) {
		lend_note_miss(node);
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
	if (!lend_verifies(lender) || ptc_verify_table(lender->cache, pfn))
		return true;
	atomic_long_inc(&lender->non_zero);
	return false;
}

/* Check a table. One that fails is retired. It was counted as lent, so count it as taken back. */
static bool lend_is_usable(struct pt_cache_lender *lender, unsigned long pfn)
{
	if (lend_memory_is_good(pfn) && lend_is_zero(lender, pfn))
		return true;
	lend_count_taken_back(lender, 1);
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
	pt_cache_lender_verify(lender, false);
	cancel_delayed_work_sync(&lender->beat);
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
