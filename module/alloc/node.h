/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What changes a node's blocks under its lock shares: pool.c and collect.c.
 */
#ifndef PTC_ALLOC_NODE_H
#define PTC_ALLOC_NODE_H

#include <linux/spinlock.h>

#include "alloc/pool.h"
#include "counters.h"
#include "table/record.h"

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

void ptc_node_regroup(struct ptc_node *node, struct ptc_block *block);
void ptc_node_retire(struct ptc_block *block, unsigned int at, unsigned int order,
		     enum ptc_record_state state);

#endif /* PTC_ALLOC_NODE_H */
