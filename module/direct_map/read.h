/* SPDX-License-Identifier: GPL-2.0 */
/* Reading what maps a page frame in the direct map. */
#ifndef PTC_DIRECT_MAP_READ_H
#define PTC_DIRECT_MAP_READ_H

#include "pgtable/path.h"

/* At most so many PTEs are read at once: they lie on the stack. */
#define PTC_STRETCH	32

/* Consecutive entries of one table. */
struct ptc_map_stretch {
	enum pt_cache_level level;	/* where the walk ended, with a mapping or a hole */
	unsigned int nr;		/* 1 above the PTEs */
	unsigned long entries[PTC_STRETCH];
};

int ptc_direct_map_read(unsigned long pfn, unsigned int nr, struct ptc_map_stretch *stretch);

#endif /* PTC_DIRECT_MAP_READ_H */
