/* SPDX-License-Identifier: GPL-2.0 */
/* The blocks of one pool on one NUMA node, in groups by how full they are. */
#ifndef PTC_ALLOC_NODE_H
#define PTC_ALLOC_NODE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "alloc/block.h"
#include "alloc/record.h"
#include "counters.h"

/* The worker refills the reserve of a node that has fewer clean pages than this in it. */
#define PTC_RESERVE_LOW		128

/*
 * The worker is asked to adopt for a node that has fewer clean pages than this, not counting the
 * reserve.
 */
#define PTC_STOCK_LOW		128

/* At most this many tables are moved or looked at per acquisition of a node's lock. */
#define PTC_BATCH_MAX	64U

/* Lists of blocks by how rarely collect.c looks at them, and one of the block being handed over. */
#define PTC_LOOK_LEVELS	8
#define PTC_LOOK_HANDED	PTC_LOOK_LEVELS

struct ptc_pool;

/* Sums over the blocks of a node. Written only by node_account(). */
struct ptc_node_sums {
	unsigned long pages;		/* in all blocks */
	unsigned long clean;		/* clean pages, without the reserve */
	unsigned long dirty;		/* dirty pages */
	unsigned long reserve_clean;	/* clean pages of the reserve */
	unsigned long empty;		/* pages of empty blocks, without the reserve */
};

struct ptc_node {
	raw_spinlock_t lock;		/* raw: acquired with interrupts off, with PREEMPT_RT too */
	struct list_head groups[PTC_NR_GROUPS];
	struct list_head dirty_blocks;	/* blocks of any group with nr_dirty > 0 */
	struct list_head all_blocks;	/* those that are distrusted behind all others */
	struct list_head look_lists[PTC_LOOK_LEVELS + 1]; /* least recent look first */
	struct ptc_node_sums sums;
	unsigned long blocks;
	unsigned long record_bytes;
	unsigned long told;		/* free pages, as the kernel's statistics have them */

	int nid;
	struct ptc_pool *pool;
	bool serves_cpus;		/* it is the nearest node of some CPU */
	struct work_struct clear_work;	/* take back and clear: never waits for the other one */
	struct work_struct supply_work;	/* adopt and refill ahead of need */
	unsigned long reserve_settled;	/* reserve_clean when the worker settled the reserve last */
	unsigned long refill_after;	/* jiffies; no refill before: memory was short */
	unsigned long grow_after;	/* jiffies; no 2M before: a task was about to be killed */
	unsigned long drain_after;	/* jiffies; no drain for a request before */
	atomic_t stock_asked;		/* requests to the worker to adopt ahead ... */
	int stock_served;		/* ... and the last of them that it served */
	wait_queue_head_t stock_wait;
	unsigned long hurry_until;	/* jiffies; no wait before: the last one timed out */
	unsigned long look_pfn;		/* where the next bounded pass over all blocks begins */
	int look_credit;		/* pages that may be looked at ahead of need */
	unsigned long look_paid;	/* jiffies; up to when the credit was paid */
	unsigned long collect_after;	/* jiffies; no kick by a request before */
	long tables_seen;		/* page tables by the kernel's count; grow.c's worker alone */
	unsigned long missed_at;	/* jiffies; the last request for a lent table in vain */
	struct rcu_head rcu;
} ____cacheline_aligned_in_smp;

/* Acquire the lock that CPUs share, and count that. Context: interrupts are off. */
static __always_inline void ptc_node_lock_irqs_off(struct ptc_node *node)
{
	lockdep_assert_irqs_disabled();
	raw_spin_lock(&node->lock);
	ptc_count(PTC_node_locks);
}

/* As ptc_node_lock_irqs_off(), in any context. Returns the flags for the unlock. */
static __always_inline unsigned long ptc_node_lock(struct ptc_node *node)
{
	unsigned long flags;

	local_irq_save(flags);
	ptc_node_lock_irqs_off(node);
	return flags;
}

/* So many pages the kernel's statistics may be behind, for each node of each pool: 2 MB. */
#define PTC_TOLD_MOST	(1UL << PTC_BLOCK_ORDER)

/* The pages that are in the node's blocks. */
static inline unsigned long ptc_node_free_pages(const struct ptc_node *node)
{
	return READ_ONCE(node->sums.clean) + READ_ONCE(node->sums.dirty) +
	       READ_ONCE(node->sums.reserve_clean);
}

void ptc_node_tell(struct ptc_node *node);

/*
 * Release the lock, after the kernel's statistics got the difference if it is a block's worth, or
 * all of it when nothing is free any more: they are exact when the node has given its last page
 * back.
 */
static inline void ptc_node_unlock_irqs_off(struct ptc_node *node)
{
	unsigned long nr_free = ptc_node_free_pages(node);

	if (unlikely(nr_free - node->told + PTC_TOLD_MOST > 2 * PTC_TOLD_MOST ||
		     (!nr_free && node->told)))
		ptc_node_tell(node);
	raw_spin_unlock(&node->lock);
}

static inline void ptc_node_unlock(struct ptc_node *node, unsigned long flags)
{
	ptc_node_unlock_irqs_off(node);
	local_irq_restore(flags);
}

/* Is something due that is done at most once per @interval? If so, it is not due again before. */
static inline bool ptc_due(unsigned long *after, unsigned long interval)
{
	if (time_before(jiffies, READ_ONCE(*after)))
		return false;
	WRITE_ONCE(*after, jiffies + interval);
	return true;
}

void ptc_node_init(struct ptc_node *node, struct ptc_pool *pool, int nid, work_func_t clear,
		   work_func_t supply);
void ptc_node_kick_clear(struct ptc_node *node);
void ptc_node_kick_supply(struct ptc_node *node);
void ptc_node_flush(struct ptc_node *node);
bool ptc_node_busy(struct ptc_node *node);
void ptc_node_cancel(struct ptc_node *node);

unsigned int ptc_node_take(struct ptc_node *node, unsigned int order, unsigned int nr,
			   unsigned long *pfns);
unsigned int ptc_node_take_dirty(struct ptc_node *node, unsigned int order, unsigned int nr,
				 bool reserve_too, unsigned long *pfns);
unsigned int ptc_node_take_reserve(struct ptc_node *node, unsigned int order,
				   unsigned long *pfn);
void ptc_node_put(const unsigned long *pfns, unsigned int nr, unsigned int order, bool dirty);
void ptc_node_add(struct ptc_node *node, struct ptc_block *block, bool reserve);
void ptc_node_settle_reserve(struct ptc_node *node);
void ptc_node_distrust(struct ptc_node *node);
void ptc_node_quarantine(unsigned long pfn, unsigned int order);
unsigned int ptc_node_isolate_empty(struct ptc_node *node, bool reserve_too, unsigned int nr,
				    struct list_head *blocks);
unsigned int ptc_node_isolate_pages(struct ptc_node *node, bool reserve_too, unsigned int nr,
				    unsigned long *pfns);

/* For collect.c. Caller holds the node's lock. */
void ptc_node_update(struct ptc_block *block, u64 before);
void ptc_node_retire(struct ptc_block *block, unsigned int at, unsigned int order,
		     enum ptc_record_state state);

#endif /* PTC_ALLOC_NODE_H */
