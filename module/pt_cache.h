/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pt_cache: page tables from 2M blocks that the direct map maps by PTEs.
 *
 * The interface for other kernel modules, and the only header installed. A cache hands out zeroed
 * page-table pages ("tables") whose direct-map entries are PTEs already, so that changing the
 * attributes of one of them never splits a large mapping of the direct map again.
 *
 * The idea of grouping page-table pages in one place of the direct map is from Mike Rapoport's
 * "[RFC PATCH] mm/page_alloc: cache pte-mapped allocations" (2021) and Rick Edgecombe's "PKS write
 * protected page tables" (2021); recording the owning mm is from the "pt_mm" proposal of 2020.
 */
#ifndef PT_CACHE_H
#define PT_CACHE_H

#include <linux/gfp.h>
#include <linux/numa.h>
#include <linux/types.h>

struct mm_struct;
struct page;
struct pt_cache;

/** PT_CACHE_NAME_MAX - bytes of a cache's name, the terminating zero included */
#define PT_CACHE_NAME_MAX	32

/** PT_CACHE_ORDER_MAX - the largest order of a table: a whole block of 512 pages */
#define PT_CACHE_ORDER_MAX	9

/**
 * enum pt_cache_level - which level of the page-table tree a table serves
 * @PT_CACHE_PTE: holds PTEs, the lowest level
 * @PT_CACHE_PMD: holds PMDs
 * @PT_CACHE_PUD: holds PUDs
 * @PT_CACHE_P4D: holds P4Ds
 * @PT_CACHE_PGD: holds PGDs, the top level
 *
 * Recorded with the table and shown in the reports; it does not change where a table comes from.
 */
enum pt_cache_level {
	PT_CACHE_PTE,
	PT_CACHE_PMD,
	PT_CACHE_PUD,
	PT_CACHE_P4D,
	PT_CACHE_PGD,
};

/**
 * struct pt_cache_attr - what a cache is to be like
 * @name: unique, 1 to PT_CACHE_NAME_MAX - 1 printable characters without white space; copied
 * @nid: the NUMA node every table comes from, or NUMA_NO_NODE for the node of the CPU that asks
 * @order: a table is 2^order pages, 0 to PT_CACHE_ORDER_MAX, aligned to its size
 * @flags: policies; none are defined yet, must be 0
 */
struct pt_cache_attr {
	const char *name;
	int nid;
	unsigned int order;
	unsigned long flags;
};

/**
 * pt_cache_create - make a cache
 * @attr: name, node, order and policies; not kept
 *
 * Caches with equal flags share the blocks of a node, whatever their order. The first cache of a
 * policy fills the reserves of the nodes it may use, a block each; a reserve that cannot be filled
 * now is no error, the worker tries again when it is asked for. Holds a reference of pt_cache.ko
 * until pt_cache_destroy() succeeds.
 *
 * Context: Process context. May sleep.
 * Return: the cache, or ERR_PTR: -EINVAL for a missing, empty, too long or unprintable name, an
 * unknown flag, an order above PT_CACHE_ORDER_MAX or a node without memory; -EEXIST when a cache
 * of that name exists; -ENOSPC beyond 65,534 caches; -ENOMEM.
 */
struct pt_cache *pt_cache_create(const struct pt_cache_attr *attr);

/**
 * pt_cache_destroy - give a cache up
 * @cache: from pt_cache_create(); NULL is allowed and does nothing
 *
 * The caller has stopped using the cache. Destroying the last cache of a policy gives all its
 * blocks back to the page allocator.
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EBUSY when tables are still out: they are listed in the log (a warning with a
 * stack the first time), and the cache stays usable so that they can be freed. -EINVAL for an
 * ERR_PTR.
 */
int pt_cache_destroy(struct pt_cache *cache);

