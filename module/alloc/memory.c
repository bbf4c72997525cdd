// SPDX-License-Identifier: GPL-2.0
/* How much memory a node has left. */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/vmstat.h>

#include "alloc/block.h"
#include "alloc/memory.h"

/*
 * Has the node so little free memory that a block would have to be reclaimed? A hint: free memory
 * may be in small pieces, or in a zone that the caller cannot use.
 * Context: any.
 */
bool ptc_memory_is_short(int nid)
{
	unsigned long nr_free = 0, enough = PTC_BLOCK_PAGES;
	struct zone *zone = NODE_DATA(nid)->node_zones, *end = zone + ZONE_MOVABLE;

	for (; zone < end; zone++) {
		if (!populated_zone(zone))
			continue;
		nr_free += zone_page_state(zone, NR_FREE_PAGES);
		enough += low_wmark_pages(zone);
	}
	return nr_free < enough;
}
