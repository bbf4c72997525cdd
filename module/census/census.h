/* SPDX-License-Identifier: GPL-2.0 */
/* What an mm's page tables add up to. */
#ifndef PTC_CENSUS_CENSUS_H
#define PTC_CENSUS_CENSUS_H

#include "census/mm_walk.h"
#include "census/processes.h"

/* All are numbers of tables. */
struct ptc_census {
	unsigned long tables[PTC_LEVELS];	/* PTE tables with the deposited ones */
	unsigned long pte_empty;		/* no entry, and not deposited */
	unsigned long deposited;
	unsigned long pmd_shared;
	unsigned long ours;
};

int ptc_census_of_mm(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_census *census);
int ptc_census_of_kernel(struct ptc_census *census);
unsigned long ptc_census_bytes(const struct ptc_census *census);

#endif /* PTC_CENSUS_CENSUS_H */
