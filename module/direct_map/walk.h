/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The direct map as runs, each mapped by entries of one size with one protection. Knows neither
 * nodes nor the owners of pages.
 */
#ifndef PTC_DIRECT_MAP_WALK_H
#define PTC_DIRECT_MAP_WALK_H

#include "direct_map/arch.h"
#include "pgtable/path.h"

struct ptc_map_run {
	unsigned long pfn, end;		/* page frames, the end exclusive */
	enum pt_cache_level level;
	bool present;
	unsigned long protection;	/* see ptc_arch_protection(); 0 of what is not present */
	bool uniform;			/* each 2M of it is, or could be, a single mapping */
};

/* A copy of the walked part of one table. Frames are counted by virtual address. */
struct ptc_map_copy {
	unsigned long start, end;	/* frames that the copied entries map; equal: no copy */
	bool uniform;			/* of a PTE table */
	unsigned long entries[PTC_ENTRIES];
};

struct ptc_map_walk {
	unsigned long base, end;	/* of the direct map, counted as in the copies */
	unsigned long entries_read;
	struct ptc_path path;		/* to the table that was copied last */
	struct ptc_map_copy copies[PTC_LEVELS];
};

void ptc_map_walk_begin(struct ptc_map_walk *walk, unsigned long end_pfn);
int ptc_map_walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run);
int ptc_map_walk_next_any(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run);

#endif /* PTC_DIRECT_MAP_WALK_H */
