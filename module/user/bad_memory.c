// SPDX-License-Identifier: GPL-2.0
/*
 * on_memory_error: a PTE table of a process is moved off a page frame in which the kernel reports a
 * memory error, and the frame is not used again. pt_cache.ko says whose table it is, and then asks
 * here. (The 2020 proposal of a cache of page tables was to have tables that this can be done for.)
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "census/lookup.h"
#include "census/memory_error.h"
#include "census/processes.h"
#include "counters.h"
#include "user/bad_memory.h"
#include "user/move.h"

#define BAD_MEMORY_TRIES	3
#define BAD_MEMORY_REST_MS	1000

enum bad_memory_answer { BAD_MEMORY_REPORT, BAD_MEMORY_MOVE };

static const char * const bad_memory_answers[] = {
	[BAD_MEMORY_REPORT] = "report",
	[BAD_MEMORY_MOVE] = "move",
};

static int bad_memory_answer;

static int bad_memory_set(const char *text, const struct kernel_param *param)
{
	int answer = sysfs_match_string(bad_memory_answers, text);

	if (answer < 0) {
		pr_warn_ratelimited("on_memory_error: expected 'report' or 'move'\n");
		return -EINVAL;
	}
	WRITE_ONCE(bad_memory_answer, answer);
	return 0;
}

static int bad_memory_get(char *text, const struct kernel_param *param)
{
	return sysfs_emit(text, "%s\n", bad_memory_answers[READ_ONCE(bad_memory_answer)]);
}

static const struct kernel_param_ops bad_memory_ops = {
	.set = bad_memory_set,
	.get = bad_memory_get,
};
module_param_cb(on_memory_error, &bad_memory_ops, NULL, 0644);
__MODULE_PARM_TYPE(on_memory_error, "charp");
MODULE_PARM_DESC(on_memory_error,
		 "what is done with a page table of PTEs in which the kernel reports a memory error: report, or move it off the page frame, which is not used again (default: report)");

/* Returns the mm of the owner with a reference of mm_count, or NULL if it has gone. */
static struct mm_struct *bad_memory_grab_mm(const struct ptc_owner *owner)
{
	struct ptc_process process;
	struct mm_struct *mm;

	if (!ptc_process_get_of_mm(owner->pid, owner->mm, &process))
		return NULL;
	mm = process.mm;
	mmgrab(mm);
	ptc_process_put(&process);
	return mm;
}

/* Of an LDT, say. Where the address is not known, it was busy when it was looked for. */
static bool bad_memory_is_out_of_reach(const struct ptc_owner *owner)
{
	return owner->va != PTC_NO_VA && owner->va >= TASK_SIZE_MAX;
}

static const char *bad_memory_why(const struct ptc_move *move)
{
	if (move->state == PTC_WORK_BUSY)
		return "its mmap lock is held";
	if (move->state == PTC_WORK_ENDED)
		return "it has ended";
	if (move->state == PTC_WORK_NO_MEMORY)
		return "there is no memory for a new table";
	if (move->kept[PTC_KEPT_MIXED])
		return "several mappings share the table, and not all are eligible";
	if (move->kept[PTC_KEPT_BUSY])
		return "a lock of its mapping is held";
	if (move->kept[PTC_KEPT_OTHER])
		return "its mapping is not eligible";
	return "the table is reserved for the split of a huge page, or has gone";
}

/* What is busy now may not be in a second. Who unloads the module waits for this. */
static void bad_memory_move(struct mm_struct *mm, struct ptc_move *move)
{
	unsigned int tries = BAD_MEMORY_TRIES;

	do {
		ptc_move_mm(mm, move);
		if (move->moved || move->state == PTC_WORK_ENDED)
			return;
		if (move->state == PTC_WORK_OK && !move->kept[PTC_KEPT_BUSY])
			return;
		msleep(BAD_MEMORY_REST_MS);
	} while (--tries);
}

/* Context: process context, may sleep. */
static int bad_memory_told(struct notifier_block *self, unsigned long value, void *data)
{
	const struct ptc_memory_error *error = data;
	const struct ptc_owner *owner = error->owner;
	struct ptc_aim aim;
	struct ptc_move move = {
		.pid = owner->pid,
		.aim = &aim,
		.sleeps_max = PTC_WORK_SLEEPS_OF_REQUEST,
	};
	struct mm_struct *mm;

	if (READ_ONCE(bad_memory_answer) != BAD_MEMORY_MOVE)
		return NOTIFY_DONE;
	mm = bad_memory_is_out_of_reach(owner) ? NULL : bad_memory_grab_mm(owner);
	if (!mm) {
		ptc_count(PTC_memory_error_kept);
		pr_warn("the page table in page frame 0x%lx is not moved: no process maps anything by it now\n",
			error->pfn);
		return NOTIFY_OK;
	}
	ptc_aim_init(&aim);
	aim.kind = PTC_AIM_RANGE;
	aim.start = error->pfn;
	aim.end = error->pfn + 1;
	aim.retire = true;
	bad_memory_move(mm, &move);
	ptc_aim_end(&aim);
	mmdrop(mm);
	if (!move.moved) {
		ptc_count(PTC_memory_error_kept);
		pr_warn("the page table in page frame 0x%lx of %s (%d) cannot be moved: %s\n",
			error->pfn, owner->comm, owner->pid, bad_memory_why(&move));
		return NOTIFY_OK;
	}
	ptc_count(PTC_memory_error_moved);
	pr_warn("the page table of %s (%d) is moved off page frame 0x%lx, which is not used again; %lu of its entries are lost%s\n",
		owner->comm, owner->pid, error->pfn, move.lost,
		move.lost ? ": touching their pages is SIGBUS" : "");
	return NOTIFY_OK;
}

static struct notifier_block bad_memory_notifier = {
	.notifier_call = bad_memory_told,
};

void ptc_bad_memory_init(void)
{
	ptc_memory_error_tell(&bad_memory_notifier);
}

/* Nothing is being moved for it any more when this returns. */
void ptc_bad_memory_exit(void)
{
	ptc_memory_error_untell(&bad_memory_notifier);
}
