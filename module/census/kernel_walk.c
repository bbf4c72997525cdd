// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the kernel's own page tables. No lock can be had that keeps them (init_mm is not exported),
 * and some are freed at any time: those of the direct map when mappings are collapsed or memory is
 * removed, those of vmalloc() when a large mapping takes their place. So a table is copied by a
 * reader that survives any address, and believed if the entries that lead to it are unchanged
 * afterwards, as module/direct_map/walk.c does.
 *
 * The top table is that of whichever mm runs here: its kernel half is init_mm's. init_mm's own top
 * is counted, but cannot be named.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "census/kernel_walk.h"
#include "census/arch.h"
#include "direct_map/direct_map.h"
#include "fault.h"

struct kernel_walk {
	struct ptc_visitor *visitor;
	const u64 *table[PTC_MAP_LEVELS];
	unsigned int index[PTC_MAP_LEVELS];
	u64 entries[PTC_MAP_LEVELS][PTC_MAP_ENTRIES];
};

static unsigned long kernel_walk_va(const struct kernel_walk *walk, int level)
{
	int top = ptc_direct_map_top();
	unsigned long va = 0;

	for (; level < top; level++)
		va |= (unsigned long)walk->index[level + 1] <<
		      (PAGE_SHIFT + PTC_MAP_SHIFT * (level + 1));
	/* canonical: the highest bit that is looked up goes on to the top */
	return va | ~0UL << (PAGE_SHIFT + PTC_MAP_SHIFT * (top + 1) - 1);
}

/* Do the entries above still lead to the table at @level? */
static bool kernel_walk_still_there(const struct kernel_walk *walk, int level)
{
	while (++level <= ptc_direct_map_top()) {
		unsigned int index = walk->index[level];
		u64 now;

		if (!ptc_direct_map_read_entries(walk->table[level], index, 1, &now) ||
		    now != walk->entries[level][index])
			return false;
	}
	return true;
}

static bool kernel_walk_visit(struct kernel_walk *walk, int level)
{
	struct page *page = virt_to_page(walk->table[level]);
	struct ptc_mm_table table = {
		.va = kernel_walk_va(walk, level),
		.pfn = page_to_pfn(page),
		.level = (enum pt_cache_level)level,
		.occupancy = 0,
		.page_refs = page_ref_count(page),
		.share_count = -1,
		.marked = PageTable(page),
	};
	unsigned int i;

	for (i = 0; i < PTC_MAP_ENTRIES; i++)
		table.occupancy += walk->entries[level][i] != 0;
	return walk->visitor->visit(walk->visitor, &table);
}

/* The entry leads to a table, and not to the one that the entry before it leads to. */
static bool kernel_walk_leads_on(const struct kernel_walk *walk, int level)
{
	unsigned int index = walk->index[level];
	u64 entry = walk->entries[level][index];

	if (!ptc_direct_map_entry_present(entry) || ptc_direct_map_leaf(entry, level))
		return false;
	/* the stacks for 16-bit segments (espfix) map a few tables thousands of times */
	return index == 0 || entry != walk->entries[level][index - 1];
}

static bool kernel_walk_is_of_mm(const struct kernel_walk *walk)
{
	int top = ptc_direct_map_top();

	return ptc_ldt_is_mapped() &&
	       walk->index[top] == (PTC_LDT_START >> (PAGE_SHIFT + PTC_MAP_SHIFT * top) &
				    (PTC_MAP_ENTRIES - 1));
}

/*
 * The tables below the entry of @level that the index stands at. Not recursive in C: each level
 * has its place in @walk, and the loop goes down and up between them.
 */
static int kernel_walk_below(struct kernel_walk *walk, int from)
{
	int level = from;

	while (level <= from) {
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		if (level > PTC_MAP_4K && walk->index[level] < PTC_MAP_ENTRIES &&
		    kernel_walk_leads_on(walk, level)) {
			const u64 *lower =
				ptc_direct_map_table(walk->entries[level][walk->index[level]]);

			if (ptc_direct_map_read_entries(lower, 0, PTC_MAP_ENTRIES,
							walk->entries[level - 1])) {
				walk->table[level - 1] = lower;
				if (kernel_walk_still_there(walk, level - 1)) {
					if (!kernel_walk_visit(walk, level - 1))
						return 1;
					walk->index[--level] = 0;
					if (level > PTC_MAP_4K)
						continue;
					level++; /* PTEs lead to no table */
				}
			}
		}
		/* on to the next entry, and up from the end of a table */
		while (level < from && ++walk->index[level] >= PTC_MAP_ENTRIES)
			level++;
		if (level == from)
			break;
	}
	return 0;
}

/**
 * ptc_kernel_walk - find init_mm's tables, but for its top
 * @visitor: who is told; when it has no room, the walk ends
 *
 * A table that changes hands meanwhile is left out.
 *
 * Context: process context, may sleep; the task has an mm, as whoever reads a report has.
 * Return: 0, 1 when the visitor had no room, -EINTR on a signal, -ENOMEM.
 */
int ptc_kernel_walk(struct ptc_visitor *visitor)
{
	struct kernel_walk *walk = ptc_fallible(kvmalloc(sizeof(*walk), GFP_KERNEL), NULL);
	int top = ptc_direct_map_top(), ret = 0;

	if (!walk)
		return -ENOMEM;
	walk->visitor = visitor;
	walk->table[top] = NULL;
	if (!ptc_direct_map_read_entries(NULL, 0, PTC_MAP_ENTRIES, walk->entries[top]))
		goto out;
	for (walk->index[top] = PTC_MAP_ENTRIES / 2;
	     !ret && walk->index[top] < PTC_MAP_ENTRIES; walk->index[top]++) {
		if (!kernel_walk_is_of_mm(walk))
			ret = kernel_walk_below(walk, top);
	}
out:
	kvfree(walk);
	return ret;
}
