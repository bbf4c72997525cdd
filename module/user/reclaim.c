// SPDX-License-Identifier: GPL-2.0
/*
 * Frees the empty PTE tables of one process. (Proposed in 2021: "Free user PTE page table pages",
 * https://lore.kernel.org/r/20210819031858.98043-1-zhengqi.arch@bytedance.com, which counted the
 * users of each table. Here a table is looked at when it is to be freed.)
 */
#include <linux/string.h>

#include "counters.h"
#include "trace/trace.h"
#include "user/reclaim.h"

/* Count what a hold for writing did. */
static void reclaim_account(const struct ptc_mm_work *work, const struct ptc_detach *before)
{
	const struct ptc_detach *now = &work->detach;
	unsigned long tables = now->tables - before->tables;

	ptc_count_add(PTC_reclaimed, tables);
	ptc_count_add(PTC_reclaim_flushes, now->flushes - before->flushes);
	ptc_count(PTC_reclaim_holds);
	ptc_count_add(PTC_reclaim_hold_ns, now->hold_ns);
	trace_table_reclaim(now->pid, tables, ptc_detach_kept(now) - ptc_detach_kept(before),
			    now->hold_ns);
}

static void reclaim_count_kept(const struct ptc_reclaim *reclaim)
{
	ptc_count_add(PTC_reclaim_kept_mixed, reclaim->kept[PTC_KEPT_MIXED]);
	ptc_count_add(PTC_reclaim_kept_busy, reclaim->kept[PTC_KEPT_BUSY]);
	ptc_count_add(PTC_reclaim_kept_other, reclaim->kept[PTC_KEPT_OTHER]);
	if (reclaim->state == PTC_WORK_BUSY)
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
	struct ptc_mm_work work = {
		.detach = {
			.mm = mm,
			.pid = reclaim->pid,
			.wanted = reclaim->wanted,
			.data = reclaim->data,
		},
		.dry = reclaim->dry,
		.idle = reclaim->idle,
		.sleeps_max = reclaim->sleeps_max,
		.pause = reclaim->pause,
		.account = reclaim_account,
	};

	reclaim->state = ptc_mm_work_do(&work);
	reclaim->freed = work.detach.tables;
	reclaim->in_use = work.detach.in_use;
	memcpy(reclaim->kept, work.detach.kept, sizeof(reclaim->kept));
	if (!reclaim->dry)
		reclaim_count_kept(reclaim);
}
