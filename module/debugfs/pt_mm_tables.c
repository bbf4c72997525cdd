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
#include <linux/mutex.h>
#include <linux/sched/mm.h>

#include "census/mm_walk.h"
#include "census/processes.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"

/* Tables collected at a time; they are printed after the mmap lock is released. */
#define LINES	128

struct tables_reading {
	struct pid *pid;		/* of the pid that was written */
	struct ptc_visitor visitor;
	struct ptc_mm_walk walk;
	/*
	 * The mm that is walked, kept by mmgrab(): the process may exec, and a new mm at the same
	 * address must not be mistaken for the one that the walk began in.
	 */
	struct mm_struct *mm;
	u64 first;			/* the number of lines[0], from the start of the walk */
	unsigned int nr;
	struct ptc_mm_table lines[LINES];
};

static bool pt_mm_tables_visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct tables_reading *reading = container_of(visitor, struct tables_reading, visitor);

	if (reading->nr == LINES)
		return false;
	reading->lines[reading->nr++] = *table;
	return true;
}

/* Collect the next lines. Returns 0 (with nr == 0 at the end), or an error. */
static int pt_mm_tables_read_on(struct tables_reading *reading)
{
	struct ptc_process process;
	int ret;

	reading->first += reading->nr;
	reading->nr = 0;
	if (ptc_process_get(reading->pid, &process))
		return 0; /* the process has exited */
	if (!reading->mm) {
		mmgrab(process.mm);
		reading->mm = process.mm;
		ptc_mm_walk_begin(&reading->walk, process.mm, &reading->visitor);
	}
	ret = process.mm == reading->mm ? ptc_mm_walk(&reading->walk) : 0;
	ptc_process_put(&process);
	return ret < 0 ? ret : 0;
}

static void pt_mm_tables_begin_again(struct tables_reading *reading)
{
	if (reading->mm)
		mmdrop(reading->mm);
	reading->mm = NULL;
	reading->first = 0;
	reading->nr = 0;
}

static void *pt_mm_tables_line_at(struct tables_reading *reading, u64 number)
{
	if (!reading->pid)
		return NULL;
	if (number < reading->first)
		pt_mm_tables_begin_again(reading);
	while (number >= reading->first + reading->nr) {
		int err = pt_mm_tables_read_on(reading);

		if (err)
			return ERR_PTR(err);
		if (!reading->nr)
			return NULL;
	}
	return &reading->lines[number - reading->first];
}

/* The position is the line's number plus one; 0 is the head. */
static void *pt_mm_tables_start(struct seq_file *m, loff_t *pos)
{
	if (*pos == 0) {
		pt_mm_tables_begin_again(m->private);
		return SEQ_START_TOKEN;
	}
	return pt_mm_tables_line_at(m->private, *pos - 1);
}

static void *pt_mm_tables_next(struct seq_file *m, void *v, loff_t *pos)
{
	return pt_mm_tables_line_at(m->private, (*pos)++);
}

static void pt_mm_tables_stop(struct seq_file *m, void *v)
{
}

/* A negative number stands for a value that does not apply. */
static void pt_mm_tables_put_number(struct seq_file *m, int number)
{
	if (number < 0)
		seq_puts(m, " -");
	else
		seq_printf(m, " %d", number);
}

static int pt_mm_tables_show(struct seq_file *m, void *v)
{
	const struct tables_reading *reading = m->private;
	const struct ptc_mm_table *table = v;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "pt_mm_tables",
				"level va pfn node occupancy page_refs share_count cached");
		if (!reading->pid)
			seq_puts(m, "# write a pid to the open file first: exec 3<> pt_mm_tables; echo PID >&3; cat <&3\n");
		else
			seq_puts(m, "# va and occupancy are - for a table that is deposited for a huge page\n");
		return 0;
	}
	seq_printf(m, "%s ", ptc_level_name(table->level));
	if (table->va == PTC_NO_VA)
		seq_putc(m, '-');
	else
		seq_printf(m, "0x%lx", table->va);
	seq_printf(m, " 0x%lx %d", table->pfn, pfn_to_nid(table->pfn));
	pt_mm_tables_put_number(m, table->occupancy);
	pt_mm_tables_put_number(m, table->page_refs);
	pt_mm_tables_put_number(m, table->share_count);
	pt_mm_tables_put_number(m, table->ours);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations pt_mm_tables_seq = {
	.start = pt_mm_tables_start,
	.next = pt_mm_tables_next,
	.stop = pt_mm_tables_stop,
	.show = pt_mm_tables_show,
};

static int pt_mm_tables_open(struct inode *inode, struct file *file)
{
	struct tables_reading *reading;
	int err = ptc_report_open(file, &pt_mm_tables_seq, sizeof(*reading));

	if (err)
		return err;
	reading = ((struct seq_file *)file->private_data)->private;
	reading->visitor.visit = pt_mm_tables_visit;
	reading->visitor.count = true;
	return 0;
}

/* Selects the process for this open file. Does not move the read position. */
static ssize_t pt_mm_tables_write(struct file *file, const char __user *text, size_t size,
				  loff_t *pos)
{
	struct seq_file *m = file->private_data;
	struct tables_reading *reading = m->private;
	struct ptc_process process;
	struct pid *pid;
	int number, err = kstrtoint_from_user(text, size, 0, &number);

	if (err == -EFAULT)
		return err;
	if (err || number <= 0) {
		pr_warn_ratelimited("pt_mm_tables: expected a pid, for example 1\n");
		return -EINVAL;
	}
	pid = ptc_process_find(number);
	if (!pid) {
		pr_warn_ratelimited("pt_mm_tables: there is no process %d\n", number);
		return -ESRCH;
	}
	err = ptc_process_get(pid, &process);
	if (err) {
		if (err == -EINVAL)
			pr_warn_ratelimited("pt_mm_tables: %d is a kernel thread, without page tables of its own\n",
					    number);
		put_pid(pid);
		return err;
	}
	ptc_process_put(&process);

	mutex_lock(&m->lock);
	put_pid(reading->pid);
	reading->pid = pid;
	pt_mm_tables_begin_again(reading);
	mutex_unlock(&m->lock);
	return size;
}

static int pt_mm_tables_release(struct inode *inode, struct file *file)
{
	struct tables_reading *reading = ((struct seq_file *)file->private_data)->private;

	pt_mm_tables_begin_again(reading);
	put_pid(reading->pid);
	return ptc_report_release(inode, file);
}

const struct file_operations ptc_pt_mm_tables_fops = {
	.owner = THIS_MODULE,
	.open = pt_mm_tables_open,
	.read = seq_read,
	.write = pt_mm_tables_write,
	.llseek = seq_lseek,
	.release = pt_mm_tables_release,
};
