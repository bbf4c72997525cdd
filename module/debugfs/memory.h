/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The node and the owner of ranges of page frames that the direct map maps, for its reports.
 */
#ifndef PTC_DEBUGFS_MEMORY_H
#define PTC_DEBUGFS_MEMORY_H

#include <linux/types.h>

enum ptc_memory_owner {
	PTC_MEMORY_ANYBODY,	/* free in the page allocator, or allocated from it */
	PTC_MEMORY_RESERVED,	/* never in the page allocator (firmware, boot), or offline */
	PTC_MEMORY_OURS,
};

unsigned long ptc_memory_end(void);
unsigned long ptc_memory_of_node(unsigned long pfn, unsigned long end, int *nid);
unsigned long ptc_memory_of_owner(unsigned long pfn, unsigned long end, bool by_ptes,
				  enum ptc_memory_owner *owner);

#endif /* PTC_DEBUGFS_MEMORY_H */
