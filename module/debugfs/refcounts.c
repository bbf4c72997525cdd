// SPDX-License-Identifier: GPL-2.0
/* `refcounts`: histograms of PTE tables by entries in use, and of a cache's tables by users. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "census/refcounts.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"

/* Positions: the head, the buckets of occupancy, then the buckets of users, level by level. */
#define POS_OCCUPANCY	1
#define POS_USERS	(POS_OCCUPANCY + PTC_OCCUPANCY_BUCKETS)
#define POS_END		(POS_USERS + PTC_LEVELS * PTC_USERS_BUCKETS)

/* Reading the head counts again. */
static void *refcounts_start(struct seq_file *m, loff_t *pos)
{
	if (*pos == 0) {
		int err = ptc_refcounts(m->private);

		return err ? ERR_PTR(err) : SEQ_START_TOKEN;
	}
	return *pos < POS_END ? pos : NULL;
}

static void *refcounts_next(struct seq_file *m, void *v, loff_t *pos)
{
	return ++*pos < POS_END ? pos : NULL;
}

static void refcounts_stop(struct seq_file *m, void *v)
{
}

static void refcounts_show_bucket(struct seq_file *m, const char *what, unsigned int level,
				  unsigned int bucket, unsigned int last, unsigned long tables,
				  unsigned long pages)
{
	seq_printf(m, "%s %s %u %u %lu %lu\n", what, ptc_level_name(level),
		   ptc_bucket_first(bucket), last, tables, pages << PAGE_SHIFT);
}

static int refcounts_show(struct seq_file *m, void *v)
{
	const struct ptc_refcounts *refcounts = m->private;
	unsigned int bucket, level;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "refcounts", "what level from to tables bytes");
		seq_printf(m, "# occupancy: entries in use per PTE table of all processes, except %lu deposited tables, which hold no entries; users: users per table of a cache\n",
			   refcounts->deposited);
		return 0;
	}
	bucket = *(loff_t *)v - POS_OCCUPANCY;
	if (bucket < PTC_OCCUPANCY_BUCKETS) {
		unsigned long tables = refcounts->occupancy[bucket];

		refcounts_show_bucket(m, "occupancy", PT_CACHE_PTE, bucket,
				      min(ptc_bucket_last(bucket),
					  (unsigned int)PTRS_PER_PTE), tables,
				      tables);
		return 0;
	}
	bucket -= PTC_OCCUPANCY_BUCKETS;
	level = bucket / PTC_USERS_BUCKETS;
	bucket %= PTC_USERS_BUCKETS;
	if (refcounts->users[level][bucket].tables)
		refcounts_show_bucket(m, "users", level, bucket, ptc_bucket_last(bucket),
				      refcounts->users[level][bucket].tables,
				      refcounts->users[level][bucket].pages);
	return 0;
}

static const struct seq_operations refcounts_seq = {
	.start = refcounts_start,
	.next = refcounts_next,
	.stop = refcounts_stop,
	.show = refcounts_show,
};

static int refcounts_open(struct inode *inode, struct file *file)
{
	return ptc_report_open(file, &refcounts_seq, sizeof(struct ptc_refcounts));
}

const struct file_operations ptc_refcounts_fops = {
	.owner = THIS_MODULE,
	.open = refcounts_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = ptc_report_release,
};
