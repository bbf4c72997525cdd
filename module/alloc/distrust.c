// SPDX-License-Identifier: GPL-2.0
/* The end of recycling: tables that were used before are not handed out again. */
#include <linux/nodemask.h>

#include "alloc/distrust.h"
#include "alloc/pool.h"
#include "alloc/registry.h"

/*
 * The work of ptc_recycling_off(): drain the magazines first, then distrust the blocks.
 * Context: workqueue, may sleep; acquires ptc_pools_sem.
 */
void ptc_distrust_all(struct work_struct *work)
{
	struct ptc_pool *pool;
	int nid;

	down_read(&ptc_pools_sem);
	ptc_registry_close_magazines();
	list_for_each_entry(pool, &ptc_pools, link) {
		for_each_node(nid) {
			ptc_node_distrust(pool->nodes[nid]);
			ptc_node_kick(pool->nodes[nid]); /* refill the reserve, all dirty now */
		}
	}
	up_read(&ptc_pools_sem);
}
