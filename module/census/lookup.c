// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the mms that page frames are tables of, many at a time. (The 2020 proposal recorded the mm
 * in struct page for this: to trace a memory error in a page table to its process.)
 *
 * What costs least comes first, and decides what else is done:
 *
 *	The side table has the owners of our own tables. struct page tells what is no page table,
 *	or is marked as one (compat/page_type.h).
 *
 *	Then init_mm's tables are walked, once for all page frames, for those that are marked, and
 *	for those that are not: tables of boot time bear no mark.
 *
 *	Then the processes, each once, for the marked ones that are left. On kernels that do not
 *	mark all levels of a process's tables, also for those that are not marked. So on the others
 *	a page frame without a mark costs no process anything.
 *
 *	At last the processes of our own tables, for the addresses that these map.
 *
 * A walk ends when it can find nothing more. Tables that hugetlb shares are the exception: they
 * are looked for in all processes.
 *
 * Answers are given when all searches are over. So a search that a signal interrupts can walk the
 * process again that it was in: an mm that is already noted is not noted again.
 *
 * The system keeps running meanwhile. A page frame may be freed after it was found, or become a
 * table after it was passed; what is not found is looked at a second time before it is judged.
 */
#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "alloc/index.h"
#include "alloc/record.h"
#include "census/arch.h"
#include "census/kernel_walk.h"
#include "census/lookup.h"
#include "compat/page_type.h"
#include "compat/ptdesc.h"

/* The searches that a page frame needs. */
enum lookup_search {
	LOOKUP_IN_KERNEL = BIT(0),
	LOOKUP_IN_PROCESSES = BIT(1),
	LOOKUP_VA = BIT(2),		/* in the mm that its owner is known to be */
};

/* What is remarked: where an owner is known from, and what is special about a table's place. */
enum lookup_note {
	LOOKUP_NO_NOTE,
	LOOKUP_HANDED_OUT,
	LOOKUP_LENT,
	LOOKUP_RETIRED,
	LOOKUP_DYING,
	LOOKUP_LEFT,
	LOOKUP_DEPOSITED,
	LOOKUP_SHARED,
	LOOKUP_SECOND_PAGE,
	LOOKUP_LDT,
};

static const char *lookup_text(enum lookup_note note)
{
	switch (note) {
	case LOOKUP_HANDED_OUT:
		return "handed out by a cache of pt_cache";
	case LOOKUP_LENT:
		return "lent to the kernel by a cache of pt_cache";
	case LOOKUP_RETIRED:
		return "retired: found dirty, hwpoisoned or in a bad state; never handed out again";
	case LOOKUP_DYING:
		return "freed by a tree; can be reused after an RCU grace period";
	case LOOKUP_LEFT:
		return "freed by the kernel; its cache has not taken it back yet";
	case LOOKUP_DEPOSITED:
		return "deposited: reserved for the split of a huge page; no entry points to it";
	case LOOKUP_SHARED:
		return "shared: hugetlb uses one table for several processes";
	case LOOKUP_SECOND_PAGE:
		return ptc_pgd_second_page();
	case LOOKUP_LDT:
		return "maps the process's LDT";
	default:
		return NULL;
	}
}

static void lookup_remark(struct ptc_owner *owner, const char *text)
{
	size_t length = strlen(owner->reason);

	if (text)
		scnprintf(owner->reason + length, sizeof(owner->reason) - length, "%s%s",
			  length ? "; " : "", text);
}

static void lookup_remark_number(struct ptc_owner *owner, const char *text, unsigned int number)
{
	size_t length = strlen(owner->reason);

	if (number)
		scnprintf(owner->reason + length, sizeof(owner->reason) - length, "%s%s: %u",
			  length ? "; " : "", text, number);
}

static void lookup_remark_busy(const struct ptc_lookup *lookup, struct ptc_owner *owner)
{
	lookup_remark_number(owner, "processes that were not searched, or not wholly, as their mmap lock was held",
			     lookup->busy);
}

/* ---- page frames ---- */

