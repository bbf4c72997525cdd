// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the page tables of one process, hold by hold, in order to free or to move some.
 *
 * The next table to be had is searched with the mmap lock held for reading, and only where there
 * is one the lock is acquired for writing. So a process that has none is never stopped.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "report/report.h"
#include "user/detached.h"
#include "user/work.h"
#include "user/replace.h"

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

/* What was detached is not kept while others may need it: not over a sleep. */
static void work_hand_on(struct ptc_mm_work *work)
{
	ptc_detached_free(work->batch);
	work->batch = NULL;
}

static int work_try_hold(struct ptc_mm_work *work, enum ptc_detach_mode mode)
{
	int ret, tries = TRIES_AT_ONCE;

	do {
		ret = ptc_detach_hold(&work->detach, mode, work->batch, work->new);
		if (ret != -EBUSY)
			return ret;
		cpu_relax();
	} while (--tries);
	return ret;
}

/* Sleep, longer each time. Returns 0, -EBUSY from when that was often enough, or -EINTR. */
static int work_sleep(struct ptc_mm_work *work, unsigned int *us)
{
	if (work->sleeps >= work->sleeps_max)
		return -EBUSY;
	work->sleeps++;
	work_hand_on(work);
	usleep_range(*us, *us * 2);
	*us = min(*us * 2, SLEEP_MAX_US);
	return ptc_signal_ends_work() ? -EINTR : 0;
}

/* Have a batch with room, if the hold is to take tables. Returns whether there is one. */
static bool work_make_room(struct ptc_mm_work *work, enum ptc_detach_mode mode)
{
	unsigned int room = work->new ? PTC_REPLACEMENTS_MAX : ROOM_FOR_HOLD;

	if (mode != PTC_DETACH_TAKE)
		return true;
	if (work->batch && work->batch->nr > PTC_DETACHED_MAX - room)
		work_hand_on(work);
	if (!work->batch)
		work->batch = ptc_detached_new(!work->idle);
	return work->batch;
}

/* As ptc_detach_hold(), but waits for the mmap lock for a while; -EINTR on a signal, or -ENOMEM. */
static int work_hold(struct ptc_mm_work *work, enum ptc_detach_mode mode)
{
	unsigned int us = SLEEP_MIN_US;
	int ret, err;

	for (;;) {
		if (!work_make_room(work, mode))
			return -ENOMEM;
		ret = work_try_hold(work, mode);
		if (ret != -EBUSY)
			return ret;
		err = work_sleep(work, &us);
		if (err)
			return err;
	}
}

unsigned long ptc_detach_kept(const struct ptc_detach *detach)
{
	return detach->kept[PTC_KEPT_MIXED] + detach->kept[PTC_KEPT_BUSY] +
	       detach->kept[PTC_KEPT_OTHER];
}

/* Take tables from detach.va on. Returns as work_hold(); 1, too, to be called again. */
static int work_take(struct ptc_mm_work *work)
{
	struct ptc_detach before = work->detach;
	unsigned int us;
	int ret;

	ret = work->prepare ? work->prepare(work) : 0;
	if (ret)
		return ret;
	ret = work_hold(work, PTC_DETACH_TAKE);
	if (ret >= 0 || ret == -EAGAIN)
		work->account(work, &before);
	if (ret != -EAGAIN)
		return ret;
	us = min(SLEEP_MIN_US << (VMA_TRIES - work->detach.busy_tries), SLEEP_MAX_US);
	work->detach.busy_tries--;
	ret = work_sleep(work, &us);
	if (ret == -EBUSY) /* no more: what is busy is counted, and the walk goes on */
		work->detach.busy_tries = 0;
	return ret == -EINTR ? -EINTR : 1;
}

/* After a hold: may the walk go on? */
static int work_go_on(struct ptc_mm_work *work, unsigned int flushes)
{
	if (ptc_signal_ends_work())
		return -EINTR;
	if (work->pause) {
		work_hand_on(work);
		if (!work->pause(work->detach.data, flushes))
			return -EINTR;
	}
	cond_resched();
	return 1;
}

static int work_walk(struct ptc_mm_work *work)
{
	enum ptc_detach_mode mode = work->dry ? PTC_DETACH_COUNT : PTC_DETACH_FIND;
	int ret;

	do {
		unsigned int flushes = work->detach.flushes;

		ret = work_hold(work, mode);
		if (ret == -EEXIST)
			ret = work_take(work);
		if (ret > 0)
			ret = work_go_on(work, work->detach.flushes - flushes);
	} while (ret > 0);
	return ret;
}

/* What a request says whose work ended so. */
int ptc_work_error(enum ptc_work_state state)
{
	switch (state) {
	case PTC_WORK_OK:
		return 0;
	case PTC_WORK_BUSY:
		return -EBUSY;
	case PTC_WORK_NO_MEMORY:
		return -ENOMEM;
	case PTC_WORK_CUT:
		return -EINTR;
	case PTC_WORK_ENDED:
		return -ESRCH;
	}
	return -EINVAL;
}

static enum ptc_work_state work_state_of(int err)
{
	switch (err) {
	case 0:
		return PTC_WORK_OK;
	case -ENOMEM:
		return PTC_WORK_NO_MEMORY;
	case -EINTR:
		return PTC_WORK_CUT;
	case -ESRCH:
		return PTC_WORK_ENDED;
	default:
		return PTC_WORK_BUSY;
	}
}

/**
 * ptc_mm_work_do - take the tables of a process that are wanted
 * @work: what is wanted; work->detach gets the results. The caller holds a reference of mm_count,
 *	and none of mm_users: the process may end meanwhile
 *
 * New tables that are left in work->new are the caller's.
 *
 * Context: process context, may sleep; no lock of any mm is held.
 * Return: how it ended.
 */
enum ptc_work_state ptc_mm_work_do(struct ptc_mm_work *work)
{
	int err;

	work->detach.busy_tries = VMA_TRIES;
	err = work_walk(work);
	work_hand_on(work);
	return work_state_of(err);
}
