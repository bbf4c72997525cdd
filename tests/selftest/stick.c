// SPDX-License-Identifier: GPL-2.0
/*
 * `stick`: write a pid, and the mmap lock of the process is held for writing by a kernel thread,
 * as by a task that is stuck in I/O. Write 0 to release all. Read: how many are held.
 */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>

#include "knob.h"
#include "selftest.h"

#define STICK_MOST	256

static struct {
	struct task_struct *holder;
	struct mm_struct *mm;
} stuck[STICK_MOST];
static unsigned int nr_stuck;
static atomic_t nr_held;

static int stick_hold(void *data)
{
	struct mm_struct *mm = data;

	mmap_write_lock(mm);
	atomic_inc(&nr_held);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	atomic_dec(&nr_held);
	mmap_write_unlock(mm);
	return 0;
}

static void stick_release(void)
{
	while (nr_stuck) {
		nr_stuck--;
		kthread_stop(stuck[nr_stuck].holder);
		mmput(stuck[nr_stuck].mm);
	}
}

static struct mm_struct *stick_mm_of(pid_t nr)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm = task ? get_task_mm(task) : NULL;

	put_pid(pid);
	if (task)
		put_task_struct(task);
	return mm;
}

static int stick_obey(char *line)
{
	struct task_struct *holder;
	struct mm_struct *mm;
	int pid, err = kstrtoint(line, 0, &pid);

	if (err)
		return err;
	if (!pid) {
		stick_release();
		return 0;
	}
	if (nr_stuck == STICK_MOST)
		return -ENOSPC;
	mm = stick_mm_of(pid);
	if (!mm)
		return -ESRCH;
	holder = kthread_run(stick_hold, mm, "stick/%d", pid);
	if (IS_ERR(holder)) {
		mmput(mm);
		return PTR_ERR(holder);
	}
	stuck[nr_stuck].holder = holder;
	stuck[nr_stuck++].mm = mm;
	return 0;
}

static int stick_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%d\n", atomic_read(&nr_held));
	return 0;
}
DEFINE_KNOB(stick, stick_show);

void stick_init(struct dentry *parent)
{
	debugfs_create_file("stick", 0600, parent, NULL, &stick_fops);
}

void stick_exit(void)
{
	stick_release();
}