/* Returns the index of a page frame that is looked for, or -1. Called for each table of a walk. */
static int lookup_index(const struct ptc_lookup *lookup, unsigned long pfn)
{
	const unsigned long *pfns = lookup->pfns;
	unsigned int first = 0, end = lookup->nr;

	while (first < end) {
		unsigned int middle = (first + end) / 2;
		unsigned long at = pfns[middle];

		if (at == pfn)
			return middle;
		if (at < pfn)
			first = middle + 1;
		else
			end = middle;
	}
	return -1;
}

/* The frames of which a search goes on; that of a va, in this mm. */
static unsigned int lookup_count(const struct ptc_lookup *lookup, unsigned int searches,
				 unsigned long mm)
{
	unsigned int i, nr = 0;

	for (i = 0; i < lookup->nr; i++) {
		unsigned int open = lookup->frames[i].open & searches;

		nr += (open & ~LOOKUP_VA) || (open && lookup->owners[i].mm == mm);
	}
	return nr;
}

/* The first owner of a page frame is found. */
static struct ptc_lookup_owner *lookup_found(struct ptc_lookup *lookup, unsigned int i,
					     enum ptc_kind kind)
{
	struct ptc_lookup_frame *frame = &lookup->frames[i];
	struct ptc_lookup_owner *owner = &lookup->owners[i];

	frame->found = true;
	frame->kind = kind;
	frame->last = i;
	*owner = (struct ptc_lookup_owner){ .level = -1, .va = PTC_NO_VA };
	return owner;
}

/*
 * Note an owner of a page frame that may have others. Returns NULL if it is noted already, or if
 * there is no room.
 */
static struct ptc_lookup_owner *lookup_found_another(struct ptc_lookup *lookup, unsigned int i,
						     unsigned long mm)
{
	struct ptc_lookup_frame *frame = &lookup->frames[i];
	unsigned int at = i;

	if (!frame->found)
		return lookup_found(lookup, i, PTC_KIND_USER);
	do {
		if (lookup->owners[at].mm == mm)
			return NULL;
		at = lookup->owners[at].next;
	} while (at);
	if (lookup->nr_owners == ARRAY_SIZE(lookup->owners)) {
		frame->unlisted += frame->unlisted_mm != mm;
		frame->unlisted_mm = mm;
		return NULL;
	}
	at = lookup->nr_owners++;
	lookup->owners[frame->last].next = at;
	frame->last = at;
	lookup->owners[at] = (struct ptc_lookup_owner){};
	return &lookup->owners[at];
}

/* ---- what is known without a walk ---- */

static void lookup_name_record(struct ptc_lookup *lookup, unsigned int i,
			       const struct ptc_record *record)
{
	enum ptc_kind kind = record->mm ? PTC_KIND_USER : PTC_KIND_KERNEL;
	struct ptc_lookup_owner *owner = lookup_found(lookup, i, kind);

	owner->source = LOOKUP_HANDED_OUT;
	owner->level = ptc_tag_level(record->tag);
	if (!record->mm)
		return;
	owner->mm = (unsigned long)record->mm;
	owner->pid = record->pid;
	memcpy(owner->comm, record->comm, TASK_COMM_LEN);
	if (ptc_tag_is_lent(record->tag))
		owner->source = LOOKUP_LENT;
	if (!(record->tag & PTC_TAG_TREE)) /* a tree is no part of the process's own */
		lookup->frames[i].open = LOOKUP_VA;
}

/*
 * Copy the record of the table that a page of a block belongs to. In a table of a higher order
 * that is the record of its first page.
 */
static bool lookup_copy_record(const struct ptc_block *block, unsigned int at,
			       struct ptc_record *copy)
{
	unsigned int order;

	for (order = 0; order <= block->order; order++) {
		if (ptc_record_copy(block, round_down(at, 1U << order), copy) &&
		    ptc_tag_order(copy->tag) >= order)
			return true;
	}
	return false;
}

static enum lookup_note lookup_note_of_free(enum ptc_record_state state)
{
	switch (state) {
	case PTC_QUARANTINED:
		return LOOKUP_RETIRED;
	case PTC_DYING:
		return LOOKUP_DYING;
	case PTC_OUT:
		return LOOKUP_LEFT;
	default:
		return LOOKUP_NO_NOTE;
	}
}

