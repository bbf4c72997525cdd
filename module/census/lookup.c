// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the mm that a page frame is a table of. A table of ours is in the side table; for any other
 * page frame all mms are walked until it is found. (The 2020 proposal recorded the mm in struct
 * page for this: to trace a memory error in a page table to its process.)
 */
#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "alloc/index.h"
#include "census/kernel_walk.h"
#include "census/arch.h"
#include "census/lookup.h"
#include "compat/ptdesc.h"
#include "alloc/record.h"

static void lookup_clear_owner(struct ptc_owner *owner, enum ptc_kind kind, const char *reason)
{
	memset(owner, 0, sizeof(*owner));
	owner->kind = kind;
	owner->level = -1;
	owner->va = PTC_NO_VA;
	owner->reason = reason;
}

static void lookup_name_record(struct ptc_owner *owner, const struct ptc_record *record)
{
	lookup_clear_owner(owner, record->mm ? PTC_KIND_USER : PTC_KIND_KERNEL,
			   "handed out by a cache of pt_cache");
	owner->level = ptc_tag_level(record->tag);
	if (!record->mm)
		return;
	owner->mm = (unsigned long)record->mm;
	owner->pid = record->pid;
	memcpy(owner->comm, record->comm, TASK_COMM_LEN);
	if (ptc_tag_is_lent(record->tag))
		owner->reason = "lent to the kernel by a cache of pt_cache";
}

/*
 * Copy the record of the table that a page of a block belongs to. In a table of a higher order that
 * is the record of its first page.
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

/* Fill @owner from the side table. Returns false if the page is not ours: the walks find it. */
static bool lookup_in_side_table(unsigned long pfn, struct ptc_owner *owner)
{
	struct ptc_record copy;
	struct ptc_block *block;
	bool known = true;

	rcu_read_lock();
	block = ptc_index_find(pfn);
	if (!block) {
		known = false;
	} else if (lookup_copy_record(block, pfn - block->pfn, &copy)) {
		lookup_name_record(owner, &copy);
	} else {
		switch (ptc_tag_state(ptc_record_tag(&block->records[pfn - block->pfn]))) {
		case PTC_QUARANTINED:
			lookup_clear_owner(owner, PTC_KIND_CACHED_FREE,
					   "retired: found dirty, hwpoisoned or in a bad state; never handed out again");
			break;
		case PTC_RETURNED:
			known = false;
			break;
		case PTC_DYING:
			lookup_clear_owner(owner, PTC_KIND_CACHED_FREE,
					   "freed by a tree; can be reused after an RCU grace period");
			break;
		case PTC_OUT:
			lookup_clear_owner(owner, PTC_KIND_CACHED_FREE,
					   "freed by the kernel; its cache has not taken it back yet");
			break;
		default:
			lookup_clear_owner(owner, PTC_KIND_CACHED_FREE, NULL);
		}
	}
	rcu_read_unlock();
	return known;
}

static bool lookup_is_it(const struct ptc_lookup *lookup, const struct ptc_mm_table *table)
{
	unsigned int pages = table->level == PT_CACHE_PGD && lookup->stage != PTC_LOOKUP_KERNEL ?
			     ptc_pgd_pages() : 1;

	return lookup->pfn - table->pfn < pages;
}

/* Ends the walk at the first table that contains the page frame. */
static bool lookup_visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct ptc_lookup *lookup = container_of(visitor, struct ptc_lookup, visitor);
	struct ptc_owner *owner = lookup->owner;

	if (!lookup_is_it(lookup, table))
		return true;
	lookup_clear_owner(owner, PTC_KIND_USER, NULL);
	owner->level = table->level;
	owner->va = table->va;
	lookup->shared |= table->share_count > 0;
	if (table->deposited)
		owner->reason = "deposited: reserved for the split of a huge page; no entry points to it";
	else if (table->share_count > 0)
		owner->reason = "shared: hugetlb uses one table for several processes";
	else if (lookup->pfn != table->pfn)
		owner->reason = ptc_pgd_second_page();
	else if (table->va >= PTC_LDT_START && table->va < PTC_LDT_END)
		owner->reason = "maps the process's LDT";
	return false;
}

/**
 * ptc_lookup_begin - start looking for a page frame
 * @lookup: the caller's; too large for the stack
 * @pfn: any number, also one without memory
 */
void ptc_lookup_begin(struct ptc_lookup *lookup, unsigned long pfn)
{
	lookup->pfn = pfn;
	lookup->stage = PTC_LOOKUP_BEGIN;
	lookup->pid = 0;
	ptc_patience_for_pass(&lookup->patience);
	lookup->found = lookup->shared = false;
	lookup->visitor = (struct ptc_visitor){ .visit = lookup_visit };
}

