/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose the memory is that the direct map maps: the node's, ours, or nobody's that the page
 * allocator knows.
 */
#ifndef PTC_DEBUGFS_MEMORY_H
#define PTC_DEBUGFS_MEMORY_H

#include <linux/types.h>

enum ptc_memory_owner {
	PTC_MEMORY_ANYBODY,	/* the page allocator's, or somebody who got it from there */
	PTC_MEMORY_RESERVED,	/* never given to the page allocator: firmware's, boot's */
	PTC_MEMORY_OURS,
};

unsigned long ptc_memory_end(void);
unsigned long ptc_memory_of_node(unsigned long pfn, unsigned long end, int *nid);
unsigned long ptc_memory_of_owner(unsigned long pfn, unsigned long end, bool by_ptes,
				  enum ptc_memory_owner *owner);

#endif /* PTC_DEBUGFS_MEMORY_H */