/* Look a page frame up in the side table. Returns false if the page is not ours. */
static bool lookup_in_side_table(struct ptc_lookup *lookup, unsigned int i)
{
	unsigned long pfn = lookup->pfns[i];
	enum ptc_record_state state;
	struct ptc_record copy;
	struct ptc_block *block;
	bool ours = false;

	rcu_read_lock();
	block = ptc_index_find(pfn);
	if (!block)
		goto out;
	state = ptc_tag_state(ptc_record_tag(&block->records[pfn - block->pfn]));
	ours = true;
	if (lookup_copy_record(block, pfn - block->pfn, &copy))
		lookup_name_record(lookup, i, &copy);
	else if (state == PTC_RETURNED)
		ours = false;
	else
		lookup_found(lookup, i, PTC_KIND_CACHED_FREE)->source = lookup_note_of_free(state);
out:
	rcu_read_unlock();
	return ours;
}

#define LOOKUP_ALL_LEVELS	(BIT(PT_CACHE_PGD + 1) - 1)

/* May the page be a table of a process, though it is not marked? */
static bool lookup_may_lack_mark(struct page *page)
{
	if (ptc_page_in_slab(page))
		return ptc_pgd_in_slab();
	return (PTC_MARKED_LEVELS & LOOKUP_ALL_LEVELS) != LOOKUP_ALL_LEVELS;
}

/* Find out what can be known without a walk, and which searches are needed. */
static void lookup_read_page(struct ptc_lookup *lookup, unsigned int i)
{
	struct page *page = pfn_to_online_page(lookup->pfns[i]);
	struct ptc_lookup_frame *frame = &lookup->frames[i];

	if (!page || lookup_in_side_table(lookup, i))
		return;
	frame->marked = ptc_page_is_marked(page);
	if (!frame->marked && ptc_page_no_table(page))
		return;
	if (frame->marked || lookup_may_lack_mark(page))
		frame->searches |= LOOKUP_IN_PROCESSES;
	if (frame->marked || !ptc_page_in_slab(page))
		frame->searches |= LOOKUP_IN_KERNEL;
	frame->open = frame->searches;
}

static void lookup_read_pages(struct ptc_lookup *lookup)
{
	unsigned int i;

	for (i = 0; i < lookup->nr; i++)
		lookup_read_page(lookup, i);
}

/* ---- init_mm ---- */

/* Context: as visit() of struct ptc_visitor. */
static bool lookup_visit_kernel(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct ptc_lookup *lookup = container_of(visitor, struct ptc_lookup, visitor);
	int i = lookup_index(lookup, table->pfn);
	struct ptc_lookup_owner *owner;

	if (i >= 0 && lookup->frames[i].open & LOOKUP_IN_KERNEL) {
		owner = lookup_found(lookup, i, PTC_KIND_KERNEL);
		owner->level = table->level;
		owner->va = table->va;
		lookup->frames[i].open = 0;
		lookup->left--;
	}
	return lookup->left;
}

/* Returns 0, -EINTR or -ENOMEM. */
static int lookup_search_kernel(struct ptc_lookup *lookup)
{
	lookup->left = lookup_count(lookup, LOOKUP_IN_KERNEL, 0);
	if (!lookup->left)
		return 0;
	lookup->visitor = (struct ptc_visitor){ .visit = lookup_visit_kernel };
	return min(ptc_kernel_walk(&lookup->visitor), 0);
}

/* ---- processes ---- */

static enum lookup_note lookup_note_of_place(const struct ptc_mm_table *table, bool second_page)
{
	if (table->deposited)
		return LOOKUP_DEPOSITED;
	if (table->share_count > 0)
		return LOOKUP_SHARED;
	if (second_page)
		return LOOKUP_SECOND_PAGE;
	if (table->va >= PTC_LDT_START && table->va < PTC_LDT_END)
		return LOOKUP_LDT;
	return LOOKUP_NO_NOTE;
}

static void lookup_set_place(struct ptc_lookup_owner *owner, const struct ptc_mm_table *table,
			     bool second_page)
{
	owner->va = table->va;
	owner->place = lookup_note_of_place(table, second_page);
}

