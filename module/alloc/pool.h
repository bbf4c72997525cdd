/* SPDX-License-Identifier: GPL-2.0 */
/* A pool: the blocks that the caches of one policy share, a set for each NUMA node. */
#ifndef PTC_ALLOC_POOL_H
#define PTC_ALLOC_POOL_H

#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>

#include "alloc/node.h"

/*
 * Operations of one kind of pool: ordinary pools (worker.c), and pools that lend their tables
 * (grow.c).
 */
struct ptc_pool_ops {
	/*
	 * Two kinds of work for a node, queued by ptc_node_kick_clear() and ptc_node_kick_supply().
	 * Of each one item per node runs at a time. Clearing never waits for memory or for supply.
	 * Context: workqueue, may sleep.
	 */
	work_func_t clear;
	work_func_t supply;
	/*
	 * Take back tables that their holders freed without telling us; they become dirty. Looks at
	 * @looks tables at most, those first that have waited longest for a look. UINT_MAX: until
	 * each was looked at, or a signal is pending.
	 * Context: process context, may sleep.
	 * Returns how many.
	 */
	unsigned int (*take_back)(struct ptc_node *node, unsigned int looks);
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
	struct list_head link;		/* in ptc_pools; changed with ptc_pools_mutex held */
	const struct ptc_pool_ops *ops;	/* fixed */
	void *private;			/* for the ops; fixed */
	unsigned long flags;		/* the policy */
	unsigned int users;		/* number of caches; ptc_pools_mutex */
	struct rcu_head rcu;
	struct ptc_node *nodes[];	/* by node id, for all possible nodes */
};

extern struct list_head ptc_pools;
extern struct mutex ptc_pools_mutex;
extern struct srcu_struct ptc_pools_srcu;

/*
 * Between these two no pool or cache that can be found goes away. Never blocks, so that reclaim,
 * the OOM notifier and CPU hotplug may walk the pools while others create and destroy caches.
 * Context: any but NMI; the caller may sleep in between.
 */
static inline int ptc_pools_enter(void)
{
	return srcu_read_lock(&ptc_pools_srcu);
}

static inline void ptc_pools_leave(int cookie)
{
	srcu_read_unlock(&ptc_pools_srcu, cookie);
}

/* After ptc_pools_enter(), or with ptc_pools_mutex held. */
#define ptc_for_each_pool(pool)							\
	list_for_each_entry_srcu(pool, &ptc_pools, link,			\
				 srcu_read_lock_held(&ptc_pools_srcu) ||	\
				 lockdep_is_held(&ptc_pools_mutex))

struct ptc_pool *ptc_pool_new(unsigned long flags, const struct ptc_pool_ops *ops, void *private);
void ptc_pool_free(struct ptc_pool *pool);

#endif /* PTC_ALLOC_POOL_H */
