// SPDX-License-Identifier: GPL-2.0
/*
 * Descends a tree from the top to an entry, and allocates the tables that the path lacks.
 * ptc_table_put() is here because the removal of a table puts a user of the table above it, which
 * is found by the path.
 *
 * Locks: a tree has none above the PTE tables (see users.h). Each PTE table has one for its
 * entries. It is acquired with no other lock of the tree held, and no callback runs under it.
 */
#include <linux/err.h>
#include <linux/mm.h>

#include "alloc/table.h"
#include "fault.h"
#include "tree/way.h"

/* Check the arguments of a request. Returns 0, -EINVAL, or -ERANGE beyond ptc_tree_last(). */
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

/* From now on only a tree can free the table. It is not visible to others yet. */
void ptc_table_enter_tree(struct ptc_record *record)
{
	spin_lock_init(&record->lock);
	WRITE_ONCE(record->tag, record->tag | PTC_TAG_TREE);
}

void ptc_table_leave_tree(struct ptc_record *record)
{
	WRITE_ONCE(record->tag, record->tag & ~PTC_TAG_TREE);
}

/* Allocate a table, not visible to others, with one user for the caller. Context: may sleep. */
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

/* Free a table that was never visible to others. All its entries are none. */
void ptc_tree_free_new(struct pt_cache_tree *tree, unsigned long *table)
{
	ptc_table_leave_tree(ptc_record_of(page_to_pfn(virt_to_page(table))));
	pt_cache_free_table_zeroed(tree->cache, virt_to_page(table));
}

/* The table that an entry points to, or NULL. Under RCU, or the caller holds a user of it. */
unsigned long *ptc_tree_table_below(enum pt_cache_level level, unsigned long entry)
{
	if (ptc_entry_none(entry) || ptc_entry_is_leaf(level, entry) ||
	    !ptc_record_of(ptc_entry_pfn(entry)))
		return NULL;
	return pfn_to_kaddr(ptc_entry_pfn(entry));
}

/*
 * The entry for @va in the table of @level. The caller holds a user of that table, or of one below
 * it. Returns NULL if there is no such table: the caller holds no user after all.
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
 * Put users of the table of @level that @entry points to. With the last one the table is removed,
 * which puts a user of the table above it, and so on. @va is any address that the table maps.
 * Context: any but NMI.
 */
void ptc_table_put(struct pt_cache_tree *tree, enum pt_cache_level level, unsigned long *entry,
		   unsigned long *table, unsigned long va, unsigned int nr,
		   struct ptc_gather *gather)
{
	while (ptc_users_put(tree, table, entry, nr, gather)) {
		ptc_gather_table(tree, level, table, va, gather);
		/* @entry is still a user of the table that contains it, so the path is intact */
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
