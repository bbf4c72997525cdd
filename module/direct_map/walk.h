/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The direct map as runs: what is mapped by entries of one size, with one protection. Knows neither
 * an architecture's bits nor nodes nor who a page belongs to, and compiles in user space.
 */
#ifndef PTC_DIRECT_MAP_WALK_H
#define PTC_DIRECT_MAP_WALK_H

#include "direct_map/direct_map.h"

struct ptc_map_run {
	unsigned long pfn, end;		/* page frames, the end exclusive */
	enum ptc_map_level level;
	u64 protection;			/* see ptc_direct_map_protection() */
	bool uniform;			/* each 2M of it is, or could be, a single mapping */
};

/* A copy of the part of one table that is walked; frames are counted by virtual address. */
struct ptc_map_copy {
	unsigned long start, end;	/* what the copied entries map; equal: nothing is copied */
	const u64 *table;		/* where it was copied from; NULL for the top */
	bool uniform;			/* a table of PTEs */
	u64 entries[PTC_MAP_ENTRIES];
};

struct ptc_map_walk {
	unsigned long base, end;	/* the direct map's, counted as the copies' */
	unsigned long entries_read;
	int top;
	struct ptc_map_copy copies[PTC_MAP_LEVELS];
};

void ptc_map_walk_begin(struct ptc_map_walk *walk, unsigned long end_pfn);
int ptc_map_walk_next(struct ptc_map_walk *walk, unsigned long pfn, struct ptc_map_run *run);

#endif /* PTC_DIRECT_MAP_WALK_H */
