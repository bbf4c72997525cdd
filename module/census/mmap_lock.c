// SPDX-License-Identifier: GPL-2.0
/*
 * Acquires other processes' mmap locks for the readers of reports. Reports are read when a machine
 * is in trouble, and then a process may hold its own lock for writing for hours (in I/O that does
 * not end, say), while others' page faults wait in line. So a reader neither waits for long nor
 * makes anybody wait.
 *
 * It never joins the line: it tries, and sleeps where the lock is not to be had. A writer in line
 * makes down_read_trylock() fail (RWSEM_READ_FAILED_MASK of kernel/locking/rwsem.c), so it gets
 * the lock before the reader does. The sleeps are bounded for each mm, and for a pass over all of
 * them; after that, locks are tried once.
 *
 * It has preemption off from the trylock to the unlock. A task of a cgroup with cpu.max is
 * throttled where it is scheduled away: up to 6.17 throttle_cfs_rq() (kernel/sched/fair.c) takes
 * it off its CPU in the next schedule(), which the tick asks for, and a holder of the lock would
 * keep it until the quota is refilled, or longer if others of the cgroup use that up. With
 * preemption off there is no schedule(). From 6.18 on a task is throttled on its way to user space
 * alone (throttle_cfs_rq_work()), where it holds no lock, but one of low priority would still be
 * preempted. What remains: interrupts, and a hypervisor that stops the virtual CPU.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "census/mmap_lock.h"
#include "counters.h"

/*
 * Nobody waits for more than 250 ms for an mm, and 1 s in a pass. A sleep takes somewhat longer
 * than it was to, so the limits are lower by a fifth.
 */
#define PASS_NS		(800 * NSEC_PER_MSEC)
#define MM_NS		(200 * NSEC_PER_MSEC)

#define SLEEP_MIN_NS	(50 * NSEC_PER_USEC)
#define SLEEP_MAX_NS	(10 * NSEC_PER_MSEC)

/* Begin a pass over all mms. */
void ptc_patience_for_pass(struct ptc_patience *patience)
{
	patience->pass_ns = PASS_NS;
	patience->mm_ns = 0;
}

/*
 * Begin with the next mm. It gets at most a quarter of what is left, so that many stuck processes
 * do not use up all that later ones, which are just busy, would need.
 */
void ptc_patience_for_next_mm(struct ptc_patience *patience)
{
	patience->mm_ns = min_t(u64, MM_NS, patience->pass_ns / 4);
}

/* Sleep, at most as long as the patience allows. Returns 0, -EBUSY if that is over, or -EINTR. */
static int mmap_lock_sleep(struct ptc_patience *patience, u64 ns)
{
	u64 start = ktime_get_ns(), slept;
	ktime_t time;

	if (!patience->mm_ns)
		return -EBUSY;
	time = ns_to_ktime(min(ns, patience->mm_ns));
	set_current_state(TASK_INTERRUPTIBLE);
	schedule_hrtimeout(&time, HRTIMER_MODE_REL);
	slept = ktime_get_ns() - start;
	ptc_count_add(PTC_mmap_lock_wait_ns, slept);
	patience->mm_ns -= min(slept, patience->mm_ns);
	patience->pass_ns -= min(slept, patience->pass_ns);
	return signal_pending(current) ? -EINTR : 0;
}

/**
 * ptc_mmap_lock - acquire an mm's mmap lock for reading, for a short time
 * @mm: the caller holds a reference of mm_users
 * @patience: how long to wait for it
 *
 * Disables preemption; ptc_mmap_unlock() enables it.
 *
 * Context: process context, may sleep. The caller holds no mmap lock.
 * Return: 0, -EBUSY if it is held for longer, -EINTR on a signal.
 */
int ptc_mmap_lock(struct mm_struct *mm, struct ptc_patience *patience)
{
	u64 ns = SLEEP_MIN_NS;
	int err;

	for (;;) {
		preempt_disable();
		if (mmap_read_trylock(mm))
			return 0;
		preempt_enable();
		err = mmap_lock_sleep(patience, ns);
		if (err)
			return err;
		ns = min_t(u64, ns * 2, SLEEP_MAX_NS);
	}
}

/* Context: after ptc_mmap_lock(). */
void ptc_mmap_unlock(struct mm_struct *mm)
{
	mmap_read_unlock(mm);
	preempt_enable();
}
