// SPDX-License-Identifier: GPL-2.0
/*
 * `spin`: write a number of seconds; a kernel thread holds the next livepatch up for so long: it
 * runs on the last CPU without a break, and so cannot be seen to be elsewhere. `dirty_ready`: write
 * 1; a table that was cleared and waits to be lent is dirty then. `stock_late`: write a number; so
 * many page faults that the livepatch does not serve sleep in it. `unseen`: write 1; the writer
 * does so, too, without the livepatch's function on its stack, as one who was preempted on the way
 * to it.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "compat/pte_ctor.h"
#include "knob.h"
#include "selftest.h"

static struct task_struct *spinner;

/* How long the thread waits for a livepatch. */
#define SPIN_WAIT	(60 * HZ)

static void run_until(unsigned long end)
{
	preempt_disable();
	while (time_before(jiffies, end) && !kthread_should_stop())
		cpu_relax();
	preempt_enable();
}

static int spin(void *seconds)
{
	unsigned long give_up = jiffies + SPIN_WAIT;

	/* what comes before the transition waits until each CPU has had a break; in it, none */
	for (;;) {
		run_until(jiffies + HZ / 5);
		if (klp_patch_pending(current) || time_after(jiffies, give_up) ||
		    kthread_should_stop())
			break;
		cond_resched();
	}
	run_until(jiffies + (unsigned long)seconds * HZ);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

static void stop_spinning(void)
{
	if (spinner)
		kthread_stop(spinner);
	spinner = NULL;
}

static int spin_set(u64 seconds)
{
	struct task_struct *task;

	stop_spinning();
	if (seconds > 20) /* the kernel would complain */
		return -EINVAL;
	task = kthread_create(spin, (void *)(unsigned long)seconds, "ptc_spin");
	if (IS_ERR(task))
		return PTR_ERR(task);
	set_user_nice(task, MIN_NICE);
	kthread_bind(task, cpumask_last(cpu_online_mask));
	spinner = task;
	wake_up_process(task);
	return 0;
}
DEFINE_NUMBER_KNOB(spin, knob_shows_nothing);

static int dirty_ready_set(u64 tables)
{
	while (tables--)
		if (!pt_cache_selftest_dirty_ready())
			return -ENOENT;
	return 0;
}
DEFINE_NUMBER_KNOB(dirty_ready, knob_shows_nothing);

static int stock_late_set(u64 faults)
{
	pt_cache_selftest_fault(PTC_FAULT_STOCK_LATE, faults);
	return 0;
}
DEFINE_NUMBER_KNOB(stock_late, knob_shows_nothing);

static int unseen_set(u64 value)
{
	ptc_live_sleep_fn sleep = pt_cache_selftest_live_sleep();
	struct page *page;

	if (!sleep)
		return -ENOENT;
	pt_cache_selftest_fault(PTC_FAULT_STOCK_LATE, 1);
	page = sleep(current->mm, PTC_SOURCE_STOCK_POLICY);
	if (!page)
		return -ENOMEM;
	ptc_pte_free(page);
	return 0;
}
DEFINE_NUMBER_KNOB(unseen, knob_shows_nothing);

void trouble_init(struct dentry *parent)
{
	debugfs_create_file("dirty_ready", 0200, parent, NULL, &dirty_ready_fops);
	debugfs_create_file("stock_late", 0200, parent, NULL, &stock_late_fops);
	debugfs_create_file("unseen", 0200, parent, NULL, &unseen_fops);
	debugfs_create_file("spin", 0200, parent, NULL, &spin_fops);
}

void trouble_exit(void)
{
	stop_spinning();
	pt_cache_selftest_fault(PTC_FAULT_STOCK_LATE, 0);
}
