/* SPDX-License-Identifier: GPL-2.0 */
/* Frees the empty PTE tables of one process. */
#ifndef PTC_USER_RECLAIM_H
#define PTC_USER_RECLAIM_H

#include <linux/mm_types.h>
#include <linux/types.h>

#include "user/work.h"

struct ptc_reclaim {
	/* set by the caller */
	pid_t pid;		/* for the tracepoint */
	bool dry;		/* count what could be had, and change nothing */
	/* Optional: is this empty table wanted? Must not sleep. Others are not counted. */
	bool (*wanted)(void *data, unsigned long va);
	bool (*pause)(void *data, unsigned int flushes);	/* as in struct ptc_mm_work */
	void *data;
	bool idle;		/* the caller has idle priority: it must not allocate in reclaim */
	unsigned int sleeps_max;	/* how often to sleep where the mmap lock is held */
	/* results */
	enum ptc_work_state state;
	unsigned long freed;
	unsigned long kept[PTC_NR_KEPT];
	unsigned long in_use;
};

void ptc_reclaim_mm(struct mm_struct *mm, struct ptc_reclaim *reclaim);

#endif /* PTC_USER_RECLAIM_H */
