// SPDX-License-Identifier: GPL-2.0
/* Creates the reports of pt_cache.ko; each has a file of its own. */
#include <linux/kernel.h>

#include "debugfs/debugfs.h"
#include "fault.h"

void ptc_debugfs_init(void)
{
	static const struct ptc_report * const reports[] = {
#define X(name) &ptc_report_##name,
		PTC_REPORTS(X)
#undef X
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
