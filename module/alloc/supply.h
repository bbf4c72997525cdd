/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where blocks come from, and where they go back to.
 */
#ifndef PTC_ALLOC_SUPPLY_H
#define PTC_ALLOC_SUPPLY_H

#include <linux/gfp.h>
#include <linux/list.h>

#include "alloc/block.h"

struct ptc_pool;

struct ptc_want {
	struct ptc_node *node;
	unsigned int order;	/* a smaller run is of no use */
	gfp_t gfp;
	bool again;		/* the caller looks again if told that others helped meanwhile */
	bool adopt;		/* the worker: adopting takes long, and locks that others may hold */
};

struct ptc_block *ptc_supply_block(const struct ptc_want *want);
struct ptc_block *ptc_supply_adopted(struct ptc_node *node);
void ptc_supply_return(struct list_head *blocks);
void ptc_supply_return_pool(struct ptc_pool *pool);
int ptc_supply_init(void);
void ptc_supply_exit(void);

#endif /* PTC_ALLOC_SUPPLY_H */
