// SPDX-License-Identifier: GPL-2.0
/*
 * `direct_map_regions`: one line per run of the direct map with the same mapping size, protection,
 * node and owner.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "debugfs/debugfs.h"
#include "debugfs/memory.h"
#include "direct_map/walk.h"

struct direct_map_regions_state {
	struct ptc_map_walk walk;
	struct ptc_map_run run;		/* its unprinted rest begins at @end */
	unsigned long walked;		/* when @run was found, in jiffies */
	unsigned long pfn, end;		/* the line: a part of @run */
	int nid;
	enum ptc_memory_owner owner;
};

/* Forget what was read before: the walk is to look again. */
static void direct_map_regions_look_again(struct direct_map_regions_state *line)
{
	ptc_map_walk_begin(&line->walk, ptc_memory_end());
	line->run.pfn = line->run.end = 0;
}

static int direct_map_regions_begin(void *state)
{
	struct direct_map_regions_state *line = state;

	direct_map_regions_look_again(line);
	line->end = 0;
	return 0;
}

/*
 * A run is kept for a second only, since the reader may sleep for hours. It is kept at all because
 * a run with many owners takes many reads, and walking to its end in each of them would be
 * quadratic.
 */
static int direct_map_regions_next(void *state)
{
	struct direct_map_regions_state *line = state;
	struct ptc_map_run *run = &line->run;
	unsigned long pfn = line->end, end;

	if (time_after(jiffies, line->walked + HZ))
		direct_map_regions_look_again(line);
	if (pfn < run->pfn || pfn >= run->end) {
		int got = ptc_map_walk_next(&line->walk, pfn, run);

		if (got <= 0) {
			run->pfn = run->end = 0; /* the walk may have left a partial run */
			return got;
		}
		line->walked = jiffies;
		pfn = run->pfn;
	}
	end = ptc_memory_of_node(pfn, run->end, &line->nid);
	end = ptc_memory_of_owner(pfn, end, run->level == PT_CACHE_PTE, &line->owner);
	if (signal_pending(current)) /* it may have cut that search short: search again */
		return -EINTR;
	line->pfn = pfn;
	line->end = end;
	return 1;
}

static void direct_map_regions_show(struct seq_file *m, const void *state)
{
	static const char * const owners[] = {
		[PTC_MEMORY_ANYBODY] = "-",
		[PTC_MEMORY_RESERVED] = "reserved",
		[PTC_MEMORY_OURS] = "pt_cache",
	};
	const struct direct_map_regions_state *line = state;
	char protection[PTC_PROTECTION_MAX];

	seq_printf(m, "0x%lx 0x%lx %d %s %s %d %s\n", line->pfn, line->end, line->nid,
		   ptc_level_name(line->run.level),
		   ptc_arch_protection_name(line->run.protection, protection),
		   line->run.uniform, owners[line->owner]);
}

const struct ptc_report ptc_report_direct_map_regions = {
	.name = "direct_map_regions",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "start_pfn end_pfn node level protection uniform owner",
	.size = sizeof(struct direct_map_regions_state),
	.begin = direct_map_regions_begin,
	.next = direct_map_regions_next,
	.show = direct_map_regions_show,
};
