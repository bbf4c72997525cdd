// SPDX-License-Identifier: GPL-2.0
/*
 * What became of requests to an open file, a row for each process. Rows are kept in as many pages
 * as they need, so that many requests may be written before they are read.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "census/processes.h"
#include "fault.h"
#include "report/report.h"
#include "user/rows.h"

struct ptc_rows_page {
	struct list_head link;
	unsigned int nr;
	struct ptc_row row[];
};

#define ROWS_IN_PAGE								\
	((PAGE_SIZE - sizeof(struct ptc_rows_page)) / sizeof(struct ptc_row))

/*
 * Room for the row of a process, before anything is done to it; NULL without memory. It is not one
 * of the rows before ptc_rows_keep(); without that the next one has its place.
 */
struct ptc_row *ptc_rows_new(struct ptc_rows *rows, const struct ptc_process *process, bool dry)
{
	struct ptc_rows_page *last = NULL;
	struct ptc_row *row;

	if (!rows->pages.next)
		INIT_LIST_HEAD(&rows->pages);
	if (!list_empty(&rows->pages))
		last = list_last_entry(&rows->pages, struct ptc_rows_page, link);
	if (!last || last->nr == ROWS_IN_PAGE) {
		last = ptc_fallible(kzalloc(PAGE_SIZE, GFP_KERNEL_ACCOUNT), NULL);
		if (!last)
			return NULL;
		list_add_tail(&last->link, &rows->pages);
	}
	row = &last->row[last->nr];
	*row = (struct ptc_row){
		.pid = process->pid,
		.mm = (unsigned long)process->mm,
		.dry = dry,
	};
	memcpy(row->comm, process->comm, TASK_COMM_LEN);
	return row;
}

void ptc_rows_keep(struct ptc_rows *rows)
{
	list_last_entry(&rows->pages, struct ptc_rows_page, link)->nr++;
}

bool ptc_rows_none(const struct ptc_rows *rows)
{
	const struct ptc_rows_page *first;

	if (!rows->pages.next || list_empty(&rows->pages))
		return true;
	first = list_first_entry(&rows->pages, struct ptc_rows_page, link);
	return !first->nr;
}

int ptc_rows_begin(struct ptc_rows *rows)
{
	rows->at = NULL;
	rows->next = 0;
	return 0;
}

int ptc_rows_next(struct ptc_rows *rows)
{
	struct list_head *link;

	if (rows->at && rows->next < rows->at->nr) {
		rows->next++;
		return 1;
	}
	link = rows->at ? rows->at->link.next : rows->pages.next;
	if (!link || link == &rows->pages)
		return 0;
	rows->at = list_entry(link, struct ptc_rows_page, link);
	rows->next = 0;
	if (!rows->at->nr)
		return 0;
	rows->next = 1;
	return 1;
}

void ptc_rows_show(struct seq_file *m, const struct ptc_rows *rows)
{
	static const char * const states[] = {
		[PTC_WORK_OK] = "ok",
		[PTC_WORK_BUSY] = "busy",
		[PTC_WORK_NO_MEMORY] = "no_memory",
		[PTC_WORK_CUT] = "cut",
		[PTC_WORK_ENDED] = "ended",
	};
	const struct ptc_row *row = &rows->at->row[rows->next - 1];

	seq_printf(m, "%d 0x%lx %lu %lu %lu %lu %lu %s%s", row->pid, row->mm, row->done,
		   row->kept[PTC_KEPT_MIXED], row->kept[PTC_KEPT_BUSY],
		   row->kept[PTC_KEPT_OTHER], row->rest, row->dry ? "dry_" : "",
		   states[row->state]);
	ptc_report_comm(m, row->comm);
}

void ptc_rows_free(struct ptc_rows *rows)
{
	struct ptc_rows_page *page, *next;

	if (!rows->pages.next)
		return;
	list_for_each_entry_safe(page, next, &rows->pages, link)
		kfree(page);
}
