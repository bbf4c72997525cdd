/* SPDX-License-Identifier: GPL-2.0 */
/* Collect lent tables of a node: find those that the kernel has freed. */
#ifndef PTC_ALLOC_COLLECT_H
#define PTC_ALLOC_COLLECT_H

#include <linux/types.h>

struct ptc_node;

void ptc_collect_begin_round(struct ptc_node *node, bool at_once);
bool ptc_collect(struct ptc_node *node, unsigned int looks, unsigned int *collected);
bool ptc_collect_hand_over(struct ptc_node *node, unsigned int nr, unsigned long *pfns,
			   unsigned int *handed_over);

#endif /* PTC_ALLOC_COLLECT_H */
