// SPDX-License-Identifier: GPL-2.0
/* Create and destroy trees, for modules that keep page tables of their own (see pt_cache.h). */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "alloc/cache.h"
#include "alloc/table.h"
#include "fault.h"
#include "tree/map.h"
#include "tree/way.h"

#define CREATE_FLAGS	(PT_CACHE_TREE_NO_PMD_BLOCKS | PT_CACHE_TREE_NO_PUD_BLOCKS)

struct pt_cache_tree *pt_cache_tree_create(const struct pt_cache_tree_attr *attr)
{
	struct pt_cache_tree *tree;

	if (!attr || IS_ERR_OR_NULL(attr->cache) || attr->cache->order ||
	    attr->flags & ~CREATE_FLAGS)
		return ERR_PTR(-EINVAL);
	tree = ptc_fallible(kzalloc(sizeof(*tree), GFP_KERNEL), NULL);
	if (!tree)
		return ERR_PTR(-ENOMEM);
	tree->cache = attr->cache;
	tree->mm = attr->mm;
	tree->flush = attr->flush;
	tree->private = attr->private;
	tree->flags = attr->flags;
	tree->top = ptc_tree_new_table(tree, PT_CACHE_PGD);
	if (!tree->top) {
		kfree(tree);
		return ERR_PTR(-ENOMEM);
	}
	if (tree->mm)
		mmgrab(tree->mm);
	return tree;
}
EXPORT_SYMBOL_GPL(pt_cache_tree_create);

int pt_cache_tree_destroy(struct pt_cache_tree *tree)
{
	struct ptc_record *record;

	if (!tree)
		return 0;
	if (WARN_ON_ONCE(IS_ERR(tree)))
		return -EINVAL;
	might_sleep();
	ptc_tree_clear(tree);
	rcu_barrier(); /* RCU callbacks return the tables to the cache: users_give_back() */
	record = ptc_record_of(page_to_pfn(virt_to_page(tree->top)));
	if (atomic_read(&record->users) != 1) {
		WARN_ONCE(1, "pt_cache: tree destroyed while one of its tables still has users\n");
		return -EBUSY;
	}
	/*
	 * pt_cache_tree_top() exposed the top. Entries that others wrote into it have no users, so
	 * it may not be zero: free it as dirty.
	 */
	ptc_table_leave_tree(record);
	pt_cache_free_table(tree->cache, virt_to_page(tree->top));
	if (tree->mm)
		mmdrop(tree->mm);
	kfree(tree);
	return 0;
}
EXPORT_SYMBOL_GPL(pt_cache_tree_destroy);

struct page *pt_cache_tree_top(const struct pt_cache_tree *tree)
{
	return virt_to_page(tree->top);
}
EXPORT_SYMBOL_GPL(pt_cache_tree_top);
