// SPDX-License-Identifier: GPL-2.0
/*
 * The list of pools.
 *
 * Locks: ptc_pools_mutex serialises creation and destruction of caches and is never held across an
 * allocation or a wait for another task. Who only walks the pools is in an SRCU read-side section,
 * which no writer can hold up: reclaim and the OOM notifier must not depend on the progress of a
 * task that creates or destroys a cache. See Documentation/locking.md for the lock order.
 */
#include <linux/kernel.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "alloc/pool.h"
#include "fault.h"

LIST_HEAD(ptc_pools);
DEFINE_MUTEX(ptc_pools_mutex);
DEFINE_SRCU(ptc_pools_srcu);

/* Allocate a pool without blocks, not yet in ptc_pools. Context: process context, may sleep. */
struct ptc_pool *ptc_pool_new(unsigned long flags, const struct ptc_pool_ops *ops, void *private)
{
	struct ptc_pool *pool;
	int nid;

	pool = ptc_fallible(kzalloc(struct_size(pool, nodes, nr_node_ids), GFP_KERNEL), NULL);
	if (!pool)
		return NULL;
	pool->flags = flags;
	pool->ops = ops;
	pool->private = private;
	for_each_node(nid) {
		int near = node_state(nid, N_MEMORY) ? nid : NUMA_NO_NODE;

		pool->nodes[nid] = ptc_fallible(kzalloc_node(sizeof(*pool->nodes[nid]),
							     GFP_KERNEL, near), NULL);
		if (!pool->nodes[nid]) {
			ptc_pool_free(pool);
			return NULL;
		}
		ptc_node_init(pool->nodes[nid], pool, nid, ops->clear,
			      ops->supply);
	}
	return pool;
}

/*
 * Free a pool that has no blocks and no cache, and that nobody finds in ptc_pools any more. No work
 * of its nodes is queued.
 * Context: process context.
 */
void ptc_pool_free(struct ptc_pool *pool)
{
	int nid;

	for_each_node(nid) {
		struct ptc_node *node = pool->nodes[nid];

		if (!node)
			continue;
		WARN_ON_ONCE(node->blocks);
		/* reports may still be reading the node, or a block that points to it */
		kfree_rcu(node, rcu);
	}
	kfree_rcu(pool, rcu);
}
