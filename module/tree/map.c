// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping and unmapping in a tree. Both descend from the top, table by table, and hold a user of
 * each table on the path, so that no table is freed under them.
 *
 * A missing table is built completely, down to its PTEs, before a single store makes it visible. It
 * is never installed empty and then looked up again to be filled. If another CPU installs a table
 * first, the new one is cleared and freed, and the installed one is filled.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "alloc/table.h"
#include "tree/map.h"
#include "tree/way.h"

/* One call to map or unmap. */
struct request {
	struct pt_cache_tree *tree;
	unsigned long start, end;
	phys_addr_t to;			/* physical address that @start maps to */
	pgprot_t prot;
	unsigned long done;		/* this call has mapped [start, done) */
	bool split_only;
	struct ptc_gather gather;
};

static phys_addr_t map_target_of(const struct request *request, unsigned long va)
{
	return request->to + (va - request->start);
}

/* Can one leaf of @level map [va, next)? The range lies within one entry. */
static bool map_fits(const struct request *request, enum pt_cache_level level, unsigned long va,
		     unsigned long next)
{
	unsigned long size = ptc_entry_size(level);

	if (level > PT_CACHE_PUD || next - va != size ||
	    !IS_ALIGNED(map_target_of(request, va), size))
		return false;
	if (level == PT_CACHE_PUD)
		return !(request->tree->flags & (PT_CACHE_TREE_NO_PUD_BLOCKS |
						 PT_CACHE_TREE_NO_PMD_BLOCKS));
	return level == PT_CACHE_PTE || !(request->tree->flags & PT_CACHE_TREE_NO_PMD_BLOCKS);
}

static unsigned long map_next(enum pt_cache_level level, unsigned long va, unsigned long end)
{
	return min(ptc_entry_end(level, va), end);
}

/* Clear and free a table that was never visible to others, and all tables below it. */
static void map_discard_table(struct pt_cache_tree *tree, enum pt_cache_level level,
			      unsigned long *table)
{
	unsigned int i;

	for (i = 0; i < PTC_ENTRIES; i++) {
		if (ptc_entry_none(table[i]))
			continue;
		if (!ptc_entry_is_leaf(level, table[i])) {
			map_discard_table(tree, ptc_level_below(level),
					  pfn_to_kaddr(ptc_entry_pfn(table[i])));
			cond_resched();
		}
		table[i] = 0;
	}
	ptc_tree_free_new(tree, table);
}

/* Free the tables below an entry that was built but not installed. */
static void map_discard(struct pt_cache_tree *tree, enum pt_cache_level level, unsigned long entry)
{
	if (!ptc_entry_none(entry) && !ptc_entry_is_leaf(level, entry))
		map_discard_table(tree, ptc_level_below(level), pfn_to_kaddr(ptc_entry_pfn(entry)));
}

/*
 * Build an entry that maps [va, next): a leaf, or a pointer to a new table that maps the range,
 * with one user for each of its entries. Returns 0 if a table cannot be allocated or the task is
 * killed; everything built so far is freed then.
 */
static unsigned long map_build_entry(const struct request *request, enum pt_cache_level level,
				     unsigned long va, unsigned long next)
{
	unsigned long *table, end = next;
	unsigned int users = 0;

	if (map_fits(request, level, va, next))
		return ptc_entry_leaf(level, map_target_of(request, va), request->prot);

	level = ptc_level_below(level);
	table = fatal_signal_pending(current) ? NULL : ptc_tree_new_table(request->tree, level);
	if (!table)
		return 0;
	for (; va < end; va = next, users++) {
		unsigned long *entry = ptc_entry_of(table, level, va);

		next = map_next(level, va, end);
		*entry = map_build_entry(request, level, va, next);
		if (level > PT_CACHE_PTE)
			cond_resched();
		if (!*entry) {
			map_discard_table(request->tree, level, table);
			return 0;
		}
	}
	ptc_users_add(table, users - 1); /* the initial user counts for one entry */
	return ptc_entry_to_table(page_to_pfn(virt_to_page(table)));
}

/* Map a range within one PTE table, all or nothing. */
static int map_map_ptes(struct request *request, unsigned long *table, unsigned long va,
			unsigned long end)
{
	unsigned long *first = ptc_entry_of(table, PT_CACHE_PTE, va);
	unsigned int nr = (end - va) >> PAGE_SHIFT, i;
	struct ptc_record *record = ptc_record_of(page_to_pfn(virt_to_page(table)));
	int err = 0;

	spin_lock(&record->lock);
	for (i = 0; i < nr && !err; i++)
		err = ptc_entry_none(READ_ONCE(first[i])) ? 0 : -EEXIST;
	if (!err) {
		ptc_users_add(table, nr);
		for (i = 0; i < nr; i++, va += PAGE_SIZE)
			WRITE_ONCE(first[i], ptc_entry_leaf(PT_CACHE_PTE, map_target_of(request,
											va),
							    request->prot));
		request->done = end;
	}
	spin_unlock(&record->lock);
	return err;
}

