// SPDX-License-Identifier: GPL-2.0
/*
 * Says whose page table a memory error is in. (The first motive of the 2020 proposal: the kernel
 * ignores an error in a page table, or panics, since it does not know whom to signal.)
 *
 * Whoever hears of an error notes its page frame; a work item looks the frames up, many at a time.
 * The bad table is found by its frame, in the entry that points to it, and is not read itself: see
 * ptc_table_is_bad(). What a module cannot promise is that the CPU does not walk the table first.
 *
 * An error in a page that is no table is the kernel's business, and nothing is said.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "alloc/workqueue.h"
#include "census/lookup.h"
#include "census/memory_error.h"
#include "census/mmap_lock.h"
#include "census/processes.h"
#include "counters.h"
#include "fault.h"
#include "trace/trace.h"

/* Page frames that wait to be looked up, at most. */
#define NOTES_MAX	PTC_LOOKUP_PFNS

/*
 * Corrected errors come in storms, of one cell. They are looked up this often, and a frame that was
 * looked up is not again for so long, unless the error is a worse one.
 */
#define LOOKUP_INTERVAL	(HZ / 10)
#define FRAME_INTERVAL	(10 * HZ)

/* A pass for corrected errors takes a part in so many of the time, but none rests longer. */
#define LOOKUP_SHARE	10
#define REST_MAX	(10UL * HZ)

/* How often a frame is looked up for which a process could not be searched. */
#define LOOKUP_TRIES	5

/* How often, and in which steps, memory for a pass is waited for. */
#define MEMORY_TRIES	50
#define MEMORY_WAIT_MS	200

/* A table that hugetlb shares has as many owners as it pleases: these many are named. */
#define OWNERS_NAMED	4

/* VMAs that are looked at to see how much is mapped by a table. */
#define VMAS_MAX	1024

struct note {
	unsigned long pfn;
	unsigned long at;		/* in jiffies: when it was looked up */
	unsigned int tries;
	bool uncorrected;
};

static DEFINE_SPINLOCK(memory_error_lock);	/* both lists of notes */
static struct note memory_error_notes[NOTES_MAX];
static unsigned int memory_error_nr;
static struct note memory_error_past[NOTES_MAX];	/* a ring: the last that were looked up; 0: none */
static unsigned int memory_error_next_past;

static unsigned long memory_error_rest;	/* in jiffies: no pass for corrected errors before */

static BLOCKING_NOTIFIER_HEAD(memory_error_told);

static void memory_error_do(struct work_struct *work);
static DECLARE_DELAYED_WORK(memory_error_work, memory_error_do);

/* memory_error_lock is held. */
static bool memory_error_is_past(unsigned long pfn, bool uncorrected)
{
	const struct note *note;

	for (note = memory_error_past; note < memory_error_past + NOTES_MAX; note++)
		if (note->at && note->pfn == pfn && note->uncorrected >= uncorrected &&
		    time_before(jiffies, note->at + FRAME_INTERVAL))
			return true;
	return false;
}

/* Returns the note of the page frame, or a new one, or NULL without room. The lock is held. */
static struct note *memory_error_note_of(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < memory_error_nr; i++)
		if (memory_error_notes[i].pfn == pfn)
			return &memory_error_notes[i];
	if (memory_error_nr == NOTES_MAX)
		return NULL;
	memory_error_notes[memory_error_nr] = (struct note){ .pfn = pfn };
	return &memory_error_notes[memory_error_nr++];
}

/**
 * ptc_memory_error_note - have it said whose page table a memory error is in
 * @pfn: any number
 * @uncorrected: what the page held is lost
 *
 * Context: any but NMI.
 */
void ptc_memory_error_note(unsigned long pfn, bool uncorrected)
{
	unsigned long flags, now = jiffies, delay = LOOKUP_INTERVAL;
	struct note *note = NULL;

	spin_lock_irqsave(&memory_error_lock, flags);
	if (!memory_error_is_past(pfn, uncorrected)) {
		note = memory_error_note_of(pfn);
		if (note)
			note->uncorrected |= uncorrected;
		else
			ptc_count(PTC_memory_errors_missed);
	}
	if (time_after(memory_error_rest, now + delay))
		delay = memory_error_rest - now;
	spin_unlock_irqrestore(&memory_error_lock, flags);
	if (note && uncorrected)
		ptc_work_queue_sooner(&memory_error_work, 0);
	else if (note)
		ptc_work_queue_later(&memory_error_work, delay);
}

