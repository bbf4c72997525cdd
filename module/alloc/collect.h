/* SPDX-License-Identifier: GPL-2.0 */
/* Collect lent tables of a node: find those that the kernel has freed. */
#ifndef PTC_ALLOC_COLLECT_H
#define PTC_ALLOC_COLLECT_H

#include <linux/types.h>

struct ptc_node;

/* A pass over the blocks of a node. It is its caller's alone; others may have their own. */
struct ptc_collect {
	struct ptc_node *node;
	unsigned long pfn;		/* the block that the pass is at, or goes on behind */
	unsigned int from;		/* the page of that block to go on with */
	unsigned long end;		/* where this part of it ends: the node's end ... */
	unsigned long begun;		/* ... and then, from the node's start, where it began */
	unsigned int looks;		/* that may still be made */
	unsigned int collected;		/* tables taken back so far */
};

void ptc_collect_begin(struct ptc_collect *pass, struct ptc_node *node, unsigned int looks);
bool ptc_collect_step(struct ptc_collect *pass);
bool ptc_collect_due(struct ptc_collect *pass);
bool ptc_collect_is_promising(const struct ptc_node *node);
bool ptc_collect_hand_over(struct ptc_node *node, unsigned int nr, unsigned long *pfns,
			   unsigned int *handed_over);

#endif /* PTC_ALLOC_COLLECT_H */
