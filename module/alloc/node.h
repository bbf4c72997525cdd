/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A node's blocks of one pool, in groups by how full they are.
 */
#ifndef PTC_ALLOC_NODE_H
#define PTC_ALLOC_NODE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "alloc/block.h"
#include "alloc/record.h"
#include "counters.h"

/* The worker refills the reserve of a node when fewer clean pages are left in it. */
#define PTC_RESERVE_LOW		128

/* The worker is asked to adopt when fewer clean pages are left in a node, the reserve apart. */
#define PTC_STOCK_LOW		128

/* A node's lock is held for at most this many tables at a time. */
#define PTC_BATCH_MAX	64U

struct ptc_pool;

/* Sums over the blocks of a node. Written by node_account() alone. */
struct ptc_node_sums {
	unsigned long pages;		/* in all blocks */
	unsigned long clean;		/* of them in and clean, the reserve apart */
	unsigned long dirty;		/* of them in and dirty */
	unsigned long reserve_clean;	/* in the reserve and clean */
	unsigned long empty;		/* in blocks whose every page is in, the reserve apart */
};

struct ptc_node {
	raw_spinlock_t lock;		/* raw: interrupts are off around it, with PREEMPT_RT too */
	struct list_head groups[PTC_NR_GROUPS];
	struct list_head dirty_blocks;	/* any group, nr_dirty > 0 */
	struct list_head round_blocks;	/* all that collect.c looks at; longest ago comes first */
	struct ptc_node_sums sums;
	unsigned long blocks;
	unsigned long record_bytes;

	int nid;
	struct ptc_pool *pool;
	struct work_struct work;	/* ahead of need: worker.c */
	unsigned long reserve_settled;	/* the worker's: reserve_clean when it was settled last */
	unsigned long refill_after;	/* jiffies; memory was short before */
	atomic_t stock_asked;		/* how often the worker was asked to adopt ahead ... */
	int stock_served;		/* ... and which of these it has done */
	wait_queue_head_t stock_wait;
	unsigned long hurry_until;	/* jiffies; the last wait for it was in vain */
	unsigned int look_round;	/* in each round all lent tables are looked at, once */
	unsigned long look_after;	/* jiffies; no other round begins before */
	struct rcu_head rcu;
} ____cacheline_aligned_in_smp;

/* The lock that CPUs share: how often it is taken is counted. Returns the flags for the unlock. */
static inline unsigned long ptc_node_lock(struct ptc_node *node)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	ptc_count(PTC_node_locks);
	return flags;
}

static inline void ptc_node_unlock(struct ptc_node *node, unsigned long flags)
{
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void ptc_node_init(struct ptc_node *node, struct ptc_pool *pool, int nid, work_func_t work);
void ptc_node_kick(struct ptc_node *node);
void ptc_node_flush(struct ptc_node *node);
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
unsigned int ptc_node_isolate_pages(struct ptc_node *node, unsigned int nr, unsigned long *pfns);

/* For collect.c: the node's lock is held. */
void ptc_node_update(struct ptc_block *block, u64 before);
void ptc_node_retire(struct ptc_block *block, unsigned int at, unsigned int order,
		     enum ptc_record_state state);

#endif /* PTC_ALLOC_NODE_H */
