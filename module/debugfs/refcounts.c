// SPDX-License-Identifier: GPL-2.0
/*
 * `refcounts`: histograms of processes' and the kernel's tables by entries in use, and of a
 * cache's tables by users.
 */
#include <linux/kernel.h>
#include <linux/module.h>

#include "census/refcounts.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"

/* Lines are numbered: each kind has so many for each level. */
#define OCCUPANCY_LINES		(PTC_LEVELS * PTC_OCCUPANCY_BUCKETS)
#define USERS_LINES		(PTC_LEVELS * PTC_USERS_BUCKETS)

struct refcounts_line {
	const char *what;
	unsigned int level, bucket, last;	/* last: the highest number of the bucket */
	unsigned long tables, pages;
};

struct refcounts_state {
	unsigned int next;		/* number of the next line */
	struct refcounts_line line;
	struct ptc_refcounts refcounts;
};

static int refcounts_begin(void *state)
{
	struct refcounts_state *all = state;

	all->next = 0;
	return ptc_refcounts(&all->refcounts);
}

static void refcounts_fill_occupancy(struct refcounts_line *line, const char *what, unsigned int nr,
				     unsigned long (*tables)[PTC_OCCUPANCY_BUCKETS])
{
	line->what = what;
	line->level = nr / PTC_OCCUPANCY_BUCKETS;
	line->bucket = nr % PTC_OCCUPANCY_BUCKETS;
	line->last = min_t(unsigned int, ptc_bucket_last(line->bucket), PTRS_PER_PTE);
	line->tables = line->pages = tables[line->level][line->bucket];
}

static void refcounts_fill_users(struct refcounts_line *line, unsigned int nr,
				 const struct ptc_refcounts *refcounts)
{
	line->what = "users";
	line->level = nr / PTC_USERS_BUCKETS;
	line->bucket = nr % PTC_USERS_BUCKETS;
	line->last = ptc_bucket_last(line->bucket);
	line->tables = refcounts->users[line->level][line->bucket].tables;
	line->pages = refcounts->users[line->level][line->bucket].pages;
}

/* Returns whether there is such a line. */
static bool refcounts_fill(struct refcounts_state *all, unsigned int nr)
{
	struct ptc_refcounts *refcounts = &all->refcounts;

	if (nr < OCCUPANCY_LINES)
		refcounts_fill_occupancy(&all->line, "occupancy", nr, refcounts->occupancy);
	else if (nr < 2 * OCCUPANCY_LINES)
		refcounts_fill_occupancy(&all->line, "kernel", nr - OCCUPANCY_LINES,
					 refcounts->kernel);
	else if (nr < 2 * OCCUPANCY_LINES + USERS_LINES)
		refcounts_fill_users(&all->line, nr - 2 * OCCUPANCY_LINES, refcounts);
	else
		return false;
	return true;
}

/* Of lines without tables, those of processes' PTE tables alone are shown. */
static int refcounts_next(void *state)
{
	struct refcounts_state *all = state;

	while (refcounts_fill(all, all->next))
		if (all->next++ < PTC_OCCUPANCY_BUCKETS || all->line.tables)
			return 1;
	return 0;
}

static void refcounts_show(struct seq_file *m, const void *state)
{
	const struct refcounts_line *line = &((const struct refcounts_state *)state)->line;

	seq_printf(m, "%s %s %u %u %lu %lu\n", line->what, ptc_level_name(line->level),
		   ptc_bucket_first(line->bucket), line->last, line->tables,
		   line->pages << PAGE_SHIFT);
}

static void refcounts_remarks(struct seq_file *m, const void *state)
{
	const struct ptc_refcounts *refcounts = &((const struct refcounts_state *)state)->refcounts;

	seq_printf(m, "# occupancy: entries in use per table of all processes, except %lu deposited tables, which hold no entries; kernel: of the kernel's own; users: users per table of a cache\n",
		   refcounts->deposited);
	if (refcounts->busy)
		seq_printf(m, "# %lu processes are left out wholly or in part: their mmap locks were not to be had\n",
			   refcounts->busy);
}

const struct ptc_report ptc_report_refcounts = {
	.name = "refcounts",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "what level from to tables bytes",
	.size = sizeof(struct refcounts_state),
	.remarks = refcounts_remarks,
	.begin = refcounts_begin,
	.next = refcounts_next,
	.show = refcounts_show,
};
