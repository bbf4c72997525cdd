// SPDX-License-Identifier: GPL-2.0
/* `pt_cgroup`: one line per cgroup of version 2 that has processes: the sums of `pt_mm`. */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/module.h>

#include "census/cgroups.h"
#include "debugfs/debugfs.h"
#include "debugfs/filter.h"

struct pt_cgroup_state {
	const struct ptc_cgroup_sums *sums;	/* the line */
	char path[PATH_MAX];
	struct ptc_cgroups cgroups;
};

static int pt_cgroup_begin(void *state)
{
	ptc_cgroups_begin(&((struct pt_cgroup_state *)state)->cgroups);
	return 0;
}

static int pt_cgroup_next(void *state)
{
	struct pt_cgroup_state *all = state;
	int ret = ptc_cgroups_next(&all->cgroups, &all->sums);

	if (ret > 0)
		ptc_cgroup_path(all->sums->id, all->path, sizeof(all->path));
	return ret;
}

static void pt_cgroup_show(struct seq_file *m, const void *state)
{
	const struct pt_cgroup_state *all = state;
	const struct ptc_cgroup_sums *sums = all->sums;

	seq_printf(m, "%llu %lu %lu %lu %lu %lu %lu %lu", sums->id, sums->mms, sums->mms_busy,
		   sums->table_bytes, sums->shared_bytes, sums->empty_bytes, sums->deposited,
		   sums->remote);
	ptc_report_comm(m, all->path);
}

static void pt_cgroup_remarks(struct seq_file *m, const void *state)
{
	seq_puts(m, "# of mms_busy, whose mmap lock was not to be had, table_bytes alone is whole; shared_bytes, of tables that hugetlb shares, is in the sums of each mm that has them\n");
}

static int pt_cgroup_write(void *state, char *line)
{
	return ptc_filter_write(&((struct pt_cgroup_state *)state)->cgroups.filter, "pt_cgroup",
				line);
}

const struct ptc_report ptc_report_pt_cgroup = {
	.name = "pt_cgroup",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "cgroup mms mms_busy table_bytes shared_bytes empty_bytes deposited remote path",
	.size = sizeof(struct pt_cgroup_state),
	.remarks = pt_cgroup_remarks,
	.begin = pt_cgroup_begin,
	.next = pt_cgroup_next,
	.show = pt_cgroup_show,
	.write = pt_cgroup_write,
};
