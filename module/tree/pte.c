// SPDX-License-Identifier: GPL-2.0
/*
 * For callers that write PTEs themselves: get and put users of tables, and install tables. The
 * names are those of the 2021 proposal "Free user PTE page table pages".
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "alloc/cache.h"
#include "alloc/table.h"
#include "counters.h"
#include "tree/way.h"

/*
 * Install *@new at an entry that is none, or get a user of the table that the entry points to. The
 * caller holds a user of the table that contains the entry. If *@new is installed, it is set to
 * NULL and the table's initial user is the caller's. Returns the table in use, NULL if the entry is
 * a leaf or foreign, or ERR_PTR(-EAGAIN) if the entry is none and there is no *@new to install.
 */
static unsigned long *pte_install_get(enum pt_cache_level level, unsigned long *entry,
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

/*
 * Get a user of the table below an entry; allocate and install one if the entry is none. Returns
 * the table, or an ERR_PTR.
 */
static unsigned long *pte_alloc_get(struct pt_cache_tree *tree, enum pt_cache_level level,
				    unsigned long *entry)
{
	unsigned long *new = NULL;
	unsigned long *table = pte_install_get(level, entry, &new); /* usually installed already */

	if (table == ERR_PTR(-EAGAIN)) {
		new = ptc_tree_new_table(tree, ptc_level_below(level));
		if (!new)
			return ERR_PTR(-ENOMEM);
		table = pte_install_get(level, entry, &new);
		if (new)
			ptc_tree_free_new(tree, new);
	}
	return table ?: ERR_PTR(-EEXIST);
}

static noinline void pte_refuse(void)
{
	WARN_ONCE(1, "pt_cache: get or put of a user of a table that is missing or dying\n");
	ptc_count(PTC_bad_put);
}

/* Put users for a caller that is not the tree. Context: RCU read-side section. */
static void pte_put(struct pt_cache_tree *tree, enum pt_cache_level level, unsigned long *entry,
		    unsigned long *table, unsigned long va, unsigned int nr,
		    struct ptc_gather *gather)
{
	ptc_users_doubt(table);
	ptc_table_put(tree, level, entry, table, va, nr, gather);
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
		below = pte_alloc_get(tree, level, entry);
		if (above) /* @below, if any, is a user of @table now */
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

	rcu_read_lock(); /* a caller that holds no user must not make us touch a freed table */
	if (!ptc_tree_check(tree, va & PAGE_MASK, PAGE_SIZE))
		entry = ptc_tree_entry(tree, above, va);
	if (entry)
		table = ptc_tree_table_below(above, READ_ONCE(*entry));
	if (table)
		pte_put(tree, PT_CACHE_PMD, entry, table, va, 1, &gather);
	else
		pte_refuse();
	rcu_read_unlock();
	ptc_gather_finish(tree, &gather);
}
EXPORT_SYMBOL_GPL(pt_cache_tree_pmd_put);

void pt_cache_pte_get_many(pmd_t *pmd, unsigned int nr)
{
	unsigned long *table;

	rcu_read_lock(); /* a caller that holds no user must not make us touch a freed table */
	table = ptc_tree_table_below(PT_CACHE_PMD, READ_ONCE(*(unsigned long *)pmd));
	if (!table || !ptc_users_get(table, nr))
		pte_refuse();
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
	table = ptc_tree_table_below(PT_CACHE_PMD, READ_ONCE(*(unsigned long *)pmd));
	if (!table)
		pte_refuse();
	else if (nr)
		pte_put(tree, PT_CACHE_PTE, (unsigned long *)pmd, table, va, nr, &gather);
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
	ptc_table_enter_tree(record);
	installed = pte_install_get(PT_CACHE_PMD, (unsigned long *)pmd, &new);
	if (!new)
		*table = NULL;
	else
		ptc_table_leave_tree(record);
	return installed ? 0 : -EEXIST;
}
EXPORT_SYMBOL_GPL(pt_cache_pmd_install_get);

int pt_cache_pte_alloc_get(struct pt_cache_tree *tree, pmd_t *pmd)
{
	return PTR_ERR_OR_ZERO(pte_alloc_get(tree, PT_CACHE_PMD, (unsigned long *)pmd));
}
EXPORT_SYMBOL_GPL(pt_cache_pte_alloc_get);

pte_t *pt_cache_pte_alloc_get_map(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va)
{
	unsigned long *table = pte_alloc_get(tree, PT_CACHE_PMD, (unsigned long *)pmd);

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
