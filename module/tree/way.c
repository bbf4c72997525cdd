// SPDX-License-Identifier: GPL-2.0
/*
 * The way down a tree: from the top to an entry, and tables for where it ends. Where the way is
 * known, so is what goes with the last user of a table: ptc_table_put().
 *
 * Locks: none of a tree's own above the PTE tables (see users.h); each PTE table has one, for its
 * entries. It is acquired with no other one held, and nothing is called under it.
 */
#include <linux/err.h>
#include <linux/mm.h>

#include "alloc/table.h"
#include "fault.h"
#include "tree/way.h"

/* Returns 0, -EINVAL or -ERANGE. */
int ptc_tree_check(const struct pt_cache_tree *tree, unsigned long va, unsigned long size)
{
	if (WARN_ON_ONCE(IS_ERR_OR_NULL(tree)))
		return -EINVAL;
	if (!size || !PAGE_ALIGNED(va) || !PAGE_ALIGNED(size))
		return -EINVAL;
	if (va > ptc_tree_last() || size - 1 > ptc_tree_last() - va)
		return -ERANGE;
	return 0;
}

/* Nobody but a tree gives it back from now on. The caller alone knows the table. */
void ptc_table_enter_tree(struct ptc_record *record)
{
	spin_lock_init(&record->lock);
	WRITE_ONCE(record->tag, record->tag | PTC_TAG_TREE);
}

void ptc_table_leave_tree(struct ptc_record *record)
{
	WRITE_ONCE(record->tag, record->tag & ~PTC_TAG_TREE);
}

/* A table that nobody else knows, with one user: the caller. Context: may sleep. */
unsigned long *ptc_tree_new_table(struct pt_cache_tree *tree, enum pt_cache_level level)
{
	struct page *page;

	if (ptc_fault(PTC_FAULT_TREE_TABLE))
		return NULL;
	page = pt_cache_alloc_table(tree->cache, tree->mm, level, GFP_KERNEL);
	if (!page)
		return NULL;
	ptc_table_enter_tree(ptc_record_of(page_to_pfn(page)));
	return page_address(page);
}

/* One that nobody else has come to know, all none. */
void ptc_tree_free_new(struct pt_cache_tree *tree, unsigned long *table)
{
	ptc_table_leave_tree(ptc_record_of(page_to_pfn(virt_to_page(table))));
	pt_cache_free_table_zeroed(tree->cache, virt_to_page(table));
}

/* The table that an entry leads to, or NULL. Under RCU, or the caller has a user of it. */
unsigned long *ptc_tree_table_below(enum pt_cache_level level, unsigned long entry)
{
	if (ptc_entry_none(entry) || ptc_entry_is_leaf(level, entry) ||
	    !ptc_record_of(ptc_entry_pfn(entry)))
		return NULL;
	return pfn_to_kaddr(ptc_entry_pfn(entry));
}

/*
 * The entry of a table of @level for @va. The caller has a user of that table, or of one below; if
 * he has not after all, and there is no such table, NULL.
 */
unsigned long *ptc_tree_entry(struct pt_cache_tree *tree, enum pt_cache_level level,
			      unsigned long va)
{
	enum pt_cache_level at = PT_CACHE_PGD;
	unsigned long *table = tree->top;

	for (; table && at > level; at = ptc_level_below(at))
		table = ptc_tree_table_below(at, READ_ONCE(*ptc_entry_of(table, at, va)));
	return table ? ptc_entry_of(table, level, va) : NULL;
}

/*
 * Put users of a table that an entry leads to, and of the tables above it those that go with it.
 * @level is the table's; @va any address that it maps. Context: any but NMI.
 */
void ptc_table_put(struct pt_cache_tree *tree, enum pt_cache_level level, unsigned long *entry,
		   unsigned long *table, unsigned long va, unsigned int nr,
		   struct ptc_gather *gather)
{
	while (ptc_users_put(tree, table, entry, nr, gather)) {
		ptc_gather_table(tree, level, table, va, gather);
		/* the entry was a user of the table that it is in, and keeps the way to that */
		level = ptc_level_above(level);
		nr = 1;
		if (level == PT_CACHE_PGD) {
			ptc_users_sub(tree->top, nr);
			return;
		}
		table = ptc_table_of_entry(entry);
		entry = ptc_tree_entry(tree, ptc_level_above(level), va);
		if (WARN_ON_ONCE(!entry))
			return;
	}
}
