/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms of the users of page tables. For the tables of processes and the kernel's own the
 * occupancy stands for the users, which a stock kernel does not count; our own tables have a count
 * of users.
 */
#ifndef PTC_CENSUS_REFCOUNTS_H
#define PTC_CENSUS_REFCOUNTS_H

#include <linux/log2.h>

#include "census/mm_walk.h"

/* Buckets: 0, 1, 2 to 3, 4 to 7 ..., by powers of two. */
#define PTC_OCCUPANCY_BUCKETS	11	/* the last one is for 512 alone */
#define PTC_USERS_BUCKETS	32

struct ptc_refcounts {
	unsigned long occupancy[PTC_LEVELS][PTC_OCCUPANCY_BUCKETS];	/* of processes' tables */
	unsigned long kernel[PTC_LEVELS][PTC_OCCUPANCY_BUCKETS];	/* of init_mm's */
	unsigned long deposited;	/* PTE tables without entries, not in @occupancy */
	unsigned long busy;		/* processes whose mmap lock was not to be had */
	struct {
		unsigned long tables, pages;
	} users[PTC_LEVELS][PTC_USERS_BUCKETS];
};

static inline unsigned int ptc_bucket_of(unsigned int n)
{
	return n ? ilog2(n) + 1 : 0;
}

static inline unsigned int ptc_bucket_first(unsigned int bucket)
{
	return bucket ? 1U << (bucket - 1) : 0;
}

static inline unsigned int ptc_bucket_last(unsigned int bucket)
{
	return bucket ? (1U << bucket) - 1 : 0;
}

int ptc_refcounts(struct ptc_refcounts *refcounts);

#endif /* PTC_CENSUS_REFCOUNTS_H */
