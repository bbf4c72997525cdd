// SPDX-License-Identifier: GPL-2.0
/* Creates the reports of pt_cache.ko; each has a file of its own. */
#include <linux/kernel.h>

#include "debugfs/debugfs.h"
#include "fault.h"

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
	struct dentry *folder = ptc_reports_init();
	int i;

	for (i = 0; i < ARRAY_SIZE(reports); i++)
		ptc_report_add(reports[i].name, reports[i].mode, reports[i].fops);
	ptc_fault_debugfs(folder);
}

void ptc_debugfs_exit(void)
{
	ptc_reports_exit();
}