static void lookup_note_owner(struct ptc_lookup *lookup, unsigned int i,
			      const struct ptc_mm_table *table, bool second_page)
{
	const struct ptc_process *process = lookup->process;
	unsigned long mm = (unsigned long)process->mm;
	struct ptc_lookup_owner *owner = lookup_found_another(lookup, i, mm);

	if (!owner)
		return;
	owner->level = table->level;
	owner->mm = mm;
	owner->pid = process->pid;
	memcpy(owner->comm, process->comm, TASK_COMM_LEN);
	lookup_set_place(owner, table, second_page);
}

/* A page frame that is looked for, if this search is for it, is in this table. */
static void lookup_found_in_process(struct ptc_lookup *lookup, unsigned int i,
				    const struct ptc_mm_table *table, bool second_page)
{
	struct ptc_lookup_frame *frame = &lookup->frames[i];
	unsigned int searches = frame->open & lookup->serves;

	if (searches & LOOKUP_VA) {
		if (lookup->owners[i].mm != (unsigned long)lookup->process->mm)
			return;
		lookup_set_place(&lookup->owners[i], table, second_page);
	} else if (searches & LOOKUP_IN_PROCESSES) {
		lookup_note_owner(lookup, i, table, second_page);
		if (table->share_count > 0) /* others have it, too */
			return;
	} else {
		return;
	}
	frame->open = 0;
	lookup->left--;
}

/*
 * A table that is not looked for costs a search among the page frames; preemption is off.
 * Context: as visit() of struct ptc_visitor.
 */
static bool lookup_visit_process(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct ptc_lookup *lookup = container_of(visitor, struct ptc_lookup, visitor);
	unsigned int pages = table->level == PT_CACHE_PGD ? ptc_pgd_pages() : 1, page;

	for (page = 0; page < pages; page++) {
		int i = lookup_index(lookup, table->pfn + page);

		if (i >= 0)
			lookup_found_in_process(lookup, i, table, page > 0);
	}
	return lookup->left;
}

/* The va of tables in this mm is not searched for any more. */
static void lookup_end_va(struct ptc_lookup *lookup, unsigned long mm)
{
	unsigned int i;

	for (i = 0; i < lookup->nr; i++)
		if (lookup->owners[i].mm == mm)
			lookup->frames[i].open &= ~LOOKUP_VA;
}

/* Walk a process. Returns 0 or -EINTR, after which it is to be walked again. */
static int lookup_walk_process(struct ptc_lookup *lookup, const struct ptc_process *process,
			       unsigned int searches)
{
	unsigned long mm = (unsigned long)process->mm;
	int ret;

	lookup->left = lookup_count(lookup, searches, mm);
	if (!lookup->left)
		return 0;
	lookup->serves = searches;
	lookup->process = process;
	lookup->visitor = (struct ptc_visitor){ .visit = lookup_visit_process };
	ptc_mm_walk_begin(&lookup->walk, process->mm, &lookup->visitor, &lookup->patience);
	ret = ptc_mm_walk(&lookup->walk);
	lookup->process = NULL;
	if (ret < 0 && ret != -EBUSY)
		return ret;
	if (ret == -EBUSY && searches & LOOKUP_IN_PROCESSES)
		lookup->busy++;
	lookup_end_va(lookup, mm);
	return 0;
}

/* A table of ours may be older than the pid of its process. */
static bool lookup_is_unnamed(const struct ptc_lookup *lookup, unsigned int i)
{
	return lookup->frames[i].found && lookup->owners[i].pid == PTC_PID_NOT_YET;
}

static bool lookup_has_unnamed(const struct ptc_lookup *lookup)
{
	unsigned int i;

	for (i = 0; i < lookup->nr; i++)
		if (lookup_is_unnamed(lookup, i))
			return true;
	return false;
}

static void lookup_name_process(struct ptc_lookup *lookup, const struct ptc_process *process)
{
	unsigned int i;

	for (i = 0; i < lookup->nr; i++) {
		struct ptc_lookup_owner *owner = &lookup->owners[i];

		if (!lookup_is_unnamed(lookup, i) || owner->mm != (unsigned long)process->mm)
			continue;
		owner->pid = process->pid;
		memcpy(owner->comm, process->comm, TASK_COMM_LEN);
	}
}

/*
 * Walk the processes in the order of their pids, as long as there is something to find. Returns 0
 * or -EINTR.
 */
