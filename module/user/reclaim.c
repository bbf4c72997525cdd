// SPDX-License-Identifier: GPL-2.0
/*
 * Frees the empty PTE tables of one process. (Proposed in 2021: "Free user PTE page table pages",
 * https://lore.kernel.org/r/20210819031858.98043-1-zhengqi.arch@bytedance.com, which counted the
 * users of each table. Here a table is looked at when it is to be freed.)
 *
 * The next empty table is searched with the mmap lock held for reading, 64 tables at a time, and
 * only where there is one the lock is acquired for writing. So a process that has none is never
 * stopped.
 */
#include <linux/delay.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "counters.h"
#include "report/report.h"
#include "trace/trace.h"
#include "user/detached.h"
#include "user/reclaim.h"

/*
 * The mmap lock is only tried. A writer that stands in line would have all page faults of the
 * process wait for those who read its tables now. A process that faults all the time has the lock
 * free for moments, so it is tried some times in a row before the caller sleeps.
 */
#define TRIES_AT_ONCE		64
#define SLEEP_MIN_US		50
#define SLEEP_MAX_US		5000

/* How often a lock of a VMA is tried again, for a process. */
#define VMA_TRIES		20

/* A batch with less room is handed on before the next hold: each ends with a flush of all CPUs. */
#define ROOM_FOR_HOLD		64

struct reclaim_work {
	struct ptc_reclaim *reclaim;
	struct ptc_detach detach;
	struct ptc_detached *batch;
	unsigned int sleeps;
};

/* What was detached is not kept while others may need it: not over a sleep. */
static void reclaim_hand_on(struct reclaim_work *work)
{
	ptc_detached_free(work->batch);
	work->batch = NULL;
}

static int reclaim_try_hold(struct reclaim_work *work, enum ptc_detach_mode mode)
{
	int ret, tries = TRIES_AT_ONCE;

	do {
		ret = ptc_detach_hold(&work->detach, mode, work->batch);
		if (ret != -EBUSY)
			return ret;
		cpu_relax();
	} while (--tries);
	return ret;
}

/* Sleep, longer each time. Returns 0, -EBUSY from when that was often enough, or -EINTR. */
static int reclaim_sleep(struct reclaim_work *work, unsigned int *us)
{
	if (work->sleeps >= work->reclaim->sleeps_max)
		return -EBUSY;
	work->sleeps++;
	reclaim_hand_on(work);
	usleep_range(*us, *us * 2);
	*us = min(*us * 2, SLEEP_MAX_US);
	return ptc_signal_ends_work() ? -EINTR : 0;
}

/* Have a batch with room, if the hold is to take tables. Returns whether there is one. */
static bool reclaim_make_room(struct reclaim_work *work, enum ptc_detach_mode mode)
{
	if (mode != PTC_DETACH_TAKE)
		return true;
	if (work->batch && work->batch->nr > PTC_DETACHED_MAX - ROOM_FOR_HOLD)
		reclaim_hand_on(work);
	if (!work->batch)
		work->batch = ptc_detached_new(!work->reclaim->idle);
	return work->batch;
}

/* As ptc_detach_hold(), but waits for the mmap lock for a while; -EINTR on a signal, or -ENOMEM. */
static int reclaim_hold(struct reclaim_work *work, enum ptc_detach_mode mode)
{
	unsigned int us = SLEEP_MIN_US;
	int ret, err;

	for (;;) {
		if (!reclaim_make_room(work, mode))
			return -ENOMEM;
		ret = reclaim_try_hold(work, mode);
		if (ret != -EBUSY)
			return ret;
		err = reclaim_sleep(work, &us);
		if (err)
			return err;
	}
}

static unsigned long reclaim_kept(const struct ptc_detach *detach)
{
	return detach->kept[PTC_KEPT_MIXED] + detach->kept[PTC_KEPT_BUSY] +
	       detach->kept[PTC_KEPT_OTHER];
}

/* Count what a hold for writing did. */
static void reclaim_account(const struct reclaim_work *work, const struct ptc_detach *before)
{
	const struct ptc_detach *now = &work->detach;
	unsigned long tables = now->empty - before->empty;

	ptc_count_add(PTC_reclaimed, tables);
	ptc_count_add(PTC_reclaim_flushes, now->flushes - before->flushes);
	ptc_count(PTC_reclaim_holds);
	ptc_count_add(PTC_reclaim_hold_ns, now->hold_ns);
	trace_table_reclaim(work->reclaim->pid, tables, reclaim_kept(now) - reclaim_kept(before),
			    now->hold_ns);
}

