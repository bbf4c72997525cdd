// SPDX-License-Identifier: GPL-2.0
/* The end of recycling: what was used before is not handed out again. */
#include <linux/nodemask.h>

#include "alloc/distrust.h"
#include "alloc/pool.h"
#include "alloc/registry.h"

/*
 * What waits in magazines, then what is in the blocks. The work of ptc_recycling_off().
 * Context: the workqueue's, may sleep; takes ptc_pools_sem.
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
			ptc_node_kick(pool->nodes[nid]); /* the reserve is gone */
		}
	}
	up_read(&ptc_pools_sem);
}
