/* SPDX-License-Identifier: GPL-2.0 */
/* Moves PTE tables of a process to other pages. */
#ifndef PTC_USER_MOVE_H
#define PTC_USER_MOVE_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#include "user/work.h"

struct pt_cache_lender;

/* Where tables are to go, or to leave. */
struct ptc_aim {
	enum {
		PTC_AIM_NODE,	/* to @nid, those that lie on another node */
		PTC_AIM_CACHE,	/* to @lender, those that are not its own */
		PTC_AIM_RANGE,	/* out of the page frames from @start to before @end */
	} kind;
	int nid;
	struct pt_cache_lender *lender;
	unsigned long start, end;
	bool retire;		/* bad memory: tables are moved off it, and it is never used again */
	/* pages of the range that the page allocator gave us, and that must not come again */
	struct list_head aside;
	unsigned long nr_aside;
};

struct ptc_move {
	/* set by the caller */
	pid_t pid;		/* for the tracepoint */
	struct ptc_aim *aim;
	bool dry;		/* count what could be had, and change nothing */
	bool (*pause)(void *data, unsigned int flushes);	/* as in struct ptc_mm_work */
	void *data;
	bool idle;		/* the caller has idle priority: it must not allocate in reclaim */
	/* how often to sleep where the mmap lock is held, or the lender has none */
	unsigned int sleeps_max;
	/* results */
	enum ptc_work_state state;
	unsigned long moved;
	unsigned long kept[PTC_NR_KEPT];
	unsigned long no_memory;
	unsigned long lost;	/* entries that could not be read */
};

void ptc_aim_init(struct ptc_aim *aim);
void ptc_aim_end(struct ptc_aim *aim);
void ptc_move_mm(struct mm_struct *mm, struct ptc_move *move);

#endif /* PTC_USER_MOVE_H */
