// SPDX-License-Identifier: GPL-2.0
/*
 * Trees: making and ending one, the tables on the way to an address, walks, and what a caller needs
 * who writes entries himself. map.c maps and unmaps.
 *
 * Locks: none of a tree's own above the PTE tables (see users.h); each PTE table has one, for its
 * entries. It is taken with no other one held, and nothing is called under it.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "alloc/cache.h"
#include "counters.h"
#include "selftest_hooks.h"
#include "table/tree.h"

#define TREE_FLAGS	(PT_CACHE_TREE_NO_PMD_BLOCKS | PT_CACHE_TREE_NO_PUD_BLOCKS)

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
static void make_trees(struct ptc_record *record)
{
	spin_lock_init(&record->lock);
	WRITE_ONCE(record->tag, record->tag | PTC_TAG_TREE);
}

static void make_nobodys(struct ptc_record *record)
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
	make_trees(ptc_record_of(page_to_pfn(page)));
	return page_address(page);
}

/* One that nobody else has come to know, all none. */
void ptc_tree_free_new(struct pt_cache_tree *tree, unsigned long *table)
{
	make_nobodys(ptc_record_of(page_to_pfn(virt_to_page(table))));
	pt_cache_free_table_zeroed(tree->cache, virt_to_page(table));
}

/* The table that an entry leads to, or NULL. Under RCU, or the caller has a user of it. */
static unsigned long *table_below(enum pt_cache_level level, unsigned long entry)
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
		table = table_below(at, READ_ONCE(*ptc_entry_of(table, at, va)));
	return table ? ptc_entry_of(table, level, va) : NULL;
}

struct pt_cache_tree *pt_cache_tree_create(const struct pt_cache_tree_attr *attr)
{
	struct pt_cache_tree *tree;

