/* SPDX-License-Identifier: GPL-2.0 */
/* The number of page tables of an mm, by level and kind. */
#ifndef PTC_CENSUS_CENSUS_H
#define PTC_CENSUS_CENSUS_H

#include "census/mm_walk.h"
#include "census/processes.h"

/* All members count tables. */
struct ptc_census {
	unsigned long tables[PTC_LEVELS];	/* PTE tables include deposited ones */
	unsigned long pte_empty;		/* without entries, deposited ones excluded */
	unsigned long deposited;
	unsigned long pmd_shared;
	unsigned long ours;
};

int ptc_census_of_mm(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_census *census);
int ptc_census_of_kernel(struct ptc_census *census);
unsigned long ptc_census_bytes(const struct ptc_census *census);

#endif /* PTC_CENSUS_CENSUS_H */
