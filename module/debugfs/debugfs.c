// SPDX-License-Identifier: GPL-2.0
/* The folder of the reports, and what they share. */
#include <linux/debugfs.h>
#include <linux/mm.h>

#include "debugfs/debugfs.h"
#include "selftest_hooks.h"

static struct dentry *ptc_debugfs;

/* Reports are no reason not to load: without debugfs there are none. */
void ptc_debugfs_init(void)
{
	static const struct {
		const char *name;
		umode_t mode;
		const struct file_operations *fops;
	} reports[] = {
		{ "info",	0400, &ptc_info_fops },
		{ "stats",	0400, &ptc_stats_fops },
		{ "caches",	0400, &ptc_caches_fops },
		{ "blocks",	0400, &ptc_blocks_fops },
		{ "tables",	0400, &ptc_tables_fops },
		{ "direct_map",	0400, &ptc_direct_map_fops },
		{ "direct_map_regions", 0400, &ptc_direct_map_regions_fops },
		{ "pt_mm",	0400, &ptc_pt_mm_fops },
		{ "pt_mm_tables", 0600, &ptc_pt_mm_tables_fops },
		{ "lookup",	0600, &ptc_lookup_fops },
		{ "refcounts",	0400, &ptc_refcounts_fops },
		{ "audit",	0400, &ptc_audit_fops },
		{ "shrink",	0600, &ptc_shrink_fops },
	};
	int i;

	ptc_debugfs = debugfs_create_dir("pt_cache", NULL);
	for (i = 0; i < ARRAY_SIZE(reports); i++)
		debugfs_create_file(reports[i].name, reports[i].mode, ptc_debugfs, NULL,
				    reports[i].fops);
	ptc_selftest_debugfs(ptc_debugfs);
}

void ptc_debugfs_exit(void)
{
	debugfs_remove(ptc_debugfs);
}

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
