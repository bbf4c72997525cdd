/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers for all reports in /sys/kernel/debug/pt_cache/, of every pt_cache module. Line 1 of a
 * report holds its name and format, line 2 its columns; then one record per line.
 */
#ifndef PTC_REPORT_H
#define PTC_REPORT_H

#include <linux/fs.h>
#include <linux/seq_file.h>

struct dentry;

struct dentry *ptc_reports_init(void);
void ptc_reports_exit(void);

struct dentry *ptc_report_add(const char *name, umode_t mode, const struct file_operations *fops);
void ptc_report_remove(struct dentry *report);

int ptc_report_open(struct file *file, const struct seq_operations *ops, size_t private_size);
int ptc_report_release(struct inode *inode, struct file *file);

static inline void ptc_report_head(struct seq_file *m, const char *name, const char *columns)
{
	seq_printf(m, "# pt_cache %s format 1\n# %s\n", name, columns);
}

/* The comm is the last column. Escape it: a process may have put a newline into its comm. */
static inline void ptc_report_comm(struct seq_file *m, const char *comm)
{
	seq_putc(m, ' ');
	seq_escape_str(m, comm[0] ? comm : "-", ESCAPE_SPACE | ESCAPE_SPECIAL, "\n\t\r\v\f\\");
	seq_putc(m, '\n');
}

#endif /* PTC_REPORT_H */
