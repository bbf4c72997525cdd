/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PTC_DIRECT_MAP_WALK_H
#define PTC_DIRECT_MAP_WALK_H

#include "direct_map/direct_map.h"

/* One large mapping, or one 2M region that is mapped by PTEs. */
struct ptc_map_region {
	unsigned long pfn, end;
	enum ptc_map_level level;
	unsigned int present_pages;
	bool uniform;	/* could be one mapping: one protection, frames in order, none missing */
};

int ptc_direct_map_walk(unsigned long end_pfn,
			void (*each)(const struct ptc_map_region *region, void *arg), void *arg);

#endif /* PTC_DIRECT_MAP_WALK_H */
