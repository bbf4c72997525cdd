// SPDX-License-Identifier: GPL-2.0
/* What the kernel's statistics say of a node's memory. */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/vmstat.h>

#include "alloc/block.h"
#include "alloc/numa.h"

/*
 * Has the node so little free memory that a block would have to be reclaimed? A hint: free memory
 * may be in small pieces, or in a zone that the caller cannot use.
 * Context: any.
 */
bool ptc_numa_is_short(int nid)
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

/*
 * Returns how many pages of the node are page tables. Lags by what CPUs have counted since the last
 * second or so.
 * Context: any.
 */
long ptc_numa_tables(int nid)
{
	return atomic_long_read(&NODE_DATA(nid)->vm_stat[NR_PAGETABLE]);
}

/* The page frames of the node's memory lie from the one to before the other. Context: any. */
unsigned long ptc_numa_start(int nid)
{
	return node_start_pfn(nid);
}

unsigned long ptc_numa_end(int nid)
{
	return node_end_pfn(nid);
}
