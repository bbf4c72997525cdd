// SPDX-License-Identifier: GPL-2.0
/*
 * auto_reclaim: every so many seconds, a pass over all processes frees what was empty in two
 * passes. (A table that is empty now is often about to be used: an allocator has purged the
 * memory of a 2M, and maps it again. Its next touch would be a fault that allocates a table, or,
 * where THP is on, a huge page.)
 *
 * The thread has idle priority, and yet nobody waits for it for long: it holds locks of processes
 * and RCU read locks with preemption off only, and never enters the kernel's reclaim, where it
 * would hold those of others.
 *
 * Which tables were empty is remembered by a bit for a hash of mm and address: of two bitmaps,
 * one is of the pass before, and one of this pass. Two tables that share a bit are taken one pass
 * too early, which costs a fault.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/freezer.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <uapi/linux/sched/types.h>

#include "census/processes.h"
#include "compat/shrinker.h"
#include "counters.h"
#include "fault.h"
#include "user/adopt.h"
#include "user/auto.h"
#include "user/exempt.h"
#include "user/reclaim.h"

/* A parameter and its bounds. */
struct auto_limit {
	unsigned int value;	/* first: it is what param_get_uint() reads */
	unsigned int least, most;
};

static struct auto_limit auto_seconds = { 0, 0, 24 * 60 * 60 };
static struct auto_limit auto_share = { 5, 1, 100 };
static struct auto_limit auto_flushes = { 20, 1, 10000 };
static unsigned long auto_min = 1UL << 20;

static DECLARE_WAIT_QUEUE_HEAD(auto_wait);
static bool auto_changed, auto_pressed;

static unsigned int auto_value(const struct auto_limit *limit)
{
	return READ_ONCE(limit->value);
}

/* Takes effect at once. */
static int auto_set_limit(const char *text, const struct kernel_param *param)
{
	struct auto_limit *limit = param->arg;
	unsigned int value;

	if (kstrtouint(text, 0, &value) || value < limit->least || value > limit->most) {
		pr_warn_ratelimited("%s: expected a number from %u to %u\n", param->name,
				    limit->least, limit->most);
		return -EINVAL;
	}
	WRITE_ONCE(limit->value, value);
	WRITE_ONCE(auto_changed, true);
	wake_up(&auto_wait);
	return 0;
}

static const struct kernel_param_ops auto_limit_ops = {
	.set = auto_set_limit,
	.get = param_get_uint,
};
module_param_cb(auto_reclaim, &auto_limit_ops, &auto_seconds, 0644);
__MODULE_PARM_TYPE(auto_reclaim, "uint");
MODULE_PARM_DESC(auto_reclaim,
		 "free empty page tables of all processes every so many seconds; 0: only on request (default: 0)");

module_param(auto_min, ulong, 0644);
MODULE_PARM_DESC(auto_min,
		 "auto_reclaim leaves a process alone whose empty page tables have fewer bytes (default: 1M)");

module_param_cb(auto_share, &auto_limit_ops, &auto_share, 0644);
__MODULE_PARM_TYPE(auto_share, "uint");
MODULE_PARM_DESC(auto_share, "auto_reclaim and adopt_running use at most so many percent of a CPU (default: 5)");

module_param_cb(auto_flushes, &auto_limit_ops, &auto_flushes, 0644);
__MODULE_PARM_TYPE(auto_flushes, "uint");
MODULE_PARM_DESC(auto_flushes,
		 "auto_reclaim and adopt_running flush the TLBs of all CPUs at most so often a second (default: 20)");

static bool auto_adopt_running;
static unsigned int auto_adopt_asked;	/* how often it was written */

static int auto_set_adopt_running(const char *text, const struct kernel_param *param)
{
	int err = param_set_bool(text, param);

	WRITE_ONCE(auto_adopt_asked, auto_adopt_asked + 1); /* the parameter lock is held */
	WRITE_ONCE(auto_changed, true);
	wake_up(&auto_wait);
	return err;
}

static const struct kernel_param_ops auto_adopt_running_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = auto_set_adopt_running,
	.get = param_get_bool,
};
module_param_cb(adopt_running, &auto_adopt_running_ops, &auto_adopt_running, 0644);
__MODULE_PARM_TYPE(adopt_running, "bool");
MODULE_PARM_DESC(adopt_running,
		 "move page tables of running processes into the blocks of pt_cache_live.ko when it is loaded, within auto_share and auto_flushes (default: N)");

/* For adopt_running: how often it is looked whether pt_cache_live.ko has been loaded. */
#define AUTO_LOOK_INTERVAL	HZ

/* 1 MB, for either of the bitmaps. */
#define AUTO_BITS_ORDER	23
#define AUTO_BITS	(1UL << AUTO_BITS_ORDER)

