// SPDX-License-Identifier: GPL-2.0
/* The end of recycling: tables that were used before are not handed out again. */
#include <linux/nodemask.h>

#include "alloc/distrust.h"
#include "alloc/pool.h"
#include "alloc/registry.h"

/*
 * The work of ptc_recycling_off(): drain the magazines first, then distrust the blocks.
 * Context: workqueue, may sleep.
 */
void ptc_distrust_all(struct work_struct *work)
{
	struct ptc_pool *pool;
	int nid, cookie;

	cookie = ptc_pools_enter();
	ptc_registry_close_magazines();
	ptc_for_each_pool(pool) {
		for_each_node(nid) {
			ptc_node_distrust(pool->nodes[nid]);
			/* refill the reserve, all dirty now */
			ptc_node_kick_supply(pool->nodes[nid]);
		}
	}
	ptc_pools_leave(cookie);
}