static int map_map_table(struct request *request, enum pt_cache_level level, unsigned long *table,
			 unsigned long va, unsigned long end);

/*
 * Map [va, next), which lies within one entry of @table, a table above the PTE level. The caller
 * holds a user of @table.
 */
static int map_map_entry(struct request *request, enum pt_cache_level level, unsigned long *table,
			 unsigned long va, unsigned long next)
{
	unsigned long *entry = ptc_entry_of(table, level, va), built = 0, value, *below;
	int err;

	for (;;) {
		switch (ptc_table_get(level, entry, &value, &below)) {
		case PTC_FOUND_TABLE:
			map_discard(request->tree, level, built);
			err = map_map_table(request, ptc_level_below(level), below, va, next);
			ptc_table_put(request->tree, ptc_level_below(level), entry, below, va, 1,
				      &request->gather);
			return err;
		case PTC_FOUND_LEAF:
		case PTC_FOUND_FOREIGN:
			map_discard(request->tree, level, built);
			return -EEXIST;
		case PTC_FOUND_DYING:
			cpu_relax();
			continue;
		case PTC_FOUND_NONE:
			break;
		}
		if (!built)
			built = map_build_entry(request, level, va, next);
		if (!built)
			return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
		ptc_users_add(table, 1);
		ptc_publish_barrier();
		if (cmpxchg(entry, value, built) == value) {
			request->done = next;
			return 0;
		}
		ptc_users_sub(table, 1);
	}
}

static int map_map_table(struct request *request, enum pt_cache_level level, unsigned long *table,
			 unsigned long va, unsigned long end)
{
	unsigned long next;
	int err = 0;

	if (level == PT_CACHE_PTE)
		return map_map_ptes(request, table, va, end);
	for (; !err && va < end; va = next) {
		next = map_next(level, va, end);
		err = fatal_signal_pending(current) ? -EINTR :
		      map_map_entry(request, level, table, va, next);
		cond_resched();
	}
	return err;
}

/*
 * Replace a leaf by an equivalent table of the level below: walkers find the same mapping before
 * and after. Hardware may still cache the large translation, so its range is flushed. Returns 0,
 * also if the entry changed meanwhile (the caller retries), or -ENOMEM.
 */
static int map_split(struct request *request, enum pt_cache_level level, unsigned long *entry,
		     unsigned long value, unsigned long va)
{
	enum pt_cache_level below = ptc_level_below(level);
	unsigned long *table = ptc_tree_new_table(request->tree, below);
	phys_addr_t pa = ptc_leaf_pa(level, value);
	pgprot_t prot = ptc_leaf_prot(level, value);
	unsigned int i;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < PTC_ENTRIES; i++)
		table[i] = ptc_entry_leaf(below, pa + i * ptc_entry_size(below), prot);
	ptc_users_add(table, PTC_ENTRIES - 1);
	ptc_publish_barrier();
	if (cmpxchg(entry, value, ptc_entry_to_table(page_to_pfn(virt_to_page(table)))) != value) {
		map_discard_table(request->tree, below, table);
		return 0;
	}
	va &= ~(ptc_entry_size(level) - 1);
	ptc_gather_range(&request->gather, va, va + ptc_entry_size(level));
	return 0;
}

static void map_unmap_ptes(struct request *request, unsigned long *table, unsigned long va,
			   unsigned long end)
{
	unsigned long *entry = ptc_entry_of(table, PT_CACHE_PTE, va);
	struct ptc_record *record = ptc_record_of(page_to_pfn(virt_to_page(table)));
	unsigned int i, nr = (end - va) >> PAGE_SHIFT, users = 0;

	if (request->split_only)
		return;
	ptc_gather_unflushed(request->tree, &request->gather);
	spin_lock(&record->lock);
	for (i = 0; i < nr; i++) {
		if (ptc_entry_none(READ_ONCE(entry[i])))
			continue;
		WRITE_ONCE(entry[i], 0);
		users++;
	}
	spin_unlock(&record->lock);
	if (!users)
		return;
	ptc_gather_range(&request->gather, va, end);
	ptc_users_sub(table, users);
}

static int map_unmap_table(struct request *request, enum pt_cache_level level, unsigned long *table,
			   unsigned long va, unsigned long end);

