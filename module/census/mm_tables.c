// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of an mm one after another, for `page_tables` and `pt_mm_tables`. Between two batches
 * nothing is held but the struct mm_struct, so that the process can exit while a reader sleeps.
 */
#include <linux/container_of.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "census/mm_tables.h"

static bool mm_tables_visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct ptc_mm_tables *tables = container_of(visitor, struct ptc_mm_tables, visitor);

	if (tables->nr == PTC_TABLES_AT_ONCE)
		return false;
	tables->tables[tables->nr++] = *table;
	return true;
}

/**
 * ptc_mm_tables_begin - begin with the tables of an mm
 * @tables: zeroed, or ended before
 * @mm: the caller holds a reference of mm_users during this call
 * @patience: how long to wait for the mmap lock
 *
 * Context: any but NMI.
 */
void ptc_mm_tables_begin(struct ptc_mm_tables *tables, struct mm_struct *mm,
			 struct ptc_patience *patience)
{
	mmgrab(mm);
	tables->mm = mm;
	tables->at = tables->nr = 0;
	tables->done = false;
	tables->visitor = (struct ptc_visitor){ .visit = mm_tables_visit, .count = true };
	ptc_mm_walk_begin(&tables->walk, mm, &tables->visitor, patience);
}

/* Collect the next tables. Returns 0 or an error, which keeps what was collected before it. */
static int mm_tables_collect(struct ptc_mm_tables *tables)
{
	int ret;

	tables->at = tables->nr = 0;
	if (!mmget_not_zero(tables->mm))
		return -ESRCH;
	ret = ptc_mm_walk(&tables->walk);
	mmput_async(tables->mm);
	tables->done = !ret;
	return min(ret, 0);
}

/**
 * ptc_mm_tables_next - find the next table
 * @tables: begun
 * @table: set to the table, which is valid until the next call
 *
 * Context: process context, may sleep; acquires the mm's mmap lock.
 * Return: 1, 0 if there is none, -ESRCH if the process has ended or has another mm, -EBUSY if the
 * mmap lock was not to be had, -EINTR on a signal; after that it may be called again.
 */
int ptc_mm_tables_next(struct ptc_mm_tables *tables, const struct ptc_mm_table **table)
{
	while (tables->at == tables->nr) {
		int err;

		if (tables->done)
			return 0;
		err = mm_tables_collect(tables);
		/* what was collected before an error comes first, then the walk is tried again */
		if (err && !tables->nr)
			return err;
	}
	*table = &tables->tables[tables->at++];
	return 1;
}

/* Context: any but NMI. */
void ptc_mm_tables_end(struct ptc_mm_tables *tables)
{
	if (tables->mm)
		mmdrop(tables->mm);
	tables->mm = NULL;
}