static struct task_struct *auto_thread;
static unsigned long auto_next;		/* when a pass of auto_reclaim is due, in jiffies */
static unsigned long *auto_before, *auto_now;
static struct shrinker *auto_shrinker;

/* Where the mmap lock is held by others, the process is left for the next pass. */
#define AUTO_SLEEPS_MAX	20

/* The longest rest, in ns; of adopt_running, for which pt_cache_live.ko's unload may wait. */
#define AUTO_REST_MAX		(10 * NSEC_PER_SEC)
#define AUTO_REST_MAX_ADOPT	NSEC_PER_SEC

/* Under pressure the next pass begins at once, but not more often than this. */
#define AUTO_PRESSED_INTERVAL	(10 * HZ)

struct auto_pass {
	bool (*goes_on)(void);
	u64 rest_max;		/* in ns */
	struct ptc_reclaim reclaim;
	unsigned long mm;
	u64 since;		/* when the thread last began to work, in ns */
};

static unsigned long auto_bit(const struct auto_pass *pass, unsigned long va)
{
	return hash_64((pass->mm >> 6) + (va >> PMD_SHIFT) * 0x9e3779b97f4a7c15UL, AUTO_BITS_ORDER);
}

static bool auto_was_empty(void *data, unsigned long va)
{
	return test_bit(auto_bit(data, va), auto_before);
}

/* Remember an empty table. Only those that were empty before are counted. */
static bool auto_note_empty(void *data, unsigned long va)
{
	__set_bit(auto_bit(data, va), auto_now);
	return auto_was_empty(data, va);
}

/* Sleep, until the module goes, or for so long. A parameter that changes does not end it. */
static void auto_sleep_ns(u64 ns)
{
	wait_event_freezable_timeout(auto_wait, kthread_should_stop(), nsecs_to_jiffies(ns) + 1);
}

static bool auto_reclaims(void)
{
	return !kthread_should_stop() && auto_value(&auto_seconds);
}

static bool auto_reclaim_is_due(void)
{
	return auto_value(&auto_seconds) &&
	       (READ_ONCE(auto_pressed) || !time_before(jiffies, auto_next));
}

/* What frees memory comes first. */
static bool auto_adopts(void)
{
	return !kthread_should_stop() && READ_ONCE(auto_adopt_running) && !auto_reclaim_is_due();
}

/* After some work: rest for as long as the share of a CPU and the rate of flushes ask. */
static bool auto_pause(void *data, unsigned int flushes)
{
	struct auto_pass *pass = data;
	u64 worked = ktime_get_ns() - pass->since, rest;
	unsigned int share;

	if (worked < NSEC_PER_MSEC && !flushes)
		return pass->goes_on();
	share = auto_value(&auto_share);
	rest = max(worked * (100 - share) / share,
		   (u64)flushes * NSEC_PER_SEC / auto_value(&auto_flushes));
	if (rest && pass->goes_on())
		auto_sleep_ns(min(rest, pass->rest_max));
	pass->since = ktime_get_ns();
	return pass->goes_on();
}

/* The caller holds a reference of mm_count. */
static void auto_do_mm(struct auto_pass *pass, struct mm_struct *mm, pid_t pid)
{
	struct ptc_reclaim *reclaim = &pass->reclaim;

	pass->mm = (unsigned long)mm;
	*reclaim = (struct ptc_reclaim){
		.pid = pid,
		.dry = true,
		.wanted = auto_note_empty,
		.pause = auto_pause,
		.data = pass,
		.sleeps_max = AUTO_SLEEPS_MAX,
		.idle = true,
	};
	ptc_reclaim_mm(mm, reclaim);
	if (!reclaim->freed || reclaim->freed << PAGE_SHIFT < READ_ONCE(auto_min))
		return;
	reclaim->dry = false;
	reclaim->wanted = auto_was_empty;
	ptc_reclaim_mm(mm, reclaim);
}

/*
 * What was empty in this pass is what counts in the next one. A pass that begins early, for want of
 * memory, counts what was empty in the pass that was.
 */
static void auto_turn_bitmaps(void)
{
	static unsigned long turned = INITIAL_JIFFIES;
	unsigned long least = min_t(unsigned long, auto_value(&auto_seconds) * HZ,
				    AUTO_PRESSED_INTERVAL);

	if (time_before(jiffies, turned + least))
		return;
	turned = jiffies;
	swap(auto_before, auto_now);
	bitmap_zero(auto_now, AUTO_BITS);
}

