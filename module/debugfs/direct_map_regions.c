// SPDX-License-Identifier: GPL-2.0
/*
 * `direct_map_regions`: one line per run of the direct map with the same mapping size, protection,
 * node and owner.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "debugfs/debugfs.h"
#include "debugfs/memory.h"
#include "direct_map/walk.h"

struct reading {
	struct ptc_map_walk walk;
	struct ptc_map_run run;		/* its unprinted rest begins at @end */
	unsigned long walked;		/* when @run was found, in jiffies */
	unsigned long pfn, end;		/* the part of @run that is printed now */
	int nid;
	enum ptc_memory_owner owner;
};

/*
 * Find the line of the first mapped page frame at or after @pfn. Returns NULL at the end, or an
 * ERR_PTR.
 */
static struct reading *direct_map_regions_read_on(struct reading *reading, unsigned long pfn)
{
	struct ptc_map_run *run = &reading->run;

	if (pfn < run->pfn || pfn >= run->end) {
		int got = ptc_map_walk_next(&reading->walk, pfn, run);

		if (got <= 0) {
			run->pfn = run->end = 0; /* the walk may have left a partial run */
			return ERR_PTR(got);
		}
		reading->walked = jiffies;
		pfn = run->pfn;
	}
	reading->pfn = pfn;
	reading->end = ptc_memory_of_node(pfn, run->end, &reading->nid);
	reading->end = ptc_memory_of_owner(pfn, reading->end, run->level == PT_CACHE_PTE,
					   &reading->owner);
	/* a signal may have cut that search short: the reader's next read repeats it */
	return signal_pending(current) ? ERR_PTR(-EINTR) : reading;
}

/*
 * The position is the next page frame to examine plus one; 0 is the head. Each start restarts the
 * walk, since the reader may have slept for hours. It only keeps a run found within the last
 * second: a run with many owners takes many reads, and walking to its end in each of them would be
 * quadratic.
 */
static void *direct_map_regions_start(struct seq_file *m, loff_t *pos)
{
	struct reading *reading = m->private;

	ptc_map_walk_begin(&reading->walk, ptc_memory_end());
	if (*pos == 0 || time_after(jiffies, reading->walked + HZ))
		reading->run.pfn = reading->run.end = 0;
	return *pos == 0 ? SEQ_START_TOKEN : direct_map_regions_read_on(reading, *pos - 1);
}

static void *direct_map_regions_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct reading *reading = m->private;
	unsigned long pfn = v == SEQ_START_TOKEN ? 0 : reading->end;

	*pos = pfn + 1;
	return direct_map_regions_read_on(reading, pfn);
}

static void direct_map_regions_stop(struct seq_file *m, void *v)
{
}

static int direct_map_regions_show(struct seq_file *m, void *v)
{
	static const char * const owners[] = {
		[PTC_MEMORY_ANYBODY] = "-",
		[PTC_MEMORY_RESERVED] = "reserved",
		[PTC_MEMORY_OURS] = "pt_cache",
	};
	const struct reading *reading = v;
	char protection[PTC_PROTECTION_MAX];

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "direct_map_regions",
				"start_pfn end_pfn node level protection uniform owner");
		return 0;
	}
	seq_printf(m, "0x%lx 0x%lx %d %s %s %d %s\n", reading->pfn, reading->end, reading->nid,
		   ptc_level_name(reading->run.level),
		   ptc_arch_protection_name(reading->run.protection, protection),
		   reading->run.uniform, owners[reading->owner]);
	return 0;
}

static const struct seq_operations direct_map_regions_seq = {
	.start = direct_map_regions_start,
	.next = direct_map_regions_next,
	.stop = direct_map_regions_stop,
	.show = direct_map_regions_show,
};

static int direct_map_regions_open(struct inode *inode, struct file *file)
{
	return ptc_report_open(file, &direct_map_regions_seq, sizeof(struct reading));
}

const struct file_operations ptc_direct_map_regions_fops = {
	.owner = THIS_MODULE,
	.open = direct_map_regions_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = ptc_report_release,
};
