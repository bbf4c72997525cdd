// SPDX-License-Identifier: GPL-2.0
/*
 * `offline`: write a number of seconds, and the next memory that goes offline is stopped for so
 * long, or until 0 is written, where its pageblocks are isolated and pt_cache.ko has not been told
 * yet. Read: "waiting" or "-", the first page frame, the one behind the last, how many of its
 * pageblocks are isolated, and of how many.
 * `split`: write the first page frame of a 2M region whose pages are free or can be moved, and the
 * direct map maps it by PTEs. Its pageblock stays movable.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/set_memory.h>
#include <linux/wait.h>

#include "compat/contig.h"
#include "knob.h"
#include "selftest.h"

#define LONGEST	300U	/* seconds */

static unsigned int seconds_to_wait;
static DECLARE_WAIT_QUEUE_HEAD(let_go);
static bool gone;

/* The memory that waits. It stays online while the lock is held. */
static DEFINE_MUTEX(waiting_lock);
static unsigned long first_pfn, nr_pfns;

static void set_waiting(unsigned long pfn, unsigned long nr)
{
	mutex_lock(&waiting_lock);
	first_pfn = pfn;
	nr_pfns = nr;
	mutex_unlock(&waiting_lock);
}

static int offline_notify(struct notifier_block *block, unsigned long action, void *data)
{
	const struct memory_notify *memory = data;
	unsigned int seconds;

	if (action != MEM_GOING_OFFLINE)
		return NOTIFY_OK;
	seconds = xchg(&seconds_to_wait, 0);
	if (!seconds)
		return NOTIFY_OK;
	WRITE_ONCE(gone, false);
	set_waiting(memory->start_pfn, memory->nr_pages);
	wait_event_killable_timeout(let_go, READ_ONCE(gone), seconds * HZ);
	set_waiting(0, 0);
	return NOTIFY_OK;
}

static struct notifier_block offline_notifier = {
	.notifier_call = offline_notify,
	.priority = INT_MAX, /* before pt_cache.ko's */
};

static int offline_set(u64 seconds)
{
	if (seconds > LONGEST)
		return -EINVAL;
	xchg(&seconds_to_wait, seconds);
	if (seconds)
		return 0;
	WRITE_ONCE(gone, true);
	wake_up_all(&let_go);
	return 0;
}

static unsigned long count_isolated(void)
{
	unsigned long pfn, isolated = 0;

	for (pfn = first_pfn; pfn < first_pfn + nr_pfns; pfn += pageblock_nr_pages)
		isolated += ptc_pageblock_type(pfn) == MIGRATE_ISOLATE;
	return isolated;
}

static int offline_show(struct seq_file *m, void *unused)
{
	mutex_lock(&waiting_lock);
	seq_printf(m, "%s %#lx %#lx %lu %lu\n", nr_pfns ? "waiting" : "-", first_pfn,
		   first_pfn + nr_pfns, count_isolated(), nr_pfns / pageblock_nr_pages);
	mutex_unlock(&waiting_lock);
	return 0;
}
DEFINE_NUMBER_KNOB(offline, offline_show);

static int split_set(u64 pfn)
{
	unsigned long addr, i;
	int err;

	if (pfn % 512 || !pfn_to_online_page(pfn))
		return -EINVAL;
	err = ptc_alloc_contig(pfn, 512, GFP_KERNEL | __GFP_NOWARN);
	if (err)
		return err;
	addr = (unsigned long)page_address(pfn_to_page(pfn));
	err = set_memory_uc(addr, 1);
	if (set_memory_wb(addr, 1))
		return -EIO; /* uncached pages are nobody's */
	for (i = 0; i < 512; i++)
		__free_page(pfn_to_page(pfn + i));
	return err;
}
DEFINE_NUMBER_KNOB(split, knob_shows_nothing);

int offline_init(struct dentry *parent)
{
	int err = register_memory_notifier(&offline_notifier);

	if (err)
		return err;
	debugfs_create_file("offline", 0600, parent, NULL, &offline_fops);
	debugfs_create_file("split", 0200, parent, NULL, &split_fops);
	return 0;
}

void offline_exit(void)
{
	offline_set(0);
	unregister_memory_notifier(&offline_notifier);
}
