// SPDX-License-Identifier: GPL-2.0
/* The folder of the reports, and what they share. */
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/mm.h>

#include "fault.h"
#include "report/report.h"

static struct dentry *report_folder;

/*
 * Reports are no reason not to load: on a kernel without debugfs there are none.
 * Context: process context, may sleep. Returns the folder.
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
 * ptc_report_add - add a report to the folder
 * @name: of its file
 * @mode: of its file
 * @fops: how it is opened and read
 *
 * For our own modules; the folder exists as long as pt_cache.ko is loaded.
 *
 * Context: Process context. May sleep.
 * Return: what ptc_report_remove() takes; an ERR_PTR where there is no debugfs.
 */
struct dentry *ptc_report_add(const char *name, umode_t mode, const struct file_operations *fops)
{
	return debugfs_create_file(name, mode, report_folder, NULL, fops);
}
EXPORT_SYMBOL_GPL(ptc_report_add);

/**
 * ptc_report_remove - remove a report before the folder goes
 * @report: from ptc_report_add()
 *
 * Waits for readers that are in one of its functions.
 *
 * Context: Process context. May sleep.
 */
void ptc_report_remove(struct dentry *report)
{
	debugfs_remove(report);
}
EXPORT_SYMBOL_GPL(ptc_report_remove);

/* As seq_open_private(), for what may be larger than kmalloc() likes to give in one piece. */
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
