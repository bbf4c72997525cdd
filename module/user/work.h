/* SPDX-License-Identifier: GPL-2.0 */
/* Walks the page tables of one process hold by hold, and waits where its locks are held. */
#ifndef PTC_USER_WORK_H
#define PTC_USER_WORK_H

#include <linux/mm_types.h>
#include <linux/types.h>

#include "user/detach.h"

struct ptc_detached;
struct ptc_replacements;

enum ptc_work_state {
	PTC_WORK_OK,
	PTC_WORK_BUSY,		/* its mmap lock was not to be had: not all was looked at */
	PTC_WORK_NO_MEMORY,	/* for new tables, or for the list of detached tables */
	PTC_WORK_CUT,		/* by a signal to the caller, or by pause() */
	PTC_WORK_ENDED,		/* the process has ended, or is being killed */
};

struct ptc_mm_work {
	/* set by the caller */
	struct ptc_detach detach;	/* mm, pid, wanted() or wants_frame(), data */
	bool dry;			/* count what could be had, and change nothing */
	bool idle;	/* the caller has idle priority: it must not allocate in reclaim */
	unsigned int sleeps_max;	/* how often to sleep where the mmap lock is held */
	/*
	 * Optional: called between holds of the mmap lock; may sleep. @flushes: those since the last
	 * call. Returns whether to go on.
	 */
	bool (*pause)(void *data, unsigned int flushes);
	/*
	 * Optional, to move: have new tables in @new, for the detach.found tables that were found; at
	 * least one. May sleep. Returns 0 or -ENOMEM.
	 */
	int (*prepare)(struct ptc_mm_work *work);
	/* What a hold for writing did; @before is detach as it was. */
	void (*account)(const struct ptc_mm_work *work, const struct ptc_detach *before);

	struct ptc_detached *batch;
	struct ptc_replacements *new;
	unsigned int sleeps;
};

/* For sleeps_max of a request: 2 to 4 s for a process whose mmap lock is held by others. */
#define PTC_WORK_SLEEPS_OF_REQUEST	400

enum ptc_work_state ptc_mm_work_do(struct ptc_mm_work *work);
int ptc_work_error(enum ptc_work_state state);
unsigned long ptc_detach_kept(const struct ptc_detach *detach);

#endif /* PTC_USER_WORK_H */
