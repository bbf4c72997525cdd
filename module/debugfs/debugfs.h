/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/debug/pt_cache/: one file here for each report. Line 1 of a report names it and its
 * format, line 2 its columns; then one record a line.
 */
#ifndef PTC_DEBUGFS_H
#define PTC_DEBUGFS_H

#include <linux/fs.h>
#include <linux/seq_file.h>

void ptc_debugfs_init(void);
void ptc_debugfs_exit(void);

extern const struct file_operations ptc_info_fops;
extern const struct file_operations ptc_stats_fops;
extern const struct file_operations ptc_caches_fops;
extern const struct file_operations ptc_blocks_fops;
extern const struct file_operations ptc_tables_fops;
extern const struct file_operations ptc_direct_map_fops;
extern const struct file_operations ptc_direct_map_regions_fops;
extern const struct file_operations ptc_pt_mm_fops;
extern const struct file_operations ptc_pt_mm_tables_fops;
extern const struct file_operations ptc_lookup_fops;
extern const struct file_operations ptc_refcounts_fops;
extern const struct file_operations ptc_audit_fops;
extern const struct file_operations ptc_shrink_fops;

int ptc_report_open(struct file *file, const struct seq_operations *ops, size_t private_size);
int ptc_report_release(struct inode *inode, struct file *file);

static inline void ptc_report_head(struct seq_file *m, const char *name, const char *columns)
{
	seq_printf(m, "# pt_cache %s format 1\n# %s\n", name, columns);
}

/* A comm is the rest of its line; a process may have put a newline into it. */
static inline void ptc_report_comm(struct seq_file *m, const char *comm)
{
	seq_putc(m, ' ');
	seq_escape_str(m, comm[0] ? comm : "-", ESCAPE_SPACE | ESCAPE_SPECIAL, "\n\t\r\v\f\\");
	seq_putc(m, '\n');
}

#endif /* PTC_DEBUGFS_H */
