/* SPDX-License-Identifier: GPL-2.0 */
/* Reads the direct-map entry of a page frame. */
#ifndef PTC_DIRECT_MAP_READ_H
#define PTC_DIRECT_MAP_READ_H

#include "pgtable/path.h"

/* The number of PTEs read at once, limited because they are on the stack. */
#define PTC_STRETCH	32

/* Consecutive entries of one table. */
struct ptc_map_stretch {
	enum pt_cache_level level;	/* where the walk ended, at a leaf or a hole */
	unsigned int nr;		/* 1 above the PTE level */
	unsigned long entries[PTC_STRETCH];
};

int ptc_direct_map_read(unsigned long pfn, unsigned int nr, struct ptc_map_stretch *stretch);

#endif /* PTC_DIRECT_MAP_READ_H */
