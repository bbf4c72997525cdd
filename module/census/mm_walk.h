/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One walk over the page tables of one mm, a record for each table. Adds nothing up and prints
 * nothing.
 */
#ifndef PTC_CENSUS_MM_WALK_H
#define PTC_CENSUS_MM_WALK_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

#include "census/processes.h"
#include "pgtable/level.h"

/* The va of a table to which no entry leads. */
#define PTC_NO_VA	ULONG_MAX

/* A table as it was found. What was not looked at, or does not apply, is -1. */
struct ptc_mm_table {
	unsigned long va;		/* the first address it maps, or PTC_NO_VA */
	unsigned long pfn;
	enum pt_cache_level level;
	int occupancy;			/* entries that are not none, present or not */
	int page_refs;
	int share_count;		/* of a PMD table: mms beside this one */
	bool deposited;			/* a PTE table kept for when a huge page is split */
	bool ours;			/* handed out by one of our caches */
	unsigned long owner;		/* of ours: the mm it was handed out for (an identity), or 0 */
	bool marked;			/* PageTable() */
};

/* A deposited table, as its list said under the PMD lock. */
struct ptc_deposit {
	unsigned long pfn;
	int page_refs;
	bool marked;
	bool ours;
	unsigned long owner;
};

struct ptc_visitor {
	/*
	 * A table was found. Return false when there is no room for it: the walk stops, and finds it
	 * again when it is gone on with. The mm's lock is held, so nobody may wait for another mm's.
	 */
	bool (*visit)(struct ptc_visitor *visitor, const struct ptc_mm_table *table);
	/*
	 * Optional, before visit(): the entries themselves, with interrupts off, and only here. The
	 * table may still turn out to be gone, and visit() then is not called.
	 */
	void (*look)(struct ptc_visitor *visitor, const struct ptc_mm_table *table,
		     const unsigned long *entries);
	bool count;			/* is the occupancy wanted? */
};

struct ptc_mm_walk {
	struct mm_struct *mm;		/* NULL: tables that nobody changes, @top */
	pgd_t *top;
	struct ptc_visitor *visitor;
	enum { PTC_WALK_USER, PTC_WALK_LDT, PTC_WALK_DONE } stage;
	unsigned long va;		/* PTE tables below it have been found */
	unsigned long done[PTC_LEVELS];	/* where the last table of a level ended */
	unsigned int deposits, deposits_done;
	struct ptc_deposit deposit[PTRS_PER_PMD];
};

void ptc_mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor);
void ptc_mm_walk_begin_space(struct ptc_mm_walk *walk, const struct ptc_space *space,
			     struct ptc_visitor *visitor);
int ptc_mm_walk(struct ptc_mm_walk *walk);

#endif /* PTC_CENSUS_MM_WALK_H */