/* Take empty tables from detach->va on. Returns as reclaim_hold(); 1, too, to be called again. */
static int reclaim_take(struct reclaim_work *work)
{
	struct ptc_detach before = work->detach;
	unsigned int us;
	int ret;

	ret = reclaim_hold(work, PTC_DETACH_TAKE);
	if (ret >= 0 || ret == -EAGAIN)
		reclaim_account(work, &before);
	if (ret != -EAGAIN)
		return ret;
	us = min(SLEEP_MIN_US << (VMA_TRIES - work->detach.busy_tries), SLEEP_MAX_US);
	work->detach.busy_tries--;
	ret = reclaim_sleep(work, &us);
	if (ret == -EBUSY) /* no more: what is busy is counted, and the walk goes on */
		work->detach.busy_tries = 0;
	return ret == -EINTR ? -EINTR : 1;
}

/* After a hold: may the walk go on? */
static int reclaim_go_on(struct reclaim_work *work, unsigned int flushes)
{
	const struct ptc_reclaim *reclaim = work->reclaim;

	if (ptc_signal_ends_work())
		return -EINTR;
	if (reclaim->pause) {
		reclaim_hand_on(work);
		if (!reclaim->pause(reclaim->data, flushes))
			return -EINTR;
	}
	cond_resched();
	return 1;
}

static int reclaim_walk(struct reclaim_work *work)
{
	enum ptc_detach_mode mode = work->reclaim->dry ? PTC_DETACH_COUNT : PTC_DETACH_FIND;
	int ret;

	do {
		unsigned int flushes = work->detach.flushes;

		ret = reclaim_hold(work, mode);
		if (ret == -EEXIST)
			ret = reclaim_take(work);
		if (ret > 0)
			ret = reclaim_go_on(work, work->detach.flushes - flushes);
	} while (ret > 0);
	return ret;
}

static enum ptc_reclaim_state reclaim_state_of(int err)
{
	switch (err) {
	case 0:
		return PTC_RECLAIM_OK;
	case -ENOMEM:
		return PTC_RECLAIM_NO_MEMORY;
	case -EINTR:
		return PTC_RECLAIM_CUT;
	case -ESRCH:
		return PTC_RECLAIM_ENDED;
	default:
		return PTC_RECLAIM_BUSY;
	}
}

static void reclaim_count_kept(const struct ptc_reclaim *reclaim)
{
	ptc_count_add(PTC_reclaim_kept_mixed, reclaim->kept[PTC_KEPT_MIXED]);
	ptc_count_add(PTC_reclaim_kept_busy, reclaim->kept[PTC_KEPT_BUSY]);
	ptc_count_add(PTC_reclaim_kept_other, reclaim->kept[PTC_KEPT_OTHER]);
	if (reclaim->state == PTC_RECLAIM_BUSY)
		ptc_count(PTC_reclaim_mm_busy);
}

/**
 * ptc_reclaim_mm - free the empty PTE tables of a process
 * @mm: the caller holds a reference of mm_count, and none of mm_users: the process may
 *	end meanwhile
 * @reclaim: what is wanted; gets the results
 *
 * The pages are free after a grace period; VmPTE of the process is less at once.
 *
 * Context: process context, may sleep; no lock of any mm is held.
 */
void ptc_reclaim_mm(struct mm_struct *mm, struct ptc_reclaim *reclaim)
{
	struct reclaim_work work = {
		.reclaim = reclaim,
		.detach = {
			.mm = mm,
			.wanted = reclaim->wanted,
			.data = reclaim->data,
			.busy_tries = VMA_TRIES,
		},
	};
	unsigned int i;

	reclaim->state = reclaim_state_of(reclaim_walk(&work));
	reclaim_hand_on(&work);
	reclaim->freed = work.detach.empty;
	reclaim->in_use = work.detach.in_use;
	for (i = 0; i < PTC_NR_KEPT; i++)
		reclaim->kept[i] = work.detach.kept[i];
	if (!reclaim->dry)
		reclaim_count_kept(reclaim);
}
