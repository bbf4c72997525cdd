/* SPDX-License-Identifier: GPL-2.0 */
/* The reports of pt_cache.ko, one source file each. */
#ifndef PTC_DEBUGFS_H
#define PTC_DEBUGFS_H

#include "report/report.h"

void ptc_debugfs_init(void);
void ptc_debugfs_exit(void);

/* X(name), in the order in which they are documented. */
#define PTC_REPORTS(X)								\
	X(info) X(stats) X(caches) X(blocks) X(tables)				\
	X(direct_map) X(direct_map_regions)					\
	X(pt_mm) X(pt_cgroup) X(page_tables) X(pt_mm_tables) X(lookup)		\
	X(refcounts) X(audit) X(shrink)

#define X(name) extern const struct ptc_report ptc_report_##name;
PTC_REPORTS(X)
#undef X

#endif /* PTC_DEBUGFS_H */
