// SPDX-License-Identifier: GPL-2.0
/* `page_tables`: one line per page table of any process. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "census/mm_tables.h"
#include "debugfs/debugfs.h"
#include "debugfs/filter.h"
#include "pgtable/level.h"

struct page_tables_state {
	struct ptc_filter filter;
	struct ptc_patience patience;
	struct ptc_process process;		/* its mm is only an identity, not a reference */
	const struct ptc_mm_table *table;	/* the line; NULL: the process could not be finished */
	bool any;				/* a table of the process was found */
	struct ptc_mm_tables tables;
};

static void page_tables_release(void *state)
{
	ptc_mm_tables_end(&((struct page_tables_state *)state)->tables);
}

static int page_tables_begin(void *state)
{
	struct page_tables_state *all = state;

	ptc_mm_tables_end(&all->tables);
	ptc_patience_for_pass(&all->patience);
	memset(&all->process, 0, sizeof(all->process));
	return 0;
}

/* Go on to the next process. Returns 1, 0 if there is none, or -EINTR. */
static int page_tables_next_process(struct page_tables_state *all)
{
	struct ptc_process process;
	int ret = ptc_process_next(all->process.pid + 1, &all->filter, &process);

	if (ret <= 0)
		return ret;
	all->process = process;
	all->any = false;
	ptc_mm_tables_begin(&all->tables, process.mm, &all->patience);
	ptc_process_put(&process);
	return 1;
}

/* A process that ends while its tables are printed has no more. One that is busy has a line. */
static int page_tables_next(void *state)
{
	struct page_tables_state *all = state;
	int ret;

	for (;;) {
		if (!all->tables.mm) {
			ret = page_tables_next_process(all);
			if (ret <= 0)
				return ret;
		}
		ret = ptc_mm_tables_next(&all->tables, &all->table);
		if (ret > 0) {
			all->any = true;
			return 1;
		}
		if (ret == -EINTR)
			return ret;
		ptc_mm_tables_end(&all->tables);
		if (ret == -EBUSY) {
			all->table = NULL;
			return 1;
		}
	}
}

static void page_tables_show(struct seq_file *m, const void *state)
{
	const struct page_tables_state *all = state;
	const struct ptc_mm_table *table = all->table;

	if (table)
		seq_printf(m, "0x%lx %s", table->pfn, ptc_level_name(table->level));
	else
		seq_puts(m, "- -");
	seq_printf(m, " 0x%lx %d", (unsigned long)all->process.mm, all->process.pid);
	if (table) {
		ptc_report_hex(m, table->va, table->va != PTC_NO_VA);
		seq_printf(m, " %d", pfn_to_nid(table->pfn));
		ptc_report_number(m, table->occupancy);
		seq_printf(m, " %d ok", table->ours);
	} else {
		seq_printf(m, " - - - - %s", all->any ? "cut" : "busy");
	}
	ptc_report_comm(m, all->process.comm);
}

static void page_tables_remarks(struct seq_file *m, const void *state)
{
	seq_puts(m, "# va and occupancy are - for a table that is deposited for a huge page; a process whose mmap lock is not to be had has a line with state busy, or cut after some of its tables\n");
}

static int page_tables_write(void *state, char *line)
{
	return ptc_filter_write(&((struct page_tables_state *)state)->filter, "page_tables", line);
}

const struct ptc_report ptc_report_page_tables = {
	.name = "page_tables",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "pfn level mm pid va node occupancy cached state comm",
	.size = sizeof(struct page_tables_state),
	.remarks = page_tables_remarks,
	.begin = page_tables_begin,
	.next = page_tables_next,
	.show = page_tables_show,
	.write = page_tables_write,
	.release = page_tables_release,
};