/* Not all processes could be searched for it: have it looked up again, unless that was often. */
static bool memory_error_again(const struct note *before)
{
	struct note *note = NULL;

	if (before->tries + 1 >= LOOKUP_TRIES)
		return false;
	spin_lock_irq(&memory_error_lock);
	note = memory_error_note_of(before->pfn);
	if (note) {
		note->uncorrected |= before->uncorrected;
		note->tries = before->tries + 1;
	}
	spin_unlock_irq(&memory_error_lock);
	if (note && before->uncorrected)
		ptc_work_queue_sooner(&memory_error_work, HZ);
	else if (note)
		ptc_work_queue_later(&memory_error_work, HZ);
	return note;
}

/* How much of the address space that the table maps has VMAs, in bytes; 0 if it is not known. */
static unsigned long memory_error_bytes(const struct ptc_owner *owner)
{
	unsigned long at = owner->va, end, bytes = 0;
	unsigned int vmas = VMAS_MAX;
	struct ptc_patience patience;
	struct ptc_process process;
	struct vm_area_struct *vma;

	if (owner->va == PTC_NO_VA || owner->level < 0 ||
	    !ptc_process_get_of_mm(owner->pid, owner->mm, &process))
		return 0;
	ptc_patience_for_pass(&patience);
	ptc_patience_for_next_mm(&patience);
	end = ptc_table_end(owner->level, owner->va);
	if (!ptc_mmap_lock(process.mm, &patience)) {
		while (vmas-- && at < end) {
			vma = find_vma(process.mm, at);
			if (!vma || vma->vm_start >= end)
				break;
			bytes += min(vma->vm_end, end) - max(vma->vm_start, owner->va);
			at = vma->vm_end;
		}
		ptc_mmap_unlock(process.mm);
	}
	ptc_process_put(&process);
	return bytes;
}

static const char *memory_error_kind(const struct note *note)
{
	return note->uncorrected ? "uncorrected" : "corrected";
}

static void memory_error_say_user(const struct note *note, const struct ptc_owner *owner,
				  unsigned long bytes)
{
	struct ptc_memory_error error = {
		.pfn = owner->pfn,
		.uncorrected = note->uncorrected,
		.owner = owner,
	};
	char range[64] = "at an address that is not known";

	if (owner->level == PT_CACHE_PGD)
		strscpy(range, "of all addresses", sizeof(range));
	else if (owner->va != PTC_NO_VA && owner->level >= 0)
		scnprintf(range, sizeof(range), "of 0x%lx to 0x%lx", owner->va,
			  ptc_table_end(owner->level, owner->va) - 1);
	pr_warn("%s memory error in page frame 0x%lx: a %s table of %s (%d), %s, with %lu kB mapped there%s%s\n",
		memory_error_kind(note), owner->pfn,
		owner->level < 0 ? "page" : ptc_level_name(owner->level), owner->comm, owner->pid,
		range, bytes / 1024, owner->reason[0] ? ": " : "", owner->reason);
	if (owner->level != PT_CACHE_PTE)
		pr_warn("page frame 0x%lx is in use until %s (%d) ends: end it soon\n", owner->pfn,
			owner->comm, owner->pid);
	else if (!blocking_notifier_call_chain(&memory_error_told, 0, &error))
		pr_warn("page frame 0x%lx is in use until %s (%d) ends: pt_cache_user.ko with on_memory_error=move can move the table\n",
			owner->pfn, owner->comm, owner->pid);
}

static void memory_error_trace(const struct note *note, const struct ptc_owner *owner,
			       unsigned long bytes)
{
	trace_table_memory_error(owner->pfn, owner->pid, owner->mm, owner->level,
				 owner->va == PTC_NO_VA ? 0 : owner->va, bytes, note->uncorrected);
}

/* What is no page table is not spoken of. */
static void memory_error_say(const struct note *note, const struct ptc_owner *owner)
{
	unsigned long bytes = 0;

	switch (owner->kind) {
	case PTC_KIND_USER:
		bytes = memory_error_bytes(owner);
		memory_error_trace(note, owner, bytes);
		memory_error_say_user(note, owner, bytes);
		break;
	case PTC_KIND_KERNEL:
		memory_error_trace(note, owner, bytes);
		pr_warn("%s memory error in page frame 0x%lx: a %s table of the kernel: plan a reboot\n",
			memory_error_kind(note), owner->pfn,
			owner->level < 0 ? "page" : ptc_level_name(owner->level));
		break;
	case PTC_KIND_CACHED_FREE:
	case PTC_KIND_UNOWNED:
	case PTC_KIND_UNSEARCHED:
		memory_error_trace(note, owner, bytes);
		pr_warn("%s memory error in page frame 0x%lx: %s%s%s\n", memory_error_kind(note),
			owner->pfn, owner->kind == PTC_KIND_CACHED_FREE ?
			"a free page of a cache of pt_cache" : "a page table that nobody was found for",
			owner->reason[0] ? ": " : "", owner->reason);
		break;
	default:
		break;
	}
}

