// SPDX-License-Identifier: GPL-2.0
/* Creates the reports of pt_cache.ko; each has a file of its own. */
#include <linux/kernel.h>

#include "debugfs/debugfs.h"
#include "fault.h"

void ptc_debugfs_init(void)
{
	static const struct ptc_report * const reports[] = {
		&ptc_report_info,
		&ptc_report_stats,
		&ptc_report_caches,
		&ptc_report_blocks,
		&ptc_report_tables,
		&ptc_report_direct_map,
		&ptc_report_direct_map_regions,
		&ptc_report_pt_mm,
		&ptc_report_pt_cgroup,
		&ptc_report_page_tables,
		&ptc_report_pt_mm_tables,
		&ptc_report_lookup,
		&ptc_report_refcounts,
		&ptc_report_audit,
		&ptc_report_shrink,
	};
	struct dentry *folder = ptc_reports_init();
	int i;

	for (i = 0; i < ARRAY_SIZE(reports); i++)
		ptc_report_add(reports[i]);
	ptc_fault_debugfs(folder);
}

void ptc_debugfs_exit(void)
{
	ptc_reports_exit();
}
