// SPDX-License-Identifier: GPL-2.0
/*
 * `pt_mm_tables`: the page tables of one process. Write a pid to the open file, then read one line
 * per table:
 *
 *	exec 3<> pt_mm_tables; echo 1234 >&3; cat <&3; exec 3>&-
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "census/mm_tables.h"
#include "census/processes.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"

struct pt_mm_tables_state {
	struct pid *pid;			/* of the pid that was written */
	struct ptc_patience patience;
	const struct ptc_mm_table *table;	/* the line */
	struct ptc_mm_tables tables;
};

/* Begin with the first table of the process that was selected. Returns 0, or -ESRCH. */
static int pt_mm_tables_begin(void *state)
{
	struct pt_mm_tables_state *all = state;
	struct ptc_process process;
	int err;

	ptc_mm_tables_end(&all->tables);
	ptc_patience_for_pass(&all->patience);
	if (!all->pid)
		return 0;
	err = ptc_process_get(all->pid, &process);
	if (err)
		return err;
	ptc_mm_tables_begin(&all->tables, process.mm, &all->patience);
	ptc_process_put(&process);
	return 0;
}

static int pt_mm_tables_next(void *state)
{
	struct pt_mm_tables_state *all = state;

	return all->tables.mm ? ptc_mm_tables_next(&all->tables, &all->table) : 0;
}

static void pt_mm_tables_show(struct seq_file *m, const void *state)
{
	const struct ptc_mm_table *table = ((const struct pt_mm_tables_state *)state)->table;

	seq_puts(m, ptc_level_name(table->level));
	ptc_report_hex(m, table->va, table->va != PTC_NO_VA);
	seq_printf(m, " 0x%lx %d", table->pfn, pfn_to_nid(table->pfn));
	ptc_report_number(m, table->occupancy);
	ptc_report_number(m, table->page_refs);
	ptc_report_number(m, table->share_count);
	seq_printf(m, " %d\n", table->ours);
}

static void pt_mm_tables_remarks(struct seq_file *m, const void *state)
{
	if (((const struct pt_mm_tables_state *)state)->pid)
		seq_puts(m, "# va and occupancy are - for a table that is deposited for a huge page\n");
	else
		seq_puts(m, "# write a pid to the open file first: exec 3<> pt_mm_tables; echo PID >&3; cat <&3\n");
}

/* Returns the process of a pid that is not a kernel thread, or an ERR_PTR. */
static struct pid *pt_mm_tables_find(pid_t number)
{
	struct ptc_process process;
	struct pid *pid = ptc_process_find(number);
	int err;

	if (!pid) {
		pr_warn_ratelimited("pt_mm_tables: there is no process %d\n", number);
		return ERR_PTR(-ESRCH);
	}
	err = ptc_process_get(pid, &process);
	if (!err) {
		ptc_process_put(&process);
		return pid;
	}
	if (err == -EINVAL)
		pr_warn_ratelimited("pt_mm_tables: %d is a kernel thread, without page tables of its own\n",
				    number);
	put_pid(pid);
	return ERR_PTR(err);
}

static int pt_mm_tables_write(void *state, char *line)
{
	struct pt_mm_tables_state *all = state;
	struct pid *pid;
	int number;

	if (kstrtoint(line, 0, &number) || number <= 0) {
		pr_warn_ratelimited("pt_mm_tables: expected a pid, for example 1\n");
		return -EINVAL;
	}
	pid = pt_mm_tables_find(number);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	put_pid(all->pid);
	all->pid = pid;
	return pt_mm_tables_begin(all);
}

static void pt_mm_tables_release(void *state)
{
	struct pt_mm_tables_state *all = state;

	ptc_mm_tables_end(&all->tables);
	put_pid(all->pid);
}

const struct ptc_report ptc_report_pt_mm_tables = {
	.name = "pt_mm_tables",
	.owner = THIS_MODULE,
	.mode = 0600,
	.format = 1,
	.columns = "level va pfn node occupancy page_refs share_count cached",
	.size = sizeof(struct pt_mm_tables_state),
	.remarks = pt_mm_tables_remarks,
	.begin = pt_mm_tables_begin,
	.next = pt_mm_tables_next,
	.show = pt_mm_tables_show,
	.write = pt_mm_tables_write,
	.release = pt_mm_tables_release,
};
