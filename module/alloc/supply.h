/* SPDX-License-Identifier: GPL-2.0 */
/* Supply of blocks from the page allocator, and their return to it. */
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
	bool again;		/* the caller retries on -EAGAIN: others made tables available */
	bool adopt;		/* the worker only: adopting is slow and takes locks of callers */
};

struct ptc_block *ptc_supply_block(const struct ptc_want *want);
struct ptc_block *ptc_supply_adopted(struct ptc_node *node);
void ptc_supply_return(struct list_head *blocks);
void ptc_supply_return_pool(struct ptc_pool *pool);
int ptc_supply_init(void);
void ptc_supply_exit(void);

#endif /* PTC_ALLOC_SUPPLY_H */
