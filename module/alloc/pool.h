/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pool: what the caches of one policy share, a set of blocks for each NUMA node.
 */
#ifndef PTC_ALLOC_POOL_H
#define PTC_ALLOC_POOL_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "alloc/block.h"

/* The worker refills the reserve of a node when fewer clean pages are left in it. */
#define PTC_RESERVE_LOW		128

/* The worker is asked to adopt when fewer clean pages are left in a node, the reserve apart. */
#define PTC_STOCK_LOW		128

struct pt_cache_lender;

struct ptc_node {
	raw_spinlock_t lock;		/* raw: interrupts are off around it, with PREEMPT_RT too */
	struct list_head groups[PTC_NR_GROUPS];
	struct list_head dirty_blocks;	/* any group, nr_dirty > 0 */
	struct list_head lent_blocks;	/* all, if the pool lends; looked at longest ago first */
	unsigned long pages;		/* in all blocks */
	unsigned long clean;		/* of them in and clean, the reserve apart */
	unsigned long dirty;		/* of them in and dirty */
	unsigned long reserve_clean;	/* in the reserve and clean */
	unsigned long empty;		/* in blocks whose every page is in, the reserve apart */
	unsigned long blocks;
	unsigned long record_bytes;

	int nid;
	struct ptc_pool *pool;
	struct work_struct work;	/* clears, fills the reserve: worker.c */
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

struct ptc_pool {
	struct list_head link;		/* in ptc_pools */
	unsigned long flags;		/* the policy */
	unsigned int users;		/* caches; ptc_pools_sem for writing */
	struct pt_cache_lender *lender;	/* NULL: an ordinary pool; fixed */
	struct rcu_head rcu;
	struct ptc_node *nodes[];	/* by node id, all possible ones */
};

extern struct list_head ptc_pools;
extern struct rw_semaphore ptc_pools_sem;

struct ptc_pool *ptc_pool_new(unsigned long flags, struct pt_cache_lender *lender);
void ptc_pool_free(struct ptc_pool *pool);
bool ptc_pool_lends(void);

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
void ptc_node_begin_round(struct ptc_node *node, bool at_once);
bool ptc_node_collect(struct ptc_node *node, unsigned int looks, unsigned int *collected);
bool ptc_node_hand_over(struct ptc_node *node, unsigned int nr, unsigned long *pfns,
			unsigned int *handed_over);

/* A node's lock is held for at most this many tables at a time. */
#define PTC_BATCH_MAX	64U

#endif /* PTC_ALLOC_POOL_H */
