// SPDX-License-Identifier: GPL-2.0
/*
 * What all reports have in common: the debugfs directory, opening, the two lines of the head, one
 * record after another, the last line, and errors.
 *
 * A report ends with a line "# end N" or, if it could not be finished, "# cut N: REASON", with
 * the number of its records. The read() after that of a cut report fails with the error, and the
 * next ones find the end of the file.
 *
 * A signal that the reader catches cuts the report. Other reasons to return to user space do not:
 * job control, the freezer, a livepatch that makes tasks switch. Then the read is restarted, or
 * returns what there is, and the reader goes on.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/uaccess.h>

#include "fault.h"
#include "report/report.h"

/* Room for 512 physical addresses. */
#define REPORT_LINE_MAX	16384

static struct dentry *report_folder;

/*
 * An open file. Threads and processes may share it, and an operation may take long: who waits for
 * the mutex can be killed. The kernel's own locks of an open file do not allow that, so they have
 * to be free whenever they are acquired here (seq_file's), or are not used (that of the position:
 * without FMODE_ATOMIC_POS, two who read at once may get the same lines).
 */
struct report_reading {
	struct mutex mutex;		/* held in all operations but open and release */
	const struct ptc_report *report;
	enum {
		READING_HEAD,	/* the head is the current line */
		READING_RECORD,	/* the record in @state is */
		READING_END,	/* the last line is */
		READING_CUT,	/* as before, and @err is still to be returned */
		READING_OVER,
	} stage;
	loff_t at;		/* number of the current line, 0 for the head */
	int err;		/* why it is cut */
	u64 state[];
};

/*
 * Cannot fail the load: without debugfs there are no reports, and the module works without them.
 * Context: process context, may sleep. Returns the directory, or an ERR_PTR.
 */
struct dentry *ptc_reports_init(void)
{
	report_folder = debugfs_create_dir("pt_cache", NULL);
	return report_folder;
}

void ptc_reports_exit(void)
{
	debugfs_remove(report_folder);
}

/*
 * Does a signal wait for this task for which it has a handler? The task keeps its own sighand.
 * Context: process.
 */
static bool report_signal_is_caught(void)
{
	struct sighand_struct *sighand = rcu_dereference_protected(current->sighand, true);
	sigset_t pending;
	bool caught = false;
	int sig;

	spin_lock_irq(&sighand->siglock);
	sigorsets(&pending, &current->pending.signal, &current->signal->shared_pending.signal);
	sigandnsets(&pending, &pending, &current->blocked);
	for (sig = 1; sig <= _NSIG; sig++) {
		__sighandler_t handler = sighand->action[sig - 1].sa.sa_handler;

		if (sigismember(&pending, sig))
			caught |= handler != SIG_DFL && handler != SIG_IGN;
	}
	spin_unlock_irq(&sighand->siglock);
	return caught;
}

/*
 * Does a signal wait that ends what the task is doing here? Not one of job control, of the
 * freezer or of a livepatch in transition. For work in a write, which cannot be begun anew.
 * Context: process.
 */
bool ptc_signal_ends_work(void)
{
	return signal_pending(current) &&
	       (fatal_signal_pending(current) || report_signal_is_caught());
}
EXPORT_SYMBOL_GPL(ptc_signal_ends_work);

/* Make the head the current line. An error cuts the report after it. */
static void *report_begin(struct report_reading *reading)
{
	const struct ptc_report *report = reading->report;
	int err = report->begin ? report->begin(reading->state) : 0;

	if (err == -EINTR && !report_signal_is_caught())
		return ERR_PTR(-ERESTARTNOHAND);
	reading->stage = READING_HEAD;
	reading->at = 0;
	reading->err = err;
	return reading;
}

