// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the kernel's own page tables. A module cannot acquire the lock that keeps them from being
 * freed (init_mm is not exported), so each table is copied as pgtable/path.h describes.
 *
 * The walk starts at the PGD of the mm that runs on this CPU: its kernel half is init_mm's.
 * init_mm's own PGD is counted, but its address is not known.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "census/kernel_walk.h"
#include "census/arch.h"
#include "fault.h"
#include "pgtable/path.h"

struct kernel_walk {
	struct ptc_visitor *visitor;
	struct ptc_path path;			/* to the lowest table being walked */
	unsigned int index[PTC_LEVELS];		/* the current entry of each level */
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
	/* a canonical address of the kernel half: all higher bits are set */
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

	if (ptc_table_is_bad(walk->path.table[level]))
		table.occupancy = -1;
	for (i = 0; i < PTC_ENTRIES && table.occupancy >= 0; i++)
		table.occupancy += walk->entries[level][i] != 0;
	return walk->visitor->visit(walk->visitor, &table);
}

/* Does the current entry point to a table, and to another one than the entry before it? */
static bool kernel_walk_leads_on(const struct kernel_walk *walk, enum pt_cache_level level)
{
	unsigned int index = walk->index[level];
	unsigned long entry = walk->entries[level][index];

	if (!ptc_entry_present(entry) || ptc_entry_is_leaf(level, entry))
		return false;
	/* espfix, the stacks for 16-bit segments, maps a few tables thousands of times */
	return index == 0 || entry != walk->entries[level][index - 1];
}

static bool kernel_walk_is_of_mm(const struct kernel_walk *walk)
{
	return ptc_ldt_is_mapped() && walk->index[PT_CACHE_PGD] == pgd_index(PTC_LDT_START);
}

static bool kernel_walk_is_bad(const struct kernel_walk *walk, enum pt_cache_level level)
{
	return virt_addr_valid(walk->path.table[level]) && ptc_table_is_bad(walk->path.table[level]);
}

/* Copy the table that the current entry of @level points to. Returns whether the copy is valid. */
static bool kernel_walk_enter(struct kernel_walk *walk, enum pt_cache_level level)
{
	unsigned int index = walk->index[level];
	enum pt_cache_level below = ptc_path_down(&walk->path, level, index,
						  walk->entries[level][index]);

	if (kernel_walk_is_bad(walk, below)) { /* it is visited, as if it had no entries */
		memset(walk->entries[below], 0, sizeof(walk->entries[below]));
		return ptc_path_holds(&walk->path, below);
	}
	return ptc_path_read(&walk->path, below, 0, PTC_ENTRIES, walk->entries[below]);
}

/*
 * Walk the tables below the current entry of the top table. A loop instead of recursion: @walk has
 * the state of each level. Returns 0, 1 if the visitor has no room, or -EINTR.
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
			if (below > PT_CACHE_PTE) { /* PTEs point to no table */
				level = below;
				walk->index[level] = 0;
				continue;
			}
		}
		/* the next entry; past the end of a table, the next one of the level above */
		while (level < PT_CACHE_PGD && ++walk->index[level] >= PTC_ENTRIES)
			level = ptc_level_above(level);
		if (level == PT_CACHE_PGD)
			return 0;
	}
}

/**
 * ptc_kernel_walk - visit init_mm's tables, except its PGD
 * @visitor: called for each table; the walk ends when it has no room
 *
 * A table that is freed or replaced meanwhile is left out.
 *
 * Context: process context, may sleep. A kernel thread may call it, too: it runs on some mm's PGD.
 * Return: 0, 1 if the visitor has no room, -EINTR on a signal, -ENOMEM.
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