static void auto_do_pass(void)
{
	struct ptc_filter filter = {
		.min_table_bytes = READ_ONCE(auto_min),
		.exempt = ptc_exempt,
	};
	struct auto_pass pass = {
		.goes_on = auto_reclaims,
		.rest_max = AUTO_REST_MAX,
		.since = ktime_get_ns(),
	};
	struct ptc_process process;
	pid_t from = 0;

	WRITE_ONCE(auto_pressed, false);
	auto_turn_bitmaps();
	while (auto_reclaims() && ptc_process_next(from, &filter, &process) > 0) {
		struct mm_struct *mm = process.mm;

		from = process.pid + 1;
		mmgrab(mm);
		ptc_process_put(&process);
		auto_do_mm(&pass, mm, process.pid);
		mmdrop(mm);
		auto_pause(&pass, 0);
	}
	ptc_count(PTC_reclaim_passes);
}

static void auto_adopt(void)
{
	struct auto_pass pass = {
		.goes_on = auto_adopts,
		.rest_max = AUTO_REST_MAX_ADOPT,
		.since = ktime_get_ns(),
	};

	if (auto_adopts() && ptc_adopt_is_due(READ_ONCE(auto_adopt_asked)))
		ptc_adopt_pass(auto_pause, &pass);
}

/*
 * Wait until a pass of auto_reclaim is due, at auto_next. Memory that gets short makes it due at
 * once; a parameter that changes has the wait begin anew. For adopt_running the wait is cut short
 * to look whether pt_cache_live.ko has been loaded. Returns whether a pass is due.
 */
static bool auto_wait_for_next(void)
{
	unsigned long left = MAX_SCHEDULE_TIMEOUT;
	unsigned int seconds;

	if (READ_ONCE(auto_changed)) {
		WRITE_ONCE(auto_changed, false);
		smp_mb(); /* what is written from here on is seen below, or sets auto_changed */
		auto_next = jiffies + auto_value(&auto_seconds) * HZ;
	}
	seconds = auto_value(&auto_seconds);
	if (seconds)
		left = time_before(jiffies, auto_next) ? auto_next - jiffies : 0;
	if (auto_adopts())
		left = min_t(unsigned long, left, AUTO_LOOK_INTERVAL);
	wait_event_freezable_timeout(auto_wait,
				     kthread_should_stop() || READ_ONCE(auto_changed) ||
				     (seconds && READ_ONCE(auto_pressed)), left);
	return !kthread_should_stop() && !READ_ONCE(auto_changed) && auto_reclaim_is_due();
}

static int auto_run(void *unused)
{
	const struct sched_attr idle = { .size = sizeof(idle), .sched_policy = SCHED_IDLE };

	set_freezable();
	sched_setattr_nocheck(current, &idle);
	WRITE_ONCE(auto_changed, true);
	while (!kthread_should_stop()) {
		if (auto_wait_for_next()) {
			auto_do_pass();
			auto_next = jiffies + auto_value(&auto_seconds) * HZ;
		}
		auto_adopt();
	}
	return 0;
}

/*
 * Reclaim asks: have the thread do its work, and say that there is nothing here. Empty tables are
 * not freed in reclaim itself, whose caller may hold the locks that this needs.
 */
static unsigned long auto_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	static unsigned long next = INITIAL_JIFFIES;

	/* kswapd runs all day where files are read: that is no want of memory */
	if (!current_is_kswapd() && auto_value(&auto_seconds) &&
	    time_after_eq(jiffies, READ_ONCE(next))) {
		WRITE_ONCE(next, jiffies + AUTO_PRESSED_INTERVAL);
		WRITE_ONCE(auto_pressed, true);
		wake_up(&auto_wait);
	}
	return SHRINK_EMPTY;
}

static unsigned long auto_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	return SHRINK_STOP;
}

static int auto_start_thread(void)
{
	struct task_struct *thread;

	thread = ptc_fallible(kthread_run(auto_run, NULL, "pt_cache_user"), ERR_PTR(-ENOMEM));
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	auto_thread = thread;
	return 0;
}

int ptc_auto_init(void)
{
	int err = -ENOMEM;

	auto_before = ptc_fallible(vzalloc(AUTO_BITS / BITS_PER_BYTE), NULL);
	if (!auto_before)
		return err;
	auto_now = ptc_fallible(vzalloc(AUTO_BITS / BITS_PER_BYTE), NULL);
	if (!auto_now)
		goto no_second;
	err = auto_start_thread();
	if (err)
		goto no_thread;
	auto_shrinker = ptc_fallible(ptc_shrinker_new("pt_cache_user", 0, auto_count, auto_scan, 0),
				     NULL);
	if (auto_shrinker)
		return 0;
	err = -ENOMEM;
	kthread_stop(auto_thread);
no_thread:
	vfree(auto_now);
no_second:
	vfree(auto_before);
	return err;
}

void ptc_auto_exit(void)
{
	ptc_shrinker_free(auto_shrinker);
	sched_set_normal(auto_thread, 0); /* it may have work to end, and CPUs be busy */
	kthread_stop(auto_thread);
	vfree(auto_now);
	vfree(auto_before);
}