/* Make the line after the current one the current one. Returns NULL if there is none. */
static void *report_step(struct report_reading *reading)
{
	const struct ptc_report *report = reading->report;
	int ret = reading->err;

	if (reading->stage >= READING_END)
		return NULL;
	if (!ret && report->next)
		ret = report->next(reading->state);
	if (ret == -EINTR && !reading->err && !report_signal_is_caught())
		return ERR_PTR(-ERESTARTNOHAND);
	reading->at++;
	reading->err = min(ret, 0);
	reading->stage = ret > 0 ? READING_RECORD : ret < 0 ? READING_CUT : READING_END;
	return reading;
}

/* Each read() calls this first. *@pos is the current line, or the one after it. */
static void *report_start(struct seq_file *m, loff_t *pos)
{
	struct report_reading *reading = m->private;

	if (*pos == 0)
		return report_begin(reading);
	if (*pos == reading->at)
		return reading;
	return report_step(reading);
}

static void *report_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return report_step(m->private);
}

static void report_stop(struct seq_file *m, void *v)
{
}

static const char *report_why_cut(int err)
{
	switch (err) {
	case -EINTR:
		return "a signal";
	case -ENOMEM:
		return "no memory";
	case -EAGAIN:
		return "it kept changing while it was read: try again";
	case -ESRCH:
		return "the process has ended";
	case -EBUSY:
		return "the mmap lock of the process is held by somebody who does not release it";
	default:
		return "an error";
	}
}

static int report_show(struct seq_file *m, void *v)
{
	const struct report_reading *reading = v;
	const struct ptc_report *report = reading->report;

	switch (reading->stage) {
	case READING_HEAD:
		seq_printf(m, "# pt_cache %s format %u\n# %s\n", report->name, report->format,
			   report->columns);
		if (report->remarks)
			report->remarks(m, reading->state);
		break;
	case READING_RECORD:
		report->show(m, reading->state);
		break;
	case READING_END:
		seq_printf(m, "# end %lld\n", reading->at - 1);
		break;
	default:
		seq_printf(m, "# cut %lld: %s\n", reading->at - 1, report_why_cut(reading->err));
	}
	return 0;
}

static const struct seq_operations report_seq = {
	.start = report_start,
	.next = report_seq_next,
	.stop = report_stop,
	.show = report_show,
};

/* The state may be too large for kmalloc(). */
static int report_open_state(const struct ptc_report *report, struct file *file)
{
	struct report_reading *reading;
	int err;

	reading = ptc_fallible(kvzalloc(sizeof(*reading) + report->size, GFP_KERNEL), NULL);
	if (!reading)
		return -ENOMEM;
	err = ptc_fallible(seq_open(file, &report_seq), -ENOMEM);
	if (err) {
		kvfree(reading);
		return err;
	}
	mutex_init(&reading->mutex);
	reading->report = report;
	file->f_mode &= ~FMODE_ATOMIC_POS;
	((struct seq_file *)file->private_data)->private = reading;
	return 0;
}

/* The file operations are of this module; the report may be of another, which must stay as well. */
static int report_open(struct inode *inode, struct file *file)
{
	const struct ptc_report *report = inode->i_private;
	int err;

	if (!try_module_get(report->owner))
		return -ENODEV;
	err = report_open_state(report, file);
	if (err)
		module_put(report->owner);
	return err;
}

/* Returns the line that a user wrote, without its newline, or an ERR_PTR. */
static char *report_copy_line(const char __user *text, size_t size)
{
	char *line;

	if (size >= REPORT_LINE_MAX)
		return ERR_PTR(-EINVAL);
	line = ptc_fallible(kvmalloc(size + 1, GFP_KERNEL), NULL);
	if (!line)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(line, text, size)) {
		kvfree(line);
		return ERR_PTR(-EFAULT);
	}
	line[size] = '\0';
	return line;
}

/*
 * An error from report_start() would not do for a report that is cut: seq_read() returns what was
 * left of the last line before, and the error is lost.
 */
