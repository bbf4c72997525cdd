/* SPDX-License-Identifier: GPL-2.0 */
/* Which processes a report is about, as written to its open file. */
#ifndef PTC_DEBUGFS_FILTER_H
#define PTC_DEBUGFS_FILTER_H

#include "census/processes.h"

/* Are some processes left out? */
static inline bool ptc_filter_selects(const struct ptc_filter *filter)
{
	return filter->pid || filter->cgroup || filter->min_table_bytes;
}

int ptc_filter_write(struct ptc_filter *filter, const char *report, const char *line);

#endif /* PTC_DEBUGFS_FILTER_H */
