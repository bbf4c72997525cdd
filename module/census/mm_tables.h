/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of an mm one after another, so that a reader may take its time for each. */
#ifndef PTC_CENSUS_MM_TABLES_H
#define PTC_CENSUS_MM_TABLES_H

#include "census/mm_walk.h"

/* Tables that are collected at a time, and handed on after the mmap lock is released. */
#define PTC_TABLES_AT_ONCE	128

struct ptc_mm_tables {
	struct mm_struct *mm;		/* kept by mmgrab(), so that no other mm gets its address */
	unsigned int at, nr;		/* tables[at] is the next one */
	bool done;
	struct ptc_visitor visitor;
	struct ptc_mm_walk walk;
	struct ptc_mm_table tables[PTC_TABLES_AT_ONCE];
};

void ptc_mm_tables_begin(struct ptc_mm_tables *tables, struct mm_struct *mm,
			 struct ptc_patience *patience);
int ptc_mm_tables_next(struct ptc_mm_tables *tables, const struct ptc_mm_table **table);
void ptc_mm_tables_end(struct ptc_mm_tables *tables);

#endif /* PTC_CENSUS_MM_TABLES_H */
