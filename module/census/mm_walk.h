/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks the page tables of one mm and passes a record of each table to a visitor. Counts nothing
 * and prints nothing.
 */
#ifndef PTC_CENSUS_MM_WALK_H
#define PTC_CENSUS_MM_WALK_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

#include "census/mmap_lock.h"
#include "census/processes.h"
#include "pgtable/level.h"

/* The va of a table that no entry points to. */
#define PTC_NO_VA	ULONG_MAX

/* A table as it was found. A number that was not read, or does not apply, is -1. */
struct ptc_mm_table {
	unsigned long va;		/* the first address it maps, or PTC_NO_VA */
	unsigned long pfn;
	enum pt_cache_level level;
	int occupancy;			/* entries that are not none, present or not */
	int page_refs;
	int share_count;		/* of a PMD table: other mms that share it */
	bool deposited;			/* a PTE table reserved for the split of a huge page */
	bool ours;			/* handed out by one of our caches */
	unsigned long owner;		/* of ours: the mm it was handed out for (identity), or 0 */
	bool marked;			/* PageTable() */
	bool bad;			/* in memory that is marked as bad: nobody reads it */
};

/* A deposited table, as read from its list under the PMD lock. */
struct ptc_deposit {
	unsigned long pfn;
	int page_refs;
	bool marked;
	bool ours;
	unsigned long owner;
};

struct ptc_visitor {
	/*
	 * Called for each table. Return false if there is no room for it: the walk stops, and
	 * visits it again when it is resumed. Must not sleep: the mmap lock is held, and
	 * preemption is off.
	 */
	bool (*visit)(struct ptc_visitor *visitor, const struct ptc_mm_table *table);
	/*
	 * Optional, called before visit() with interrupts off. @entries are valid during this call
	 * alone. If the table then turns out to be freed, visit() is not called.
	 */
	void (*look)(struct ptc_visitor *visitor, const struct ptc_mm_table *table,
		     const unsigned long *entries);
	bool count;			/* whether to count the occupancy */
};

struct ptc_mm_walk {
	struct mm_struct *mm;		/* NULL: planted tables at @top, which do not change */
	pgd_t *top;
	struct ptc_visitor *visitor;
	struct ptc_patience *patience;
	enum { PTC_WALK_USER, PTC_WALK_LDT, PTC_WALK_DONE } stage;
	unsigned long va;		/* PTE tables below it have been visited */
	unsigned long done[PTC_LEVELS];	/* end of the last visited table of a level */
	unsigned long sound_end;	/* no table above the PTE tables up to here is bad */
	unsigned int deposits, deposits_done;
	struct ptc_deposit deposit[PTRS_PER_PMD];
};

void ptc_mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor,
		       struct ptc_patience *patience);
void ptc_mm_walk_begin_space(struct ptc_mm_walk *walk, const struct ptc_space *space,
			     struct ptc_visitor *visitor, struct ptc_patience *patience);
void ptc_mm_walk_from(struct ptc_mm_walk *walk, unsigned long va);
int ptc_mm_walk(struct ptc_mm_walk *walk);

#endif /* PTC_CENSUS_MM_WALK_H */
