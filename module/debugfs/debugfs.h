/* SPDX-License-Identifier: GPL-2.0 */
/* The reports of pt_cache.ko, one source file each. */
#ifndef PTC_DEBUGFS_H
#define PTC_DEBUGFS_H

#include "report/report.h"

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

#endif /* PTC_DEBUGFS_H */