static int lookup_search_processes(struct ptc_lookup *lookup)
{
	struct ptc_process process;
	int ret;

	for (;;) {
		bool walk = lookup_count(lookup, LOOKUP_IN_PROCESSES, 0);

		if (!walk && !lookup_has_unnamed(lookup))
			return 0;
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		ret = ptc_process_next(lookup->pid, NULL, &process);
		if (ret <= 0)
			return ret;
		lookup_name_process(lookup, &process);
		if (walk)
			ret = lookup_walk_process(lookup, &process,
						  LOOKUP_IN_PROCESSES | LOOKUP_VA);
		/* a resumed lookup walks a process again in which it was interrupted */
		lookup->pid = ret < 0 ? process.pid : process.pid + 1;
		ptc_process_put(&process);
		if (ret < 0)
			return ret;
	}
}

/* Find the address that a table of ours maps. Not finding it is no error. Returns 0 or -EINTR. */
static int lookup_search_owner(struct ptc_lookup *lookup, const struct ptc_lookup_owner *owner)
{
	struct pid *pid = owner->pid > 0 ? ptc_process_find(owner->pid) : NULL;
	struct ptc_process process;
	int ret;

	if (!pid)
		return 0;
	ret = ptc_process_get(pid, &process);
	put_pid(pid);
	if (ret)
		return 0;
	/* that of a later process of this pid is walked only if its own tables are looked for */
	ret = lookup_walk_process(lookup, &process, LOOKUP_VA);
	ptc_process_put(&process);
	return ret;
}

static int lookup_search_va(struct ptc_lookup *lookup)
{
	int ret = 0;

	for (; lookup->at < lookup->nr; lookup->at++) {
		if (lookup->frames[lookup->at].open & LOOKUP_VA)
			ret = lookup_search_owner(lookup, &lookup->owners[lookup->at]);
		if (ret)
			break;
	}
	return ret;
}

/* Do all searches, or go on with them. Returns 0, -EINTR or -ENOMEM. */
static int lookup_search(struct ptc_lookup *lookup)
{
	int ret = 0;

	for (; !ret && lookup->stage < PTC_LOOKUP_DONE; lookup->stage += !ret) {
		switch (lookup->stage) {
		case PTC_LOOKUP_PAGES:
			lookup_read_pages(lookup);
			break;
		case PTC_LOOKUP_KERNEL:
			ret = lookup_search_kernel(lookup);
			break;
		case PTC_LOOKUP_PROCESSES:
			ret = lookup_search_processes(lookup);
			break;
		default:
			ret = lookup_search_va(lookup);
		}
	}
	return ret;
}

/* ---- answers ---- */

/*
 * No search has found the page frame. It is looked at again, as it may have been freed since it
 * was read, or may have become a table.
 */
static void lookup_judge(const struct ptc_lookup *lookup, unsigned int i, struct ptc_owner *owner)
{
	const struct ptc_lookup_frame *frame = &lookup->frames[i];
	struct page *page = pfn_to_online_page(lookup->pfns[i]);
	bool marked = page && ptc_page_is_marked(page);
	const char *proof = !page ? "no online memory at this page frame" :
			    marked ? NULL : ptc_page_no_table(page);

	owner->kind = PTC_KIND_UNKNOWN;
	if (proof) {
		owner->kind = PTC_KIND_NONE;
		lookup_remark(owner, proof);
	} else if (marked && !(frame->searches & LOOKUP_IN_PROCESSES)) {
		lookup_remark(owner, "it has become a page table since the search began");
	} else if (frame->marked && !marked) {
		lookup_remark(owner, "it was a page table when the search began, and is not marked as one any more");
	} else if (frame->searches & LOOKUP_IN_PROCESSES && lookup->busy) {
		owner->kind = PTC_KIND_UNSEARCHED;
		lookup_remark_busy(lookup, owner);
	} else if (marked) {
		owner->kind = PTC_KIND_UNOWNED;
		lookup_remark(owner, "marked as a page table, but found in no process: it belongs to an exiting process or to a kernel mm (text poking, EFI)");
	} else if (ptc_page_in_slab(page)) {
		lookup_remark(owner, "in a slab: no table of a process or of the kernel, but drivers may keep their devices' tables there");
	} else {
		lookup_remark(owner, "no table of a process or of the kernel was found here, but tables of KVM, IOMMUs and drivers bear no mark");
	}
}

