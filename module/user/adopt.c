// SPDX-License-Identifier: GPL-2.0
/*
 * adopt_running: when pt_cache_live.ko is loaded, page tables of processes that run already are
 * moved into its blocks, by auto_reclaim's thread and within its limits. Without that they stay
 * where they are for as long as these processes live, each of them in the way of a 2M page.
 *
 * A pass goes over all processes. What was busy, or found no table in the lender, is tried again
 * in the next pass, some times.
 */
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>

#include "census/processes.h"
#include "pt_cache.h"
#include "user/adopt.h"
#include "user/exempt.h"
#include "user/move.h"

#define ADOPT_PASSES		5
#define ADOPT_SAY_INTERVAL	(10 * HZ)
#define ADOPT_SLEEPS_MAX	20

struct adopt_pass {
	bool (*pause)(void *data, unsigned int flushes);
	void *data;
	unsigned long processes, moved, kept, again;
	unsigned long said;		/* when the log had a line, in jiffies */
};

/* Of the lender that was there when it was looked last. */
static unsigned int adopt_passes;

/*
 * Is there a lender that has not got all it can? @on: whether it is asked for at all. Who asks for
 * it again, or loads the lender again, has the passes begin anew. Context: auto_reclaim's thread.
 */
bool ptc_adopt_is_due(bool on)
{
	struct pt_cache_lender *lender = on ? pt_cache_lender_get() : NULL;

	if (!lender) {
		adopt_passes = 0;
		return false;
	}
	pt_cache_lender_put(lender);
	return adopt_passes < ADOPT_PASSES;
}

static void adopt_say(struct adopt_pass *pass, const char *how)
{
	pass->said = jiffies;
	pr_info("adopt_running: %s: %lu page tables of %lu processes moved into the blocks of pt_cache_live.ko, %lu kept, %lu to be tried again\n",
		how, pass->moved, pass->processes, pass->kept, pass->again);
}

/* The caller holds a reference of mm_count. Returns false if there is no lender any more. */
static bool adopt_mm(struct adopt_pass *pass, struct mm_struct *mm, pid_t pid)
{
	struct ptc_aim aim;
	struct ptc_move move = {
		.pid = pid,
		.aim = &aim,
		.pause = pass->pause,
		.data = pass->data,
		.idle = true,
		.sleeps_max = ADOPT_SLEEPS_MAX,
	};

	ptc_aim_init(&aim);
	aim.kind = PTC_AIM_CACHE;
	aim.lender = pt_cache_lender_get();
	if (!aim.lender)
		return false;
	ptc_move_mm(mm, &move);
	ptc_aim_end(&aim);
	pass->processes++;
	pass->moved += move.moved;
	pass->kept += move.kept[PTC_KEPT_MIXED] + move.kept[PTC_KEPT_OTHER];
	pass->again += move.kept[PTC_KEPT_BUSY] + move.no_memory + (move.state == PTC_WORK_BUSY);
	return true;
}

/**
 * ptc_adopt_pass - move page tables of all processes into the blocks of the lender
 * @pause: called between holds of a mmap lock, as in struct ptc_mm_work; ends the pass
 * @data: for @pause
 *
 * Processes that auto_reclaim leaves alone are left alone.
 *
 * Context: auto_reclaim's thread, may sleep; no lock of any mm is held.
 */
void ptc_adopt_pass(bool (*pause)(void *data, unsigned int flushes), void *data)
{
	const struct ptc_filter filter = { .exempt = ptc_exempt };
	struct adopt_pass pass = { .pause = pause, .data = data, .said = jiffies };
	struct ptc_process process;
	pid_t from = 0;

	while (pause(data, 0) && ptc_process_next(from, &filter, &process) > 0) {
		struct mm_struct *mm = process.mm;
		bool goes_on;

		from = process.pid + 1;
		mmgrab(mm);
		ptc_process_put(&process);
		goes_on = adopt_mm(&pass, mm, process.pid);
		mmdrop(mm);
		if (!goes_on)
			return;
		if (time_after(jiffies, pass.said + ADOPT_SAY_INTERVAL))
			adopt_say(&pass, "so far");
	}
	adopt_passes = pass.again ? adopt_passes + 1 : ADOPT_PASSES;
	adopt_say(&pass, "done");
}