/* As map_map_entry(), but to unmap. Holes are skipped. */
static int map_unmap_entry(struct request *request, enum pt_cache_level level, unsigned long *table,
			   unsigned long va, unsigned long next)
{
	unsigned long *entry = ptc_entry_of(table, level, va), value, *below;
	unsigned long first = va & ~(ptc_entry_size(level) - 1);
	unsigned long last = ptc_entry_end(level, va) - 1;
	bool inside = first >= request->start && last <= request->end - 1;
	int err;

	for (;;) {
		switch (ptc_table_get(level, entry, &value, &below)) {
		case PTC_FOUND_TABLE:
			err = map_unmap_table(request, ptc_level_below(level), below, va, next);
			ptc_table_put(request->tree, ptc_level_below(level), entry, below, va, 1,
				      &request->gather);
			return err;
		case PTC_FOUND_NONE:
		case PTC_FOUND_DYING: /* it maps nothing any more */
		case PTC_FOUND_FOREIGN:
			return 0;
		case PTC_FOUND_LEAF:
			break;
		}
		if (!inside) {
			err = map_split(request, level, entry, value, va);
			if (err)
				return err;
			continue;
		}
		if (request->split_only)
			return 0;
		ptc_gather_unflushed(request->tree, &request->gather);
		/* fails if hardware sets accessed or dirty meanwhile: look again */
		if (cmpxchg(entry, value, 0) == value) {
			ptc_gather_range(&request->gather, first, last + 1);
			ptc_users_sub(table, 1);
			return 0;
		}
	}
}

static int map_unmap_table(struct request *request, enum pt_cache_level level, unsigned long *table,
			   unsigned long va, unsigned long end)
{
	unsigned long next;
	int err = 0;

	if (level == PT_CACHE_PTE) {
		map_unmap_ptes(request, table, va, end);
		return 0;
	}
	for (; !err && va < end; va = next) {
		next = map_next(level, va, end);
		err = map_unmap_entry(request, level, table, va, next);
		cond_resched();
	}
	return err;
}

int pt_cache_tree_map(struct pt_cache_tree *tree, unsigned long va, phys_addr_t pa,
		      unsigned long size, pgprot_t prot)
{
	struct request request = {
		.tree = tree,
		.start = va,
		.end = va + size,
		.done = va,
		.to = pa,
		.prot = prot,
		.gather = PTC_GATHER_INIT,
	};
	int err = ptc_tree_check(tree, va, size);

	if (err)
		return err;
	if (!PAGE_ALIGNED(pa) || !ptc_prot_ok(prot))
		return -EINVAL;
	if (pa + (size - 1) < pa || !ptc_pa_ok(pa + (size - 1)))
		return -ERANGE;
	might_sleep();
	err = map_map_table(&request, PT_CACHE_PGD, tree->top, va, request.end);
	if (err && request.done > va) {
		/* needs no split: this call mapped the range with entries of its own */
		request.end = request.done;
		map_unmap_table(&request, PT_CACHE_PGD, tree->top, va, request.end);
	}
	smp_mb(); /* pairs with ptc_gather_unflushed() */
	if (!err && atomic_read(&tree->unflushed))
		ptc_gather_range(&request.gather, va, request.end);
	ptc_gather_finish(tree, &request.gather);
	return err;
}
EXPORT_SYMBOL_GPL(pt_cache_tree_map);

static int map_expect_next(const struct pt_cache_mapping *mapping, void *data)
{
	unsigned long *expected = data;

	if (mapping->va > *expected)
		return -ENOENT;
	*expected = mapping->va + mapping->size;
	return 0;
}

/* Returns 0, or -ENOENT if the range has a hole. */
static int map_check_mapped(struct pt_cache_tree *tree, unsigned long va, unsigned long size)
{
	unsigned long expected = va;
	int err = pt_cache_tree_walk(tree, va, size, map_expect_next, &expected);

	return err ?: expected >= va + size ? 0 : -ENOENT;
}

int pt_cache_tree_unmap(struct pt_cache_tree *tree, unsigned long va, unsigned long size)
{
	struct request request = {
		.tree = tree,
		.start = va,
		.end = va + size,
		.gather = PTC_GATHER_INIT,
	};
	int err = ptc_tree_check(tree, va, size);

	if (err)
		return err;
	might_sleep();
	err = map_check_mapped(tree, va, size);
	if (err)
		return err;
	/* the fallible step first: split the mappings that cross either end of the range */
	request.split_only = true;
	err = map_unmap_table(&request, PT_CACHE_PGD, tree->top, va, va + PAGE_SIZE);
	if (!err)
		err = map_unmap_table(&request, PT_CACHE_PGD, tree->top, request.end - PAGE_SIZE,
				      request.end);
	request.split_only = false;
	/* flush all of it: a racing unmap may have cleared a part and not flushed it yet */
	if (!err)
		ptc_gather_range(&request.gather, va, request.end);
	if (!err)
		err = map_unmap_table(&request, PT_CACHE_PGD, tree->top, va, request.end);
	ptc_gather_finish(tree, &request.gather);
	return err;
}
EXPORT_SYMBOL_GPL(pt_cache_tree_unmap);

/* Unmap everything. */
int ptc_tree_clear(struct pt_cache_tree *tree)
{
	struct request request = {
		.tree = tree,
		.end = ptc_tree_last() + 1,
		.gather = PTC_GATHER_INIT,
	};
	int err = map_unmap_table(&request, PT_CACHE_PGD, tree->top, 0, request.end);

	ptc_gather_finish(tree, &request.gather);
	return err;
}
