/* SPDX-License-Identifier: GPL-2.0 */
/* The number of page tables of an mm, by level and kind. */
#ifndef PTC_CENSUS_CENSUS_H
#define PTC_CENSUS_CENSUS_H

#include "census/mm_walk.h"
#include "census/processes.h"

/* All members but the state count tables. */
struct ptc_census {
	unsigned long tables[PTC_LEVELS];	/* PTE tables include deposited ones */
	unsigned long pte_empty;		/* without entries, deposited ones excluded */
	unsigned long pte_full;			/* all entries in use */
	unsigned long pmd_empty;
	unsigned long deposited;
	unsigned long pmd_shared;
	unsigned long ours;
	unsigned long remote;			/* on another node than the process ran on last */
	unsigned long bytes;			/* what VmPTE counts: without P4D tables and the PGD */
	enum ptc_census_state {
		PTC_CENSUS_OK,
		PTC_CENSUS_BUSY,		/* the mmap lock was not to be had: only @bytes is known */
		PTC_CENSUS_CUT,			/* as before, in the middle of the walk */
	} state;
};

int ptc_census_of_process(struct ptc_mm_walk *walk, const struct ptc_process *process,
			  struct ptc_patience *patience, struct ptc_census *census);
int ptc_census_of_kernel(struct ptc_census *census);

#endif /* PTC_CENSUS_CENSUS_H */
