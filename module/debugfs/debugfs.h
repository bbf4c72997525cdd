/* SPDX-License-Identifier: GPL-2.0 */
/* The reports of pt_cache.ko, one source file each. */
#ifndef PTC_DEBUGFS_H
#define PTC_DEBUGFS_H

#include "report/report.h"

void ptc_debugfs_init(void);
void ptc_debugfs_exit(void);

extern const struct ptc_report ptc_report_info;
extern const struct ptc_report ptc_report_stats;
extern const struct ptc_report ptc_report_caches;
extern const struct ptc_report ptc_report_blocks;
extern const struct ptc_report ptc_report_tables;
extern const struct ptc_report ptc_report_direct_map;
extern const struct ptc_report ptc_report_direct_map_regions;
extern const struct ptc_report ptc_report_pt_mm;
extern const struct ptc_report ptc_report_pt_cgroup;
extern const struct ptc_report ptc_report_page_tables;
extern const struct ptc_report ptc_report_pt_mm_tables;
extern const struct ptc_report ptc_report_lookup;
extern const struct ptc_report ptc_report_refcounts;
extern const struct ptc_report ptc_report_audit;
extern const struct ptc_report ptc_report_shrink;

#endif /* PTC_DEBUGFS_H */
