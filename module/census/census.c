// SPDX-License-Identifier: GPL-2.0
/* Counts the tables that a walk finds in an mm, for `pt_mm` and `pt_cgroup`. */
#include <linux/container_of.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "census/census.h"
#include "census/kernel_walk.h"

struct counter {
	struct ptc_visitor visitor;
	struct ptc_census *census;
	int nid;			/* of the process; NUMA_NO_NODE: no table is remote */
};

static bool census_count(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	const struct counter *counter = container_of(visitor, struct counter, visitor);
	struct ptc_census *census = counter->census;

	census->tables[table->level]++;
	if (table->level == PT_CACHE_PTE) {
		census->deposited += table->deposited;
		census->pte_empty += table->occupancy == 0;
		census->pte_full += table->occupancy == PTRS_PER_PTE;
	} else if (table->level == PT_CACHE_PMD) {
		census->pmd_empty += table->occupancy == 0;
	}
	census->pmd_shared += table->share_count > 0;
	census->ours += table->ours;
	census->remote += counter->nid != NUMA_NO_NODE && pfn_to_nid(table->pfn) != counter->nid;
	return true;
}

static struct counter census_begin(struct ptc_census *census, int nid)
{
	memset(census, 0, sizeof(*census));
	return (struct counter){
		.visitor = { .visit = census_count, .count = true },
		.census = census,
		.nid = nid,
	};
}

static void census_end(struct ptc_census *census)
{
	census->bytes = (census->tables[PT_CACHE_PTE] + census->tables[PT_CACHE_PMD] +
			 census->tables[PT_CACHE_PUD]) << PAGE_SHIFT;
}

/**
 * ptc_census_of_process - count the tables of a process's mm
 * @walk: the caller's; too large for the stack
 * @process: with a reference of mm_users
 * @patience: how long to wait for the mmap lock
 * @census: filled; if the lock was not to be had, with what is known without it
 *
 * Context: process context, may sleep; acquires the mm's mmap lock.
 * Return: 0, or -EINTR on a signal.
 */
int ptc_census_of_process(struct ptc_mm_walk *walk, const struct ptc_process *process,
			  struct ptc_patience *patience, struct ptc_census *census)
{
	struct counter counter = census_begin(census, process->nid);
	int ret;

	ptc_mm_walk_begin(walk, process->mm, &counter.visitor, patience);
	ret = ptc_mm_walk(walk);
	if (ret == -EBUSY) {
		/* each walk visits the PGD first */
		census->state = census->tables[PT_CACHE_PGD] ? PTC_CENSUS_CUT : PTC_CENSUS_BUSY;
		census->bytes = mm_pgtables_bytes(process->mm);
		return 0;
	}
	census_end(census);
	return ret;
}

/* Count init_mm's tables. Context: process context, may sleep. Returns 0, -EINTR or -ENOMEM. */
int ptc_census_of_kernel(struct ptc_census *census)
{
	struct counter counter = census_begin(census, NUMA_NO_NODE);
	int ret;

	census->tables[PT_CACHE_PGD] = 1; /* init_mm's PGD, which the walk cannot find */
	ret = ptc_kernel_walk(&counter.visitor);
	census_end(census);
	return ret;
}
