// SPDX-License-Identifier: GPL-2.0
/*
 * The 2021 proposal ("Free user PTE page table pages") counted the users of each PTE table, so
 * that an empty table is freed at once. A stock kernel has no such count. This finds what the
 * count would be, by a walk of all tables.
 */
#include <linux/container_of.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "alloc/table.h"
#include "census/kernel_walk.h"
#include "census/processes.h"
#include "census/refcounts.h"
#include "fault.h"

struct counter {
	struct ptc_visitor visitor;
	struct ptc_refcounts *refcounts;
	unsigned long (*tables)[PTC_OCCUPANCY_BUCKETS];	/* what is being counted */
	struct ptc_patience patience;
	struct ptc_mm_walk walk;
};

static bool refcounts_visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct counter *counter = container_of(visitor, struct counter, visitor);

	if (table->deposited)
		counter->refcounts->deposited++;
	else if (table->occupancy >= 0) /* a table in bad memory is not read */
		counter->tables[table->level][ptc_bucket_of(table->occupancy)]++;
	return true;
}

static int refcounts_count_processes(struct counter *counter)
{
	struct ptc_process process;
	pid_t pid = 0;
	int ret;

	counter->tables = counter->refcounts->occupancy;
	while ((ret = ptc_process_next(pid, NULL, &process)) > 0) {
		pid = process.pid + 1;
		ptc_mm_walk_begin(&counter->walk, process.mm, &counter->visitor,
				  &counter->patience);
		ret = ptc_mm_walk(&counter->walk);
		ptc_process_put(&process);
		if (ret == -EBUSY)
			counter->refcounts->busy++;
		else if (ret)
			break;
	}
	return ret;
}

static int refcounts_count_kernel(struct counter *counter)
{
	counter->tables = counter->refcounts->kernel;
	return ptc_kernel_walk(&counter->visitor);
}

static int refcounts_count_ours(struct ptc_refcounts *refcounts)
{
	struct ptc_record copy;
	unsigned long pfn;

	for (pfn = 0; ptc_table_next(&pfn, &copy); pfn++) {
		unsigned int level = min_t(unsigned int, ptc_tag_level(copy.tag), PT_CACHE_PGD);
		unsigned int bucket = ptc_bucket_of(atomic_read(&copy.users));

		bucket = min(bucket, PTC_USERS_BUCKETS - 1U);
		refcounts->users[level][bucket].tables++;
		refcounts->users[level][bucket].pages += 1UL << ptc_tag_order(copy.tag);
	}
	return signal_pending(current) ? -EINTR : 0;
}

/**
 * ptc_refcounts - count the tables by their occupancy and their users
 * @refcounts: filled
 *
 * Context: process context. May sleep, and takes long. Acquires the mmap locks of all processes,
 * one at a time.
 * Return: 0, -EINTR on a signal, -ENOMEM.
 */
int ptc_refcounts(struct ptc_refcounts *refcounts)
{
	struct counter *counter = ptc_fallible(kvzalloc(sizeof(*counter), GFP_KERNEL), NULL);
	int ret;

	if (!counter)
		return -ENOMEM;
	memset(refcounts, 0, sizeof(*refcounts));
	counter->visitor = (struct ptc_visitor){ .visit = refcounts_visit, .count = true };
	counter->refcounts = refcounts;
	ptc_patience_for_pass(&counter->patience);
	ret = refcounts_count_processes(counter) ?: refcounts_count_kernel(counter);
	kvfree(counter);
	return ret ?: refcounts_count_ours(refcounts);
}
