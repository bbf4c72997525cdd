/* SPDX-License-Identifier: GPL-2.0 */
/* The page tables of the processes of each cgroup. */
#ifndef PTC_CENSUS_CGROUPS_H
#define PTC_CENSUS_CGROUPS_H

#include "census/census.h"

/* Cgroups that are counted in one pass over the processes. */
#define PTC_CGROUPS_AT_ONCE	64

struct ptc_cgroup_sums {
	u64 id;
	unsigned long mms, mms_busy;		/* a busy one adds its table_bytes alone */
	unsigned long table_bytes, shared_bytes, empty_bytes;
	unsigned long deposited, remote;	/* tables */
};

struct ptc_cgroups {
	struct ptc_filter filter;
	struct ptc_patience patience;
	u64 above;				/* cgroups with higher ids are still to come ... */
	u64 last;				/* ... up to this one; newer ones have higher ids */
	unsigned int nr, at;			/* sums[at] is the next one */
	pid_t pid;				/* where to go on with counting; 0: not begun */
	struct ptc_cgroup_sums sums[PTC_CGROUPS_AT_ONCE];	/* by id */
	struct ptc_census census;
	struct ptc_mm_walk walk;
};

void ptc_cgroups_begin(struct ptc_cgroups *cgroups);
int ptc_cgroups_next(struct ptc_cgroups *cgroups, const struct ptc_cgroup_sums **sums);
void ptc_cgroup_path(u64 id, char *path, size_t size);

#endif /* PTC_CENSUS_CGROUPS_H */
