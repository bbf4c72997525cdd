// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the kernel's own page tables. No lock can be had that keeps them (init_mm is not exported),
 * so a table is copied as pgtable/path.h says.
 *
 * The top table is that of whichever mm runs here: its kernel half is init_mm's. init_mm's own top
 * is counted, but cannot be named.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "census/kernel_walk.h"
#include "census/arch.h"
#include "fault.h"
#include "pgtable/path.h"

struct kernel_walk {
	struct ptc_visitor *visitor;
	struct ptc_path path;			/* to the table at the lowest level that is walked */
	unsigned int index[PTC_LEVELS];		/* where the walk stands */
	unsigned long entries[PTC_LEVELS][PTC_ENTRIES];
};

/* The first address that the table at @level maps. */
static unsigned long kernel_walk_va(const struct kernel_walk *walk, enum pt_cache_level level)
{
	unsigned long va = 0;

	while (level < PT_CACHE_PGD) {
		level = ptc_level_above(level);
		va |= (unsigned long)walk->index[level] << ptc_entry_shift(level);
	}
	/* canonical: the highest bit that is looked up goes on to the top */
	return va | ~0UL << (PGDIR_SHIFT + ilog2(PTC_ENTRIES) - 1);
}

static bool kernel_walk_visit(struct kernel_walk *walk, enum pt_cache_level level)
{
	struct page *page = virt_to_page(walk->path.table[level]);
	struct ptc_mm_table table = {
		.va = kernel_walk_va(walk, level),
		.pfn = page_to_pfn(page),
		.level = level,
		.occupancy = 0,
		.page_refs = page_ref_count(page),
		.share_count = -1,
		.marked = PageTable(page),
	};
	unsigned int i;

	for (i = 0; i < PTC_ENTRIES; i++)
		table.occupancy += walk->entries[level][i] != 0;
	return walk->visitor->visit(walk->visitor, &table);
}

/* The entry leads to a table, and not to the one that the entry before it leads to. */
static bool kernel_walk_leads_on(const struct kernel_walk *walk, enum pt_cache_level level)
{
	unsigned int index = walk->index[level];
	unsigned long entry = walk->entries[level][index];

	if (!ptc_entry_present(entry) || ptc_entry_is_leaf(level, entry))
		return false;
	/* the stacks for 16-bit segments (espfix) map a few tables thousands of times */
	return index == 0 || entry != walk->entries[level][index - 1];
}

static bool kernel_walk_is_of_mm(const struct kernel_walk *walk)
{
	return ptc_ldt_is_mapped() && walk->index[PT_CACHE_PGD] == pgd_index(PTC_LDT_START);
}

/* Copy the table that the entry at @level leads to. Returns whether it is what is told of. */
static bool kernel_walk_enter(struct kernel_walk *walk, enum pt_cache_level level)
{
	unsigned int index = walk->index[level];
	enum pt_cache_level below = ptc_path_down(&walk->path, level, index,
						  walk->entries[level][index]);

	return ptc_path_read(&walk->path, below, 0, PTC_ENTRIES, walk->entries[below]);
}

/*
 * The tables below the entry of the top table that the index stands at. Not recursive in C: each
 * level has its place in @walk, and the loop goes down and up between them.
 */
static int kernel_walk_below(struct kernel_walk *walk)
{
	enum pt_cache_level level = PT_CACHE_PGD, below;

	for (;;) {
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		if (kernel_walk_leads_on(walk, level) && kernel_walk_enter(walk, level)) {
			below = ptc_level_below(level);
			if (!kernel_walk_visit(walk, below))
				return 1;
			if (below > PT_CACHE_PTE) { /* PTEs lead to no table */
				level = below;
				walk->index[level] = 0;
				continue;
			}
		}
		/* on to the next entry, and up from the end of a table */
		while (level < PT_CACHE_PGD && ++walk->index[level] >= PTC_ENTRIES)
			level = ptc_level_above(level);
		if (level == PT_CACHE_PGD)
			return 0;
	}
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
	int ret = 0;

	if (!walk)
		return -ENOMEM;
	walk->visitor = visitor;
	ptc_path_begin(&walk->path);
	if (!ptc_path_read(&walk->path, PT_CACHE_PGD, 0, PTC_ENTRIES,
			   walk->entries[PT_CACHE_PGD]))
		goto out;
	for (walk->index[PT_CACHE_PGD] = PTC_ENTRIES / 2;
	     !ret && walk->index[PT_CACHE_PGD] < PTC_ENTRIES; walk->index[PT_CACHE_PGD]++) {
		if (!kernel_walk_is_of_mm(walk))
			ret = kernel_walk_below(walk);
	}
out:
	kvfree(walk);
	return ret;
}
