// SPDX-License-Identifier: GPL-2.0
/*
 * The debugfs directory of the reports, and opening and closing of reports with private data. For
 * the reports of every pt_cache module.
 */
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/mm.h>

#include "fault.h"
#include "report/report.h"

static struct dentry *report_folder;

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

/**
 * ptc_report_add - add a report to the directory
 * @name: file name
 * @mode: file mode
 * @fops: file operations
 *
 * For pt_cache's own modules. The directory exists as long as pt_cache.ko is loaded.
 *
 * Context: Process context. May sleep.
 * Return: the dentry, for ptc_report_remove(), or an ERR_PTR without debugfs.
 */
struct dentry *ptc_report_add(const char *name, umode_t mode, const struct file_operations *fops)
{
	return debugfs_create_file(name, mode, report_folder, NULL, fops);
}
EXPORT_SYMBOL_GPL(ptc_report_add);

/**
 * ptc_report_remove - remove a report before the directory is removed
 * @report: from ptc_report_add()
 *
 * Waits for callers that are inside its file operations.
 *
 * Context: Process context. May sleep.
 */
void ptc_report_remove(struct dentry *report)
{
	debugfs_remove(report);
}
EXPORT_SYMBOL_GPL(ptc_report_remove);

/* Like seq_open_private(), for private data that may be too large for kmalloc(). */
int ptc_report_open(struct file *file, const struct seq_operations *ops, size_t private_size)
{
	void *private = ptc_fallible(kvzalloc(private_size, GFP_KERNEL), NULL);
	int err;

	if (!private)
		return -ENOMEM;
	err = ptc_fallible(seq_open(file, ops), -ENOMEM);
	if (err) {
		kvfree(private);
		return err;
	}
	((struct seq_file *)file->private_data)->private = private;
	return 0;
}

int ptc_report_release(struct inode *inode, struct file *file)
{
	kvfree(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}