static ssize_t report_read(struct file *file, char __user *text, size_t size, loff_t *pos)
{
	struct report_reading *reading = ((struct seq_file *)file->private_data)->private;
	ssize_t ret;

	if (mutex_lock_killable(&reading->mutex))
		return -EINTR;
	ret = seq_read(file, text, size, pos);
	if (!ret && size && reading->stage == READING_CUT) {
		reading->stage = READING_OVER;
		ret = reading->err;
	}
	mutex_unlock(&reading->mutex);
	return ret;
}

/* Does not move the read position, which the caller stores: somebody may have read meanwhile. */
static ssize_t report_write(struct file *file, const char __user *text, size_t size, loff_t *pos)
{
	struct report_reading *reading = ((struct seq_file *)file->private_data)->private;
	char *line;
	int err;

	if (!reading->report->write)
		return -EINVAL;
	line = report_copy_line(text, size);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = mutex_lock_interruptible(&reading->mutex);
	if (err)
		goto out;
	err = reading->report->write(reading->state, line);
	*pos = file->f_pos;
	mutex_unlock(&reading->mutex);
out:
	kvfree(line);
	return err ?: size;
}

static loff_t report_lseek(struct file *file, loff_t offset, int whence)
{
	struct report_reading *reading = ((struct seq_file *)file->private_data)->private;
	loff_t ret;

	if (mutex_lock_killable(&reading->mutex))
		return -EINTR;
	ret = seq_lseek(file, offset, whence);
	mutex_unlock(&reading->mutex);
	return ret;
}

static int report_release(struct inode *inode, struct file *file)
{
	struct report_reading *reading = ((struct seq_file *)file->private_data)->private;
	const struct ptc_report *report = reading->report;

	if (report->release)
		report->release(reading->state);
	kvfree(reading);
	module_put(report->owner);
	return seq_release(inode, file);
}

static const struct file_operations report_fops = {
	.owner = THIS_MODULE,
	.open = report_open,
	.read = report_read,
	.write = report_write,
	.llseek = report_lseek,
	.release = report_release,
};

/**
 * ptc_report_add - add a report to the directory
 * @report: static, of the caller's module
 *
 * For pt_cache's own modules. The directory exists as long as pt_cache.ko is loaded.
 *
 * Context: Process context. May sleep.
 * Return: the dentry, for ptc_report_remove(), or an ERR_PTR without debugfs.
 */
struct dentry *ptc_report_add(const struct ptc_report *report)
{
	return debugfs_create_file(report->name, report->mode, report_folder, (void *)report,
				   &report_fops);
}
EXPORT_SYMBOL_GPL(ptc_report_add);

/**
 * ptc_report_remove - remove a report before the directory is removed
 * @file: from ptc_report_add()
 *
 * Waits for callers that are inside its file operations.
 *
 * Context: Process context. May sleep.
 */
void ptc_report_remove(struct dentry *file)
{
	debugfs_remove(file);
}
EXPORT_SYMBOL_GPL(ptc_report_remove);

/* Print a column in hex, or - for a value that is not known. */
void ptc_report_hex(struct seq_file *m, unsigned long value, bool known)
{
	if (known)
		seq_printf(m, " 0x%lx", value);
	else
		seq_puts(m, " -");
}

/* Print a column, or - for a negative number, which stands for a value that does not apply. */
void ptc_report_number(struct seq_file *m, long value)
{
	if (value < 0)
		seq_puts(m, " -");
	else
		seq_printf(m, " %ld", value);
}

/* The comm is the last column. Escape it: a process may have put a newline into its comm. */
void ptc_report_comm(struct seq_file *m, const char *comm)
{
	seq_putc(m, ' ');
	seq_escape_str(m, comm[0] ? comm : "-", ESCAPE_SPACE | ESCAPE_SPECIAL, "\n\t\r\v\f\\");
	seq_putc(m, '\n');
}
EXPORT_SYMBOL_GPL(ptc_report_comm);