/**
 * pt_cache_alloc_table - hand out one table
 * @cache: where from
 * @mm: the mm it belongs to, or NULL. Only the address is kept, as an identity: it is not
 *      pinned and never dereferenced after this call. Pid and comm are those of the mm's owner
 *      (of the current task where the kernel records no owner)
 * @level: what the table will hold
 * @gfp: GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT or GFP_ATOMIC, with __GFP_NOWARN, __GFP_NORETRY,
 *       __GFP_RETRY_MAYFAIL, __GFP_ZERO and __GFP_ACCOUNT allowed (tables are zero anyway, and
 *       are not charged to a memory cgroup). Zone modifiers, __GFP_NOFAIL and __GFP_THISNODE are
 *       refused
 *
 * A request that may not sleep never splits the direct map and never waits: it is served from
 * this CPU's magazine, the free tables of the node, or a small reserve that a worker refills.
 *
 * Zeroes are not ordered before a later store that installs the table: the caller's populate step
 * needs its smp_wmb(), once per table.
 *
 * Context: Any context but NMI. May sleep if @gfp allows it.
 * Return: the first page of 2^order zeroed pages (not compound, each with a reference count of
 * one), or NULL when there is none, counted in `atomic_misses` or `failed`. A bad argument
 * returns NULL, warns once and is counted in `bad_argument`.
 */
struct page *pt_cache_alloc_table(struct pt_cache *cache, struct mm_struct *mm,
				  enum pt_cache_level level, gfp_t gfp);

/**
 * pt_cache_alloc_bulk - hand out several tables at once
 * @cache: where from
 * @mm: as in pt_cache_alloc_table()
 * @level: as in pt_cache_alloc_table()
 * @gfp: as in pt_cache_alloc_table()
 * @nr: how many
 * @pages: filled from the start, room for @nr
 *
 * Cheaper a table than single calls, for a caller that fills a tree.
 *
 * Context: Any context but NMI. May sleep if @gfp allows it.
 * Return: how many were had, 0 to @nr. What was had stays with the caller.
 */
unsigned int pt_cache_alloc_bulk(struct pt_cache *cache, struct mm_struct *mm,
				 enum pt_cache_level level, gfp_t gfp,
				 unsigned int nr, struct page **pages);

/**
 * pt_cache_free_table - give a table back, whatever is in it
 * @cache: the cache that handed it out
 * @page: its first page
 *
 * No entry may point to the table any more, and stale translations must have been flushed. The
 * table is cleared before it is handed out again, off this path. A page that is not of this
 * cache, or is free already, warns once, is counted in `bad_free`, and nothing changes.
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_table(struct pt_cache *cache, struct page *page);

/**
 * pt_cache_free_table_zeroed - give a table back that holds only zeroes
 * @cache: the cache that handed it out
 * @page: its first page
 *
 * As pt_cache_free_table(), but the caller promises that every byte is zero and stays so: the
 * table may be handed out again at once. With verify_zero=1 a broken promise is found at the next
 * hand-out: the table is quarantined and recycling ends.
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_table_zeroed(struct pt_cache *cache, struct page *page);

/**
 * pt_cache_free_bulk - give several tables back, whatever is in them
 * @cache: the cache that handed them out
 * @nr: how many
 * @pages: their first pages; a page that is not of this cache is refused alone
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_bulk(struct pt_cache *cache, unsigned int nr, struct page **pages);

/**
 * pt_cache_free_bulk_zeroed - give several tables back that hold only zeroes
 * @cache: the cache that handed them out
 * @nr: how many
 * @pages: their first pages; a page that is not of this cache is refused alone
 *
 * The promise of pt_cache_free_table_zeroed(), for each.
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_bulk_zeroed(struct pt_cache *cache, unsigned int nr, struct page **pages);

/**
 * pt_cache_table_owner - the mm that a table was handed out for
 * @page: any page
 *
 * An identity to compare with, as the pt_mm proposal had it in struct page: the mm may be gone,
 * and its memory may be another mm by now. Never dereference it.
 *
 * Context: Any context but NMI. Does not sleep.
 * Return: the address given to pt_cache_alloc_table(), or NULL when that was NULL or @page is
 * not the first page of a table that is handed out.
 */
const struct mm_struct *pt_cache_table_owner(struct page *page);

#endif /* PT_CACHE_H */