static bool memory_error_is_table(const struct ptc_owner *owner)
{
	return owner->kind != PTC_KIND_NONE && owner->kind != PTC_KIND_UNKNOWN;
}

/* Move the notes to @taken, and remember when. Returns how many they are. */
static unsigned int memory_error_take(struct note *taken)
{
	unsigned int nr, i;

	spin_lock_irq(&memory_error_lock);
	nr = memory_error_nr;
	for (i = 0; i < nr; i++) {
		memory_error_notes[i].at = jiffies ?: 1;
		taken[i] = memory_error_notes[i];
		memory_error_past[memory_error_next_past++ % NOTES_MAX] = memory_error_notes[i];
	}
	memory_error_nr = 0;
	spin_unlock_irq(&memory_error_lock);
	return nr;
}

/* The notes that a lookup is for, and the lookup. */
struct memory_errors {
	struct note taken[NOTES_MAX];
	unsigned long pfns[NOTES_MAX];
	struct ptc_owner owner;
	struct ptc_lookup lookup;
};

/* An answer for a note: one of its owners. */
static void memory_error_answer(const struct note *note, const struct ptc_owner *owner,
				unsigned int nth)
{
	if (owner->kind == PTC_KIND_UNSEARCHED && memory_error_again(note))
		return;
	if (!nth && memory_error_is_table(owner))
		ptc_count(PTC_memory_errors);
	if (nth < OWNERS_NAMED)
		memory_error_say(note, owner);
}

/* After a lookup that took so long. What those do who are told of an error is not counted. */
static void memory_error_set_rest(unsigned long took)
{
	unsigned long rest = jiffies + min(took * LOOKUP_SHARE, REST_MAX);

	spin_lock_irq(&memory_error_lock);
	if (time_after(rest, memory_error_rest))
		memory_error_rest = rest;
	spin_unlock_irq(&memory_error_lock);
}

static void memory_error_look_up(struct memory_errors *all, unsigned int nr)
{
	unsigned int i, owners = 0, tries = MEMORY_TRIES;
	unsigned long began = jiffies;
	int ret;

	for (i = 0; i < nr; i++)
		all->pfns[i] = all->taken[i].pfn;
	ptc_lookup_begin(&all->lookup, all->pfns, nr);
	while ((ret = ptc_lookup_next(&all->lookup, &all->owner)) == -ENOMEM && tries--)
		msleep(MEMORY_WAIT_MS);
	memory_error_set_rest(jiffies - began);
	if (ret < 0) {
		ptc_count_add(PTC_memory_errors_missed, nr);
		return;
	}
	/* answers come in the order of the notes, one or more for each */
	for (i = 0; ret > 0; ret = ptc_lookup_next(&all->lookup, &all->owner)) {
		for (; all->taken[i].pfn != all->owner.pfn && i + 1 < nr; i++)
			owners = 0;
		memory_error_answer(&all->taken[i], &all->owner, owners++);
	}
}

static void memory_error_pass(struct memory_errors *all)
{
	unsigned int nr = memory_error_take(all->taken);

	if (nr)
		memory_error_look_up(all, nr);
}

static void memory_error_do(struct work_struct *work)
{
	struct memory_errors *all = ptc_fallible(kvmalloc(sizeof(*all), GFP_KERNEL), NULL);

	if (all)
		memory_error_pass(all);
	else
		ptc_work_queue_later(&memory_error_work, HZ); /* memory is short: later */
	kvfree(all);
}

/**
 * ptc_memory_error_tell - be told of memory errors in PTE tables of processes
 * @whom: notifier_call() gets a struct ptc_memory_error, which is valid for the call, in process
 *	context, and may sleep. It returns NOTIFY_OK if it has said what becomes of the table
 *
 * Context: process context, may sleep.
 * Return: none.
 */
void ptc_memory_error_tell(struct notifier_block *whom)
{
	blocking_notifier_chain_register(&memory_error_told, whom);
}
EXPORT_SYMBOL_GPL(ptc_memory_error_tell);

/**
 * ptc_memory_error_untell - have it told no more
 * @whom: is not being told any more when this returns
 *
 * Context: process context, may sleep.
 * Return: none.
 */
void ptc_memory_error_untell(struct notifier_block *whom)
{
	blocking_notifier_chain_unregister(&memory_error_told, whom);
}
EXPORT_SYMBOL_GPL(ptc_memory_error_untell);

/* Nobody notes an error any more. Called before the workqueue is destroyed. */
void ptc_memory_error_exit(void)
{
	cancel_delayed_work_sync(&memory_error_work);
}
