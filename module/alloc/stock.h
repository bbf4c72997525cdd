/* SPDX-License-Identifier: GPL-2.0 */
/* Stock: blocks that the worker adopts ahead of need, without a split. */
#ifndef PTC_ALLOC_STOCK_H
#define PTC_ALLOC_STOCK_H

#include <linux/gfp.h>
#include <linux/types.h>

struct ptc_node;

bool ptc_stock_wait(struct ptc_node *node, gfp_t gfp);
void ptc_stock_ask(struct ptc_node *node);
void ptc_stock_prepare(struct ptc_node *node);
bool ptc_stock_asked(const struct ptc_node *node, int *ticket);
void ptc_stock_served(struct ptc_node *node, int ticket);

#endif /* PTC_ALLOC_STOCK_H */
