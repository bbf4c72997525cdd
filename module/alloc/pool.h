/* SPDX-License-Identifier: GPL-2.0 */
/* A pool: the blocks that the caches of one policy share, a set for each NUMA node. */
#ifndef PTC_ALLOC_POOL_H
#define PTC_ALLOC_POOL_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>

#include "alloc/node.h"

/*
 * Operations of one kind of pool: ordinary pools (worker.c), and pools that lend their tables
 * (lend.c).
 */
struct ptc_pool_ops {
	/*
	 * Work ahead of need, queued by ptc_node_kick(); one item per node runs at a time.
	 * Context: workqueue, may sleep.
	 */
	work_func_t work;
	/*
	 * Take back tables that their holders freed without telling us; they become dirty. Without
	 * @at_once do nothing if that was done a moment ago.
	 * Context: process context, may sleep.
	 * Returns how many.
	 */
	unsigned int (*take_back)(struct ptc_node *node, bool at_once);
	/* Zero dirty tables that nobody else holds. Context: any. */
	void (*clean)(const struct ptc_node *node, const unsigned long *pfns, unsigned int nr);
	/*
	 * May a drain of the magazines and take_back() make a block of the node empty? A hint:
	 * nobody counts which blocks have tables in magazines.
	 * Context: any.
	 */
	bool (*worth_draining)(const struct ptc_node *node);
	/* Caches with the same flags share a pool. */
	bool shared;
};

struct ptc_pool {
	struct list_head link;		/* in ptc_pools */
	const struct ptc_pool_ops *ops;	/* fixed */
	void *private;			/* for the ops; fixed */
	unsigned long flags;		/* the policy */
	unsigned int users;		/* number of caches; ptc_pools_sem for writing */
	struct rcu_head rcu;
	struct ptc_node *nodes[];	/* by node id, for all possible nodes */
};

extern struct list_head ptc_pools;
extern struct rw_semaphore ptc_pools_sem;

struct ptc_pool *ptc_pool_new(unsigned long flags, const struct ptc_pool_ops *ops, void *private);
void ptc_pool_free(struct ptc_pool *pool);

#endif /* PTC_ALLOC_POOL_H */
