/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A pool: what the caches of one policy share, a set of blocks for each NUMA node.
 */
#ifndef PTC_ALLOC_POOL_H
#define PTC_ALLOC_POOL_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>

#include "alloc/node.h"

/*
 * How the pools of one kind differ from those of another: ordinary ones (worker.c), and those whose
 * tables are lent (lend.c).
 */
struct ptc_pool_ops {
	/*
	 * Work ahead of need, queued by ptc_node_kick(); one item of a node runs at a time.
	 * Context: the workqueue's, may sleep.
	 */
	work_func_t work;
	/*
	 * Take back the tables that their holders have left without saying so; they are dirty then.
	 * Not if that was done a moment ago, unless @at_once.
	 * Context: process context, may sleep. Returns how many.
	 */
	unsigned int (*take_back)(struct ptc_node *node, bool at_once);
	/* Make dirty tables zero, which nobody else holds. Context: any. */
	void (*clean)(const struct ptc_node *node, const unsigned long *pfns, unsigned int nr);
	/* Have clean tables ready. Context: the workqueue's, may sleep. */
	void (*stock_up)(struct ptc_node *node);
	/*
	 * May draining the magazines and take_back() make a block of the node whole? Nobody counts
	 * which blocks have tables there, so this is a hint. Context: any.
	 */
	bool (*worth_draining)(const struct ptc_node *node);
	/* Caches with the same flags share a pool. */
	bool shared;
};

struct ptc_pool {
	struct list_head link;		/* in ptc_pools */
	const struct ptc_pool_ops *ops;	/* fixed */
	void *private;			/* of the ops; fixed */
	unsigned long flags;		/* the policy */
	unsigned int users;		/* caches; ptc_pools_sem for writing */
	struct rcu_head rcu;
	struct ptc_node *nodes[];	/* by node id, all possible ones */
};

extern struct list_head ptc_pools;
extern struct rw_semaphore ptc_pools_sem;

struct ptc_pool *ptc_pool_new(unsigned long flags, const struct ptc_pool_ops *ops, void *private);
void ptc_pool_free(struct ptc_pool *pool);

#endif /* PTC_ALLOC_POOL_H */
