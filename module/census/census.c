// SPDX-License-Identifier: GPL-2.0
/* Counts the tables that a walk finds in an mm, for `pt_mm`. */
#include <linux/container_of.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "census/census.h"
#include "census/kernel_walk.h"

struct counter {
	struct ptc_visitor visitor;
	struct ptc_census *census;
};

static bool census_count(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct ptc_census *census = container_of(visitor, struct counter, visitor)->census;

	census->tables[table->level]++;
	census->deposited += table->deposited;
	census->pte_empty += table->level == PT_CACHE_PTE && table->occupancy == 0;
	census->pmd_shared += table->share_count > 0;
	census->ours += table->ours;
	return true;
}

static struct counter census_begin(struct ptc_census *census)
{
	memset(census, 0, sizeof(*census));
	return (struct counter){
		.visitor = { .visit = census_count, .count = true },
		.census = census,
	};
}

/*
 * Count the tables of an mm. Context: process context, may sleep; acquires the mm's mmap lock.
 * Returns 0, or -EINTR on a signal.
 */
int ptc_census_of_mm(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_census *census)
{
	struct counter counter = census_begin(census);

	ptc_mm_walk_begin(walk, mm, &counter.visitor);
	return ptc_mm_walk(walk);
}

/* Count init_mm's tables. Context: process context, may sleep. Returns 0, -EINTR or -ENOMEM. */
int ptc_census_of_kernel(struct ptc_census *census)
{
	struct counter counter = census_begin(census);

	census->tables[PT_CACHE_PGD] = 1; /* init_mm's PGD, which the walk cannot find */
	return ptc_kernel_walk(&counter.visitor);
}

/* The bytes that the kernel counts as VmPTE, which excludes P4D tables and the PGD. */
unsigned long ptc_census_bytes(const struct ptc_census *census)
{
	return (census->tables[PT_CACHE_PTE] + census->tables[PT_CACHE_PMD] +
		census->tables[PT_CACHE_PUD]) << PAGE_SHIFT;
}