/*
 * Is a page frame a table of this address space? Returns 1 or 0, or -EINTR.
 * Context: process context, may sleep; acquires the mm's mmap lock.
 */
int ptc_lookup_in_space(struct ptc_lookup *lookup, const struct ptc_space *space,
			unsigned long pfn)
{
	ptc_lookup_begin(lookup, pfn);
	lookup->stage = PTC_LOOKUP_PROCESSES;
	lookup->owner = &lookup->unnamed;
	ptc_mm_walk_begin_space(&lookup->walk, space, &lookup->visitor, &lookup->patience);
	return ptc_mm_walk(&lookup->walk);
}

/* Find the next process that has the table. Returns 1, 0 if there is none, or -EINTR. */
static int lookup_next_process(struct ptc_lookup *lookup)
{
	struct ptc_process process;
	int ret;

	while ((ret = ptc_process_next(lookup->pid, NULL, &process)) > 0) {
		lookup->pid = process.pid + 1;
		ptc_mm_walk_begin(&lookup->walk, process.mm, &lookup->visitor,
				  &lookup->patience);
		ret = ptc_mm_walk(&lookup->walk);
		if (ret > 0) {
			lookup->owner->mm = (unsigned long)process.mm;
			lookup->owner->pid = process.pid;
			memcpy(lookup->owner->comm, process.comm, TASK_COMM_LEN);
		} else if (ret < 0) {
			lookup->pid = process.pid; /* a resumed lookup walks this process again */
		}
		ptc_process_put(&process);
		if (ret)
			return ret;
	}
	return ret;
}

/* The record may be older than the pid of a process being forked. Returns 1, or -EINTR. */
static int lookup_name_process(struct ptc_owner *owner)
{
	int ret = 1;

	if (owner->pid == PTC_PID_NOT_YET) {
		owner->pid = 0;
		ret = ptc_process_of_mm(owner->mm, &owner->pid, owner->comm);
	}
	return ret < 0 ? ret : 1;
}

static void lookup_name_unowned(const struct ptc_lookup *lookup, struct ptc_owner *owner)
{
	struct page *page = pfn_to_online_page(lookup->pfn);

	if (page && PageTable(page))
		lookup_clear_owner(owner, PTC_KIND_UNOWNED,
				   "typed as a page table, but found in no process: it belongs to an exiting process or to a kernel mm (text poking, EFI)");
	else
		lookup_clear_owner(owner, PTC_KIND_NONE, page ? NULL : "no online memory at this page frame");
}

/**
 * ptc_lookup_next - the next owner of the page frame
 * @lookup: from ptc_lookup_begin()
 * @owner: filled
 *
 * Each page frame has one owner, of PTC_KIND_NONE if it is not a table. A table that hugetlb shares
 * has several.
 *
 * Context: process context, may sleep; acquires the mmap locks of all processes, one at a time.
 * Return: 1, 0 if there is no other owner, -EINTR on a signal, -ENOMEM.
 */
int ptc_lookup_next(struct ptc_lookup *lookup, struct ptc_owner *owner)
{
	int ret;

	lookup->owner = owner;
	if (lookup->stage == PTC_LOOKUP_BEGIN) {
		if (!pfn_to_online_page(lookup->pfn)) {
			lookup_name_unowned(lookup, owner);
			lookup->stage = PTC_LOOKUP_DONE;
			return 1;
		}
		if (lookup_in_side_table(lookup->pfn, owner)) {
			ret = lookup_name_process(owner);
			if (ret > 0)
				lookup->stage = PTC_LOOKUP_DONE;
			return ret;
		}
		lookup->stage = PTC_LOOKUP_PROCESSES;
	}
	if (lookup->stage == PTC_LOOKUP_PROCESSES) {
		ret = lookup_next_process(lookup);
		if (ret < 0)
			return ret;
		if (ret > 0) {
			lookup->found = true;
			if (!lookup->shared)
				lookup->stage = PTC_LOOKUP_DONE;
			return 1;
		}
		lookup->stage = lookup->found ? PTC_LOOKUP_DONE : PTC_LOOKUP_KERNEL;
	}
	if (lookup->stage == PTC_LOOKUP_KERNEL) {
		ret = ptc_kernel_walk(&lookup->visitor);
		if (ret < 0)
			return ret;
		if (ret)
			owner->kind = PTC_KIND_KERNEL;
		else
			lookup_name_unowned(lookup, owner);
		lookup->stage = PTC_LOOKUP_DONE;
		return 1;
	}
	return 0;
}
