// SPDX-License-Identifier: GPL-2.0
/* `pt_mm`: one line per process's mm, and one for init_mm: the number of its page tables. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "census/census.h"
#include "debugfs/debugfs.h"

struct mm_line {
	struct ptc_process process;	/* its mm is only an identity, not a reference */
	struct ptc_census census;
	bool of_kernel;
	struct ptc_mm_walk walk;
};

/* Positions: 0 is the head, then init_mm, then POS_PIDS plus a pid. */
#define POS_KERNEL	1
#define POS_PIDS	2

static void *pt_mm_kernel_line(struct mm_line *line)
{
	int err = ptc_census_of_kernel(&line->census);

	line->of_kernel = true;
	return err ? ERR_PTR(err) : line;
}

/* Count the tables of the first process at or after @pid. Some may be freed meanwhile. */
static void *pt_mm_process_line(struct mm_line *line, pid_t pid)
{
	struct mm_struct *mm;
	int ret = ptc_process_next(pid, &line->process);

	if (ret <= 0)
		return ERR_PTR(ret);
	mm = line->process.mm;
	ret = ptc_census_of_mm(&line->walk, mm, &line->census);
	ptc_process_put(&line->process);
	line->process.mm = mm;
	line->of_kernel = false;
	return ret ? ERR_PTR(ret) : line;
}

static void *pt_mm_line_at(struct mm_line *line, loff_t pos)
{
	if (pos == 0)
		return SEQ_START_TOKEN;
	if (pos == POS_KERNEL)
		return pt_mm_kernel_line(line);
	return pos - POS_PIDS > PID_MAX_LIMIT ? NULL : pt_mm_process_line(line, pos - POS_PIDS);
}

static void *pt_mm_start(struct seq_file *m, loff_t *pos)
{
	return pt_mm_line_at(m->private, *pos);
}

static void *pt_mm_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct mm_line *line = m->private;

	if (v == SEQ_START_TOKEN)
		*pos = POS_KERNEL;
	else if (line->of_kernel)
		*pos = POS_PIDS;
	else
		*pos = POS_PIDS + line->process.pid + 1;
	return pt_mm_line_at(line, *pos);
}

static void pt_mm_stop(struct seq_file *m, void *v)
{
}

static int pt_mm_show(struct seq_file *m, void *v)
{
	const struct mm_line *line = v;
	const struct ptc_census *census;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "pt_mm",
				"pid mm pgd p4d pud pmd pte table_bytes pte_empty empty_bytes deposited pmd_shared cached comm");
		seq_puts(m, "# not included: tables of exiting processes, and of the kernel's own mms for text poking and EFI\n");
		return 0;
	}
	census = &line->census;
	if (line->of_kernel)
		seq_puts(m, "- -");
	else
		seq_printf(m, "%d 0x%lx", line->process.pid, (unsigned long)line->process.mm);
	seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu",
		   census->tables[PT_CACHE_PGD], census->tables[PT_CACHE_P4D],
		   census->tables[PT_CACHE_PUD], census->tables[PT_CACHE_PMD],
		   census->tables[PT_CACHE_PTE], ptc_census_bytes(census), census->pte_empty,
		   census->pte_empty << PAGE_SHIFT, census->deposited, census->pmd_shared,
		   census->ours);
	ptc_report_comm(m, line->of_kernel ? "init_mm" : line->process.comm);
	return 0;
}

static const struct seq_operations pt_mm_seq = {
	.start = pt_mm_start,
	.next = pt_mm_next,
	.stop = pt_mm_stop,
	.show = pt_mm_show,
};

static int pt_mm_open(struct inode *inode, struct file *file)
{
	return ptc_report_open(file, &pt_mm_seq, sizeof(struct mm_line));
}

const struct file_operations ptc_pt_mm_fops = {
	.owner = THIS_MODULE,
	.open = pt_mm_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = ptc_report_release,
};