	if (!attr || IS_ERR_OR_NULL(attr->cache) || attr->cache->order || attr->flags & ~TREE_FLAGS)
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
	rcu_barrier(); /* its tables are back in the cache */
	record = ptc_record_of(page_to_pfn(virt_to_page(tree->top)));
	if (atomic_read(&record->users) != 1) {
		WARN_ONCE(1, "pt_cache: a tree is destroyed while somebody uses a table of it\n");
		return -EBUSY;
	}
	/* others know the top, and what they wrote into it nobody has counted */
	make_nobodys(record);
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

/*
 * From the top to the next leaf, PTE table or hole, in one RCU section; @va goes on behind it.
 * Returns what @visit said, or 0.
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
		below = table_below(level, entry);
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
		/* the rest of a PTE table, if that is where it ended */
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

/*
 * Have an entry that is none lead to a new table, or get a user of the one that it leads to.
 * @parent is the table that the entry is in; the caller has a user of it. The new table is not the
 * caller's any more if it was installed: then *@table is NULL, and its one user is the caller's.
 * Returns the table in use, or NULL where a block is mapped.
 */
static unsigned long *install_get(enum pt_cache_level level, unsigned long *entry,
				  unsigned long **new)
{
	unsigned long *parent = ptc_table_of_entry(entry), *table, value;

	for (;;) {
		switch (ptc_table_get(level, entry, &value, &table)) {
		case PTC_FOUND_TABLE:
			return table;
		case PTC_FOUND_LEAF:
		case PTC_FOUND_FOREIGN:
			return NULL;
		case PTC_FOUND_DYING:
			cpu_relax();
			continue;
		case PTC_FOUND_NONE:
			break;
		}
		if (!*new)
			return ERR_PTR(-EAGAIN);
		table = *new;
		ptc_users_add(parent, 1);
		ptc_publish_barrier();
		if (cmpxchg(entry, value, ptc_entry_to_table(page_to_pfn(virt_to_page(table)))) ==
		    value) {
			*new = NULL;
			return table;
		}
		ptc_users_sub(parent, 1);
	}
}

/* The table below an entry, made if there is none. Returns it with a user, or an ERR_PTR. */
static unsigned long *alloc_get(struct pt_cache_tree *tree, enum pt_cache_level level,
				unsigned long *entry)
{
	unsigned long *new = NULL;
	unsigned long *table = install_get(level, entry, &new); /* most often it is there */

	if (table == ERR_PTR(-EAGAIN)) {
		new = ptc_tree_new_table(tree, ptc_level_below(level));
		if (!new)
			return ERR_PTR(-ENOMEM);
		table = install_get(level, entry, &new);
		if (new)
			ptc_tree_free_new(tree, new);
	}
	return table ?: ERR_PTR(-EEXIST);
}

static noinline void refuse_user(void)
{
	WARN_ONCE(1, "pt_cache: a user is taken or put of a table that is not there\n");
	ptc_count(PTC_bad_put);
}

pmd_t *pt_cache_tree_pmd_get(struct pt_cache_tree *tree, unsigned long va)
{
	struct ptc_gather gather = PTC_GATHER_INIT;
	enum pt_cache_level level = PT_CACHE_PGD;
	unsigned long *table, *below, *entry, *above = NULL;
	int err = ptc_tree_check(tree, va & PAGE_MASK, PAGE_SIZE);

	if (err)
		return ERR_PTR(err);
	table = tree->top;
	for (; level > PT_CACHE_PMD; level = ptc_level_below(level)) {
		entry = ptc_entry_of(table, level, va);
		below = alloc_get(tree, level, entry);
		if (above) /* the one below keeps this one now, unless there is none */
			ptc_table_put(tree, level, above, table, va, 1, &gather);
		if (IS_ERR(below)) {
			ptc_gather_finish(tree, &gather);
			return ERR_CAST(below);
		}
		above = entry;
		table = below;
	}
	return (pmd_t *)ptc_entry_of(table, level, va);
}
EXPORT_SYMBOL_GPL(pt_cache_tree_pmd_get);

void pt_cache_tree_pmd_put(struct pt_cache_tree *tree, unsigned long va)
{
	enum pt_cache_level above = ptc_level_above(PT_CACHE_PMD);
	struct ptc_gather gather = PTC_GATHER_INIT;
	unsigned long *entry = NULL, *table = NULL;

	rcu_read_lock(); /* a caller who keeps no table harms himself alone */
	if (!ptc_tree_check(tree, va & PAGE_MASK, PAGE_SIZE))
		entry = ptc_tree_entry(tree, above, va);
	if (entry)
		table = table_below(above, READ_ONCE(*entry));
	if (table)
		ptc_table_put(tree, PT_CACHE_PMD, entry, table, va, 1, &gather);
	else
		refuse_user();
	rcu_read_unlock();
	ptc_gather_finish(tree, &gather);
}
EXPORT_SYMBOL_GPL(pt_cache_tree_pmd_put);

void pt_cache_pte_get_many(pmd_t *pmd, unsigned int nr)
{
	unsigned long *table;

	rcu_read_lock(); /* a caller without a user harms himself alone */
	table = table_below(PT_CACHE_PMD, READ_ONCE(*(unsigned long *)pmd));
	if (!table || !ptc_users_get(table, nr))
		refuse_user();
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(pt_cache_pte_get_many);

void pt_cache_pte_get(pmd_t *pmd)
{
	pt_cache_pte_get_many(pmd, 1);
}
EXPORT_SYMBOL_GPL(pt_cache_pte_get);

bool pt_cache_pte_get_unless_zero(pmd_t *pmd)
{
	unsigned long value, *table;

	return ptc_table_get(PT_CACHE_PMD, (unsigned long *)pmd, &value, &table) == PTC_FOUND_TABLE;
}
EXPORT_SYMBOL_GPL(pt_cache_pte_get_unless_zero);

bool pt_cache_pte_try_get(struct pt_cache_tree *tree, pmd_t *pmd)
{
	return pt_cache_pte_get_unless_zero(pmd);
}
EXPORT_SYMBOL_GPL(pt_cache_pte_try_get);

void pt_cache_pte_put_many(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va,
			   unsigned int nr)
{
	struct ptc_gather gather = PTC_GATHER_INIT;
	unsigned long *table;

	rcu_read_lock();
	table = table_below(PT_CACHE_PMD, READ_ONCE(*(unsigned long *)pmd));
	if (!table)
		refuse_user();
	else if (nr)
		ptc_table_put(tree, PT_CACHE_PTE, (unsigned long *)pmd, table, va, nr, &gather);
	rcu_read_unlock();
	ptc_gather_finish(tree, &gather);
}
EXPORT_SYMBOL_GPL(pt_cache_pte_put_many);

void pt_cache_pte_put(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va)
{
	pt_cache_pte_put_many(tree, pmd, va, 1);
}
EXPORT_SYMBOL_GPL(pt_cache_pte_put);

int pt_cache_pmd_install_get(struct pt_cache_tree *tree, pmd_t *pmd, struct page **table)
{
	struct ptc_record *record = *table ? ptc_record_of(page_to_pfn(*table)) : NULL;
	unsigned long *new, *installed;

	if (WARN_ON_ONCE(!record || atomic_read(&record->users) != 1 ||
			 ptc_record_tag(record) != (tree->cache->tag | PT_CACHE_PTE << 8)))
		return -EINVAL;
	new = page_address(*table);
	make_trees(record);
	installed = install_get(PT_CACHE_PMD, (unsigned long *)pmd, &new);
	if (!new)
		*table = NULL;
	else
		make_nobodys(record);
	return installed ? 0 : -EEXIST;
}
EXPORT_SYMBOL_GPL(pt_cache_pmd_install_get);

int pt_cache_pte_alloc_get(struct pt_cache_tree *tree, pmd_t *pmd)
{
	return PTR_ERR_OR_ZERO(alloc_get(tree, PT_CACHE_PMD, (unsigned long *)pmd));
}
EXPORT_SYMBOL_GPL(pt_cache_pte_alloc_get);

pte_t *pt_cache_pte_alloc_get_map(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va)
{
	unsigned long *table = alloc_get(tree, PT_CACHE_PMD, (unsigned long *)pmd);

	return IS_ERR(table) ? NULL : (pte_t *)ptc_entry_of(table, PT_CACHE_PTE, va);
}
EXPORT_SYMBOL_GPL(pt_cache_pte_alloc_get_map);

pte_t *pt_cache_pte_alloc_get_map_lock(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va,
				       spinlock_t **ptl)
{
	pte_t *pte = pt_cache_pte_alloc_get_map(tree, pmd, va);

	if (!pte)
		return NULL;
	*ptl = &ptc_record_of(page_to_pfn(virt_to_page(pte)))->lock;
	spin_lock(*ptl);
	return pte;
}
EXPORT_SYMBOL_GPL(pt_cache_pte_alloc_get_map_lock);