static void lookup_name(const struct ptc_lookup *lookup, unsigned int i,
			const struct ptc_lookup_owner *found, struct ptc_owner *owner)
{
	const struct ptc_lookup_frame *frame = &lookup->frames[i];

	owner->kind = frame->kind;
	owner->level = found->level;
	owner->mm = found->mm;
	owner->va = found->va;
	owner->pid = found->pid == PTC_PID_NOT_YET ? 0 : found->pid;
	memcpy(owner->comm, found->comm, TASK_COMM_LEN);
	lookup_remark(owner, lookup_text(found->source));
	lookup_remark(owner, lookup_text(found->place));
	if (found->next)
		return;
	lookup_remark_number(owner, "further owners, for which there is no room",
			     frame->unlisted);
	if (frame->open & LOOKUP_IN_PROCESSES) /* a shared table: there may be more owners */
		lookup_remark_busy(lookup, owner);
}

static void lookup_answer(struct ptc_lookup *lookup, struct ptc_owner *owner)
{
	unsigned long pfn = lookup->given[lookup->next_given];
	unsigned int i = lookup_index(lookup, pfn);
	const struct ptc_lookup_owner *found = &lookup->owners[lookup->next_owner ?: i];

	memset(owner, 0, sizeof(*owner));
	owner->pfn = pfn;
	owner->level = -1;
	owner->va = PTC_NO_VA;
	if (lookup->frames[i].found) {
		lookup_name(lookup, i, found, owner);
		lookup->next_owner = found->next;
	} else {
		lookup_judge(lookup, i, owner);
	}
	if (!lookup->next_owner)
		lookup->next_given++;
}

static int lookup_compare(const void *a, const void *b)
{
	unsigned long pfn_a = *(const unsigned long *)a, pfn_b = *(const unsigned long *)b;

	return pfn_a < pfn_b ? -1 : pfn_a > pfn_b;
}

/**
 * ptc_lookup_begin - start looking for page frames
 * @lookup: the caller's; too large for the stack
 * @pfns: any numbers, also such without memory, and the same more than once; copied
 * @nr: at most PTC_LOOKUP_PFNS
 *
 * Context: process context, may sleep.
 */
void ptc_lookup_begin(struct ptc_lookup *lookup, const unsigned long *pfns, unsigned int nr)
{
	unsigned int i;

	if (WARN_ON_ONCE(nr > PTC_LOOKUP_PFNS))
		nr = PTC_LOOKUP_PFNS;
	memset(lookup, 0, offsetof(struct ptc_lookup, walk));
	lookup->nr_given = nr;
	memcpy(lookup->given, pfns, nr * sizeof(*pfns));
	memcpy(lookup->pfns, pfns, nr * sizeof(*pfns));
	sort(lookup->pfns, nr, sizeof(*pfns), lookup_compare, NULL);
	for (i = 0; i < nr; i++)
		if (!lookup->nr || lookup->pfns[lookup->nr - 1] != lookup->pfns[i])
			lookup->pfns[lookup->nr++] = lookup->pfns[i];
	lookup->nr_owners = lookup->nr; /* the first owner of each has its place */
	ptc_patience_for_pass(&lookup->patience);
}

/**
 * ptc_lookup_next - the next owner of the page frames
 * @lookup: from ptc_lookup_begin()
 * @owner: filled
 *
 * In the order in which the page frames were given. Each has one owner; a table that hugetlb
 * shares has several, one after the other. The first call does all that takes long: it walks what
 * has to be walked, each process at most once. After an error it may be called again, and goes on.
 *
 * Context: process context, may sleep. Acquires the mmap locks of processes, one at a time.
 * Return: 1, 0 if there is no other owner, -EINTR on a signal, -ENOMEM.
 */
int ptc_lookup_next(struct ptc_lookup *lookup, struct ptc_owner *owner)
{
	int ret = lookup_search(lookup);

	if (ret)
		return ret;
	if (lookup->next_given == lookup->nr_given)
		return 0;
	lookup_answer(lookup, owner);
	return 1;
}
