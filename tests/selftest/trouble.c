// SPDX-License-Identifier: GPL-2.0
/*
 * `spin`: write a number of seconds; a kernel thread runs for so long on the last CPU without a
 * break. No livepatch comes into force, or goes, before it ends. `dirty_ready`: write 1; a table
 * that was cleared and waits to be lent is dirty then.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "selftest.h"

static struct task_struct *spinner;

static int spin(void *seconds)
{
	unsigned long end = jiffies + (unsigned long)seconds * HZ;

	while (time_before(jiffies, end) && !kthread_should_stop()) {
		unsigned long breath = jiffies + HZ / 2;

		/* newer kernels preempt it, and see then that it is elsewhere; RCU wants a breath */
		preempt_disable();
		while (time_before(jiffies, breath))
			cpu_relax();
		preempt_enable();
	}
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

static int spin_set(void *unused, u64 seconds)
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
DEFINE_DEBUGFS_ATTRIBUTE(spin_fops, NULL, spin_set, "%llu\n");

static int dirty_set(void *unused, u64 tables)
{
	while (tables--)
		if (!pt_cache_selftest_dirty_ready())
			return -ENOENT;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(dirty_fops, NULL, dirty_set, "%llu\n");

void trouble_init(struct dentry *parent)
{
	debugfs_create_file_unsafe("dirty_ready", 0200, parent, NULL, &dirty_fops);
	debugfs_create_file_unsafe("spin", 0200, parent, NULL, &spin_fops);
}

void trouble_exit(void)
{
	stop_spinning();
}
