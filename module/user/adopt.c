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
#include <linux/nodemask.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "census/processes.h"
#include "pt_cache.h"
#include "user/adopt.h"
#include "user/exempt.h"
#include "user/move.h"

/* Passes in a row that get nothing more. */
#define ADOPT_PASSES		5
#define ADOPT_SAY_INTERVAL	(10 * HZ)
#define ADOPT_SLEEPS_MAX	20

struct adopt_pass {
	bool (*pause)(void *data, unsigned int flushes);
	void *data;
	unsigned long processes, moved, kept, again;
	unsigned long said;		/* when the log had a line, in jiffies */
};

/* Of which lender, and for which request, passes have been made, and how many got nothing. */
static unsigned int adopt_nth, adopt_asked, adopt_passes;

/**
 * ptc_adopt_is_due - is there a lender that has not got all it can?
 * @asked: how often adopt_running has been written; each time the passes begin anew
 *
 * Context: auto_reclaim's thread, while adopt_running is on.
 */
bool ptc_adopt_is_due(unsigned int asked)
{
	unsigned int nth;
	struct pt_cache_lender *lender = pt_cache_lender_get(&nth);

	if (!lender)
		return false;
	pt_cache_lender_put(lender);
	if (nth != adopt_nth || asked != adopt_asked) {
		adopt_nth = nth;
		adopt_asked = asked;
		adopt_passes = 0;
	}
	return adopt_passes < ADOPT_PASSES;
}

/* Tables of a process with a memory policy, or a cpuset that excludes memory, stay. */
static bool adopt_is_exempt(struct task_struct *leader)
{
#ifdef CONFIG_NUMA
	if (READ_ONCE(leader->mempolicy))
		return true;
#endif
#ifdef CONFIG_CPUSETS
	if (!nodes_subset(node_states[N_MEMORY], leader->mems_allowed))
		return true;
#endif
	return ptc_exempt(leader);
}

static void adopt_say(struct adopt_pass *pass, const char *how)
{
	pass->said = jiffies;
	pr_info("adopt_running: %s: %lu page tables moved, of %lu processes, into the blocks of pt_cache_live.ko, %lu kept, %lu to be tried again\n",
		how, pass->moved, pass->processes, pass->kept, pass->again);
}

/* The caller holds a reference of mm_count. Returns false if the lender has gone, or has none. */
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
	aim.lender = pt_cache_lender_get(NULL);
	if (!aim.lender)
		return false;
	ptc_move_mm(mm, &move);
	ptc_aim_end(&aim);
	pass->processes++;
	pass->moved += move.moved;
	pass->kept += move.kept[PTC_KEPT_MIXED] + move.kept[PTC_KEPT_OTHER];
	pass->again += move.kept[PTC_KEPT_BUSY] + move.no_memory + (move.state == PTC_WORK_BUSY);
	return move.state != PTC_WORK_NO_MEMORY;
}

/* Returns 1 when all processes were looked at, 0 if it was cut, -ENOMEM if the lender has none. */
static int adopt_all(struct adopt_pass *pass)
{
	const struct ptc_filter filter = { .exempt = adopt_is_exempt };
	struct ptc_process process;
	pid_t from = 0;

	while (pass->pause(pass->data, 0)) {
		struct mm_struct *mm;
		bool goes_on;

		if (ptc_process_next(from, &filter, &process) <= 0)
			return 1;
		mm = process.mm;
		from = process.pid + 1;
		mmgrab(mm);
		ptc_process_put(&process);
		goes_on = adopt_mm(pass, mm, process.pid);
		mmdrop(mm);
		if (!goes_on)
			return -ENOMEM;
		if (time_after(jiffies, pass->said + ADOPT_SAY_INTERVAL))
			adopt_say(pass, "so far");
	}
	return 0;
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
	struct adopt_pass pass = { .pause = pause, .data = data, .said = jiffies };

	int ret = adopt_all(&pass);

	if (!ret) /* auto_reclaim has work, or it is not wanted any more: that says nothing */
		return;
	if (ret > 0 && !pass.again) {
		adopt_passes = ADOPT_PASSES;
		adopt_say(&pass, "done");
	} else if (!pass.moved && ++adopt_passes == ADOPT_PASSES) {
		adopt_say(&pass, "given up");
	}
}
