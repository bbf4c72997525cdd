/* SPDX-License-Identifier: GPL-2.0 */
/* Splits large mappings of the direct map into PTEs. */
#ifndef PTC_DIRECT_MAP_SPLIT_H
#define PTC_DIRECT_MAP_SPLIT_H

#include <linux/types.h>

enum ptc_split {
	PTC_SPLIT_DONE,		/* every page is mapped by a write-back PTE: may be handed out */
	/*
	 * Every page is write-back, but not mapped by a PTE: may be freed. Of a 1G mapping, 2M ones
	 * may be left: memory ran out between the two steps of its split.
	 */
	PTC_SPLIT_UNDONE,
	PTC_SPLIT_LOST,		/* shown to be neither of these: must never be freed */
};

bool ptc_direct_map_is_split(unsigned long pfn, unsigned int pages);
bool ptc_direct_map_is_1g(unsigned long pfn);
enum ptc_split ptc_direct_map_split(unsigned long pfn, unsigned int pages);

#endif /* PTC_DIRECT_MAP_SPLIT_H */
