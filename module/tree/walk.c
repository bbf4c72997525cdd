// SPDX-License-Identifier: GPL-2.0
/*
 * Walks a tree, mapping by mapping. No lock and no user is held between two steps: the walk finds
 * each mapping that exists throughout, and may or may not find one that changes meanwhile.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "tree/way.h"

/*
 * Descend from the top to the next leaf, PTE table or hole, and advance @va past it. The caller is
 * in an RCU read-side section. Returns the result of @visit, or 0.
 */
static int walk_step(struct pt_cache_tree *tree, unsigned long *va, unsigned long end,
		     int (*visit)(const struct pt_cache_mapping *mapping, void *data), void *data)
{
	enum pt_cache_level level = PT_CACHE_PGD;
	unsigned long *table = tree->top, *below, entry;
	struct pt_cache_mapping mapping;
	int ret = 0;

	for (;;) {
		entry = READ_ONCE(*ptc_entry_of(table, level, *va));
		below = ptc_tree_table_below(level, entry);
		if (below) {
			table = below;
			level = ptc_level_below(level);
			continue;
		}
		if (!ptc_entry_none(entry) && ptc_entry_is_leaf(level, entry)) {
			mapping.size = ptc_entry_size(level);
			mapping.va = *va & ~(mapping.size - 1);
			mapping.pa = ptc_leaf_pa(level, entry);
			mapping.prot = ptc_leaf_prot(level, entry);
			mapping.level = level;
			ret = visit(&mapping, data);
		}
		*va = ptc_entry_end(level, *va);
		/* the rest of a PTE table needs no new descent */
		if (ret || level != PT_CACHE_PTE || *va >= end || IS_ALIGNED(*va, PMD_SIZE))
			return ret;
	}
}

int pt_cache_tree_walk(struct pt_cache_tree *tree, unsigned long va, unsigned long size,
		       int (*visit)(const struct pt_cache_mapping *mapping, void *data), void *data)
{
	int ret = ptc_tree_check(tree, va, size);
	unsigned long end = va + size;

	while (!ret && va < end) {
		rcu_read_lock();
		ret = walk_step(tree, &va, end, visit, data);
		rcu_read_unlock();
		cond_resched();
	}
	return ret;
}
EXPORT_SYMBOL_GPL(pt_cache_tree_walk);
