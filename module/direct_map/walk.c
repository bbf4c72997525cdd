// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the direct map and says of each mapping what it is; prints nothing.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "direct_map/direct_map.h"
#include "direct_map/walk.h"

/* Look at the 512 entries that map one 2M region by PTEs. */
static void look_at_ptes(const u64 *entries, struct ptc_map_region *region)
{
	unsigned int i;

	region->present_pages = 0;
	region->uniform = true;
	for (i = 0; i < PTRS_PER_PTE; i++) {
		if (ptc_direct_map_entry_present(entries[i]))
			region->present_pages++;
		if (!ptc_direct_map_continues(entries[0], entries[i], i))
			region->uniform = false;
	}
	region->uniform = region->uniform && region->present_pages;
}

static bool read_region(unsigned long pfn, u64 *entries, struct ptc_map_region *region)
{
	struct ptc_mapping mapping, again;
	unsigned long pages;
	int tries;

	for (tries = 0; tries < 8; tries++) {
		if (ptc_direct_map_read(pfn, &mapping))
			break;
		region->level = mapping.level;
		pages = ptc_map_pages(mapping.level == PTC_MAP_4K ? PTC_MAP_2M : mapping.level);
		region->pfn = ALIGN_DOWN(pfn, pages);
		region->end = region->pfn + pages;
		region->present_pages = mapping.present ? pages : 0;
		region->uniform = mapping.present;
		if (mapping.level != PTC_MAP_4K)
			return true;
		/* the table may have gone between the walk and the copy: look again after it */
		if (copy_from_kernel_nofault(entries, mapping.table, PAGE_SIZE))
			continue;
		if (ptc_direct_map_read(pfn, &again) || again.table != mapping.table)
			continue;
		look_at_ptes(entries, region);
		return true;
	}
	return false;
}

/*
 * Call @each for every mapping from page frame 0 to @end_pfn, in order; holes are skipped by the
 * size that the tables give them.
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, -EINTR on a signal, -EAGAIN when tables kept changing.
 */
int ptc_direct_map_walk(unsigned long end_pfn,
			void (*each)(const struct ptc_map_region *region, void *arg), void *arg)
{
	u64 *entries = kmalloc(PAGE_SIZE, GFP_KERNEL);
	struct ptc_map_region region;
	unsigned long pfn = 0;
	int err = 0;

	if (!entries)
		return -ENOMEM;
	while (pfn < end_pfn) {
		if (signal_pending(current)) {
			err = -EINTR;
			break;
		}
		if (!read_region(pfn, entries, &region)) {
			err = -EAGAIN;
			break;
		}
		if (region.present_pages)
			each(&region, arg);
		pfn = region.end;
		cond_resched();
	}
	kfree(entries);
	return err;
}
