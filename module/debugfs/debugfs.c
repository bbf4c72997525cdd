// SPDX-License-Identifier: GPL-2.0
#include <linux/debugfs.h>

#include "debugfs/debugfs.h"

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
		{ "shrink",	0600, &ptc_shrink_fops },
	};
	int i;

	ptc_debugfs = debugfs_create_dir("pt_cache", NULL);
	for (i = 0; i < ARRAY_SIZE(reports); i++)
		debugfs_create_file(reports[i].name, reports[i].mode, ptc_debugfs, NULL,
				    reports[i].fops);
}

void ptc_debugfs_exit(void)
{
	debugfs_remove(ptc_debugfs);
}
