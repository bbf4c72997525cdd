/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pt_cache: page tables from 2M blocks that the direct map maps by PTEs.
 *
 * The interface for other kernel modules, and the only header that is installed. A cache hands out
 * zeroed page-table pages ("tables") that the direct map already maps by PTEs. A later change of
 * their attributes therefore never splits a large mapping of the direct map.
 *
 * The idea of grouping page-table pages in one place of the direct map is from Mike Rapoport's
 * "[RFC PATCH] mm/page_alloc: cache pte-mapped allocations" (2021) and Rick Edgecombe's "PKS write
 * protected page tables" (2021); recording the owning mm is from the "pt_mm" proposal of 2020.
 */
#ifndef PT_CACHE_H
#define PT_CACHE_H

#include <linux/gfp.h>
#include <linux/numa.h>
#include <linux/pgtable.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

struct mm_struct;
struct page;
struct pt_cache;
struct pt_cache_tree;

/** PT_CACHE_NAME_MAX - bytes of a cache's name, including the terminating NUL */
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
 * Recorded with the table and shown in the reports. It has no effect on where a table comes from.
 */
enum pt_cache_level {
	PT_CACHE_PTE,
	PT_CACHE_PMD,
	PT_CACHE_PUD,
	PT_CACHE_P4D,
	PT_CACHE_PGD,
};

/**
 * struct pt_cache_attr - attributes of a new cache
 * @name: unique, 1 to PT_CACHE_NAME_MAX - 1 printable characters without white space; copied
 * @nid: the NUMA node of all tables, or NUMA_NO_NODE for the node of the calling CPU (another node
 *	if that one has no memory left: `remote` in stats)
 * @order: a table is 2^order pages, 0 to PT_CACHE_ORDER_MAX, aligned to its size
 * @flags: policies; none is defined yet, must be 0
 */
struct pt_cache_attr {
	const char *name;
	int nid;
	unsigned int order;
	unsigned long flags;
};

/**
 * pt_cache_create - create a cache
 * @attr: name, node, order and policies; not used after the call
 *
 * Caches with equal flags share the blocks of a node, whatever their order. The first cache of a
 * policy fills the reserves of the nodes it may use, with one block each. It is no error if a
 * reserve cannot be filled now: the worker tries again when the reserve is needed. The cache holds
 * a reference of pt_cache.ko until pt_cache_destroy() succeeds.
 *
 * Context: Process context. May sleep.
 * Return: the cache, or ERR_PTR: -EINVAL for a missing, empty, too long or unprintable name, an
 * unknown flag, an order above PT_CACHE_ORDER_MAX or a node without memory; -EEXIST if a cache of
 * that name exists; -ENOSPC beyond 65,534 caches; -ENOMEM.
 */
struct pt_cache *pt_cache_create(const struct pt_cache_attr *attr);

/**
 * pt_cache_destroy - destroy a cache
 * @cache: from pt_cache_create(); NULL is allowed and does nothing
 *
 * The caller has stopped using the cache. With the last cache of a policy, all its blocks are freed
 * to the page allocator.
 *
 * Context: Process context. May sleep.
 * Return: 0; -EBUSY if tables are still handed out: the log lists the first 16 (with a stack trace
 * the first time), and the cache stays usable so that they can be freed; -EINVAL for an ERR_PTR.
 */
int pt_cache_destroy(struct pt_cache *cache);

/**
 * pt_cache_alloc_table - allocate a table
 * @cache: the cache to allocate from
 * @mm: the mm that owns the table, or NULL. Only its address is recorded, as an identity: the mm is
 *      not pinned and never dereferenced after this call. Pid and comm are those of the mm's owner
 *      (of the current task if the kernel records no owner)
 * @level: the level that the table will serve
 * @gfp: GFP_KERNEL, GFP_NOFS, GFP_NOIO, GFP_NOWAIT or GFP_ATOMIC, with __GFP_NOWARN, __GFP_NORETRY,
 *       __GFP_RETRY_MAYFAIL, __GFP_ZERO and __GFP_ACCOUNT allowed (tables are zeroed anyway, and
 *       are not charged to a memory cgroup). Zone modifiers, __GFP_NOFAIL and __GFP_THISNODE are
 *       refused
 *
 * A request that may not sleep never splits the direct map and never waits. It is served from this
 * CPU's magazine, from the free tables of the node, or from a small reserve that a worker refills.
 *
 * The zeroes are not ordered before a later store that installs the table. The caller's populate
 * step needs an smp_wmb(), once per table.
 *
 * The direct map has each page of the table mapped by a PTE: present, writable, write-back. The
 * holder may change these attributes, which splits nothing, and owes the table back as it came: see
 * pt_cache_free_table().
 *
 * Context: Any context but NMI. May sleep if @gfp allows it.
 * Return: the first page of 2^order zeroed pages (not compound, each with a reference count of
 * one), or NULL if none is available, counted in `atomic_misses` or `failed`. A bad argument
 * returns NULL, warns once and is counted in `bad_argument`.
 */
struct page *pt_cache_alloc_table(struct pt_cache *cache, struct mm_struct *mm,
				  enum pt_cache_level level, gfp_t gfp);

/**
 * pt_cache_alloc_bulk - allocate several tables at once
 * @cache: the cache to allocate from
 * @mm: as in pt_cache_alloc_table()
 * @level: as in pt_cache_alloc_table()
 * @gfp: as in pt_cache_alloc_table()
 * @nr: the number of tables
 * @pages: filled from the start, with room for @nr
 *
 * Costs less per table than single calls, for a caller that fills a tree.
 *
 * Context: Any context but NMI. May sleep if @gfp allows it.
 * Return: the number of tables allocated, 0 to @nr. They are the caller's, even if fewer than @nr.
 */
unsigned int pt_cache_alloc_bulk(struct pt_cache *cache, struct mm_struct *mm,
				 enum pt_cache_level level, gfp_t gfp,
				 unsigned int nr, struct page **pages);

/**
 * pt_cache_free_table - free a table with any contents
 * @cache: the cache that handed it out
 * @page: its first page
 *
 * No entry may point to the table any more, and stale translations must have been flushed. The
 * table is cleared before it is handed out again, but not in this call. A page that is not of this
 * cache, or is free already, is refused: it warns once and is counted in `bad_free`.
 *
 * Who has changed the attributes of a page in the direct map puts them right before the free:
 * present, writable, write-back (set_memory_wb()), with stale translations flushed. A table that
 * comes back otherwise is kept for good: it is neither handed out again nor given to the page
 * allocator, is counted in `misattributed_pages`, and the log says so the first time. A memory type
 * that set_memory_uc() or the like has set is found by each form of free, unless the kernel was
 * booted with nopat; anything else when the table is cleared, or leaves with its block.
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_table(struct pt_cache *cache, struct page *page);

/**
 * pt_cache_free_table_zeroed - free a table that holds only zeroes
 * @cache: the cache that handed it out
 * @page: its first page
 *
 * As pt_cache_free_table(), but the caller guarantees that every byte is zero and stays zero, so
 * the table may be handed out again at once, as writable and write-back as the caller has left it.
 * With verify_zero=1 a table that is not zero is found
 * at the next hand-out: it is quarantined and recycling ends.
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_table_zeroed(struct pt_cache *cache, struct page *page);

/**
 * pt_cache_free_bulk - free several tables with any contents
 * @cache: the cache that handed them out
 * @nr: the number of tables
 * @pages: their first pages; only a page that is not of this cache is refused
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_bulk(struct pt_cache *cache, unsigned int nr, struct page **pages);

/**
 * pt_cache_free_bulk_zeroed - free several tables that hold only zeroes
 * @cache: the cache that handed them out
 * @nr: the number of tables
 * @pages: their first pages; only a page that is not of this cache is refused
 *
 * The caller guarantees the same as for pt_cache_free_table_zeroed(), for each table.
 *
 * Context: Any context but NMI. Does not sleep.
 */
void pt_cache_free_bulk_zeroed(struct pt_cache *cache, unsigned int nr, struct page **pages);

/**
 * pt_cache_table_owner - the mm that a table was handed out for
 * @page: any page
 *
 * The result is an identity to compare with, which the pt_mm proposal kept in struct page. Never
 * dereference it: the mm may have been freed, and its memory may be another mm by now.
 *
 * Context: Any context but NMI. Does not sleep.
 * Return: the address passed to pt_cache_alloc_table(), or NULL if that was NULL or @page is not
 * the first page of a table that is handed out.
 */
const struct mm_struct *pt_cache_table_owner(struct page *page);

/*
 * Lending: tables for a borrower that does not know of the cache and frees them as pages of the
 * page allocator. The borrower is the kernel's own page-table code; pt_cache_live.ko makes it
 * borrow. The 2021 series changed that code to free its tables to a cache. Here nothing frees them
 * to the cache, so the cache holds a page reference of its own. A table with only that reference
 * left is free again: the cache finds it by a scan, clears it and lends it again.
 */

/**
 * struct pt_cache_lender_attr - attributes of a new lender
 * @name: the name of the lender's cache, as in &struct pt_cache_attr
 * @max_blocks: the maximum number of 2M blocks to hold; with 0 nothing is lent
 * @verify: check each table for zero whenever it is lent, as verify_zero=1 does for all caches
 */
struct pt_cache_lender_attr {
	const char *name;
	unsigned long max_blocks;
	bool verify;
};

/**
 * struct pt_cache_lender_stats - statistics of a lender
 * @lent: total of tables lent
 * @taken_back: total of tables that the borrower freed and the lender took back
 * @in_use: tables that are lent now, including freed ones that are not taken back yet
 * @non_zero: tables found dirty when they were about to be lent
 * @ready: free tables that are clean
 * @blocks: 2M blocks held
 * @max_blocks: the maximum of @blocks
 * @lends: false once a table was found dirty or in a bad state: nothing is lent any more
 */
struct pt_cache_lender_stats {
	u64 lent, taken_back, in_use, non_zero;
	unsigned long ready, blocks, max_blocks;
	bool lends;
};

struct pt_cache_lender;

/**
 * pt_cache_lender_create - create a lender, with blocks of its own
 * @attr: not used after the call
 *
 * Takes one block for each node with memory, within @attr->max_blocks, and more when taking back
 * does not yield enough tables. It takes only whole blocks, adopted or fresh. They are freed to the
 * page allocator under memory pressure. The lender holds a reference of pt_cache.ko.
 *
 * Context: Process context. May sleep.
 * Return: the lender, or ERR_PTR as from pt_cache_create(); -EINVAL if @attr is NULL.
 */
struct pt_cache_lender *pt_cache_lender_create(const struct pt_cache_lender_attr *attr);

/**
 * pt_cache_lend - lend a table
 * @lender: the lender
 * @mm: the mm that owns the table, as in pt_cache_alloc_table()
 * @level: the level that the table will serve
 *
 * The borrower gets a page like one from alloc_page(): zeroed, of order 0, without flags or page
 * type. One page reference is the borrower's; a second one is the cache's. The borrower frees the
 * page by putting its reference, after everything that must precede a free. It must not use a
 * function that assumes a reference count, such as free_frozen_pages(). The contents of the page do
 * not matter then, but its struct page must be in the state that the page allocator expects: no
 * page type, mapping or flags. A page in another state, or with bad memory (hwpoison), is never
 * lent again. A bad state ends the lending.
 *
 * Never waits and never splits the direct map. A request that finds no clean table looks at no more
 * than 64 lent tables and clears no more than one; a worker does the rest. The table is not charged
 * to a memory cgroup. The cache of a lender is listed in `caches`, but serves no other requests.
 *
 * Context: Any context but NMI. Does not sleep.
 * Return: the page, or NULL: the caller allocates one from the page allocator.
 */
struct page *pt_cache_lend(struct pt_cache_lender *lender, struct mm_struct *mm,
			   enum pt_cache_level level);

/**
 * pt_cache_lender_limit - change how many blocks a lender may hold
 * @lender: the lender
 * @max_blocks: as in &struct pt_cache_lender_attr. Blocks beyond it are freed once they are empty.
 *	With 0 nothing is lent any more, not even the tables that are ready
 *
 * Context: Any context but NMI.
 */
void pt_cache_lender_limit(struct pt_cache_lender *lender, unsigned long max_blocks);

/**
 * pt_cache_lender_verify - change whether tables are checked for zero when they are lent
 * @lender: the lender
 * @verify: as in &struct pt_cache_lender_attr
 *
 * Context: Process context. May sleep. The caller serializes calls.
 */
void pt_cache_lender_verify(struct pt_cache_lender *lender, bool verify);

/**
 * pt_cache_lender_stats - read the statistics of a lender
 * @lender: the lender
 * @stats: filled; exact only while the lender is idle
 *
 * Context: Any context.
 */
void pt_cache_lender_stats(const struct pt_cache_lender *lender,
			   struct pt_cache_lender_stats *stats);

/**
 * pt_cache_lender_offer - let other modules use a lender
 * @lender: the lender; one at a time is offered, a second one is ignored with a warning
 *
 * It is offered until it is destroyed.
 *
 * Context: Process context.
 */
void pt_cache_lender_offer(struct pt_cache_lender *lender);

/**
 * pt_cache_lender_get - use the lender that is offered
 * @nth: NULL, or gets how many have been offered so far, which tells a lender from an earlier one
 *
 * pt_cache_live.ko offers the one that lends the running kernel's page tables.
 *
 * Context: Process context.
 * Return: the lender, to be given up by pt_cache_lender_put(): until then the module that offers
 * it cannot be unloaded, so only for as long as a request takes. NULL if none is offered.
 */
struct pt_cache_lender *pt_cache_lender_get(unsigned int *nth);

/**
 * pt_cache_lender_put - give up a lender
 * @lender: from pt_cache_lender_get()
 *
 * Context: Process context.
 */
void pt_cache_lender_put(struct pt_cache_lender *lender);

/**
 * pt_cache_lender_has - is a page frame a table that a lender has lent?
 * @lender: the lender
 * @pfn: page frame number, of any page
 *
 * Context: Any context but NMI.
 * Return: whether it is; the answer stays valid only while the caller keeps the table from being
 * freed.
 */
bool pt_cache_lender_has(const struct pt_cache_lender *lender, unsigned long pfn);

/**
 * pt_cache_lender_destroy - destroy a lender
 * @lender: from pt_cache_lender_create(); NULL is allowed and does nothing. pt_cache_lend() is not
 *	called for it any more, but by users of pt_cache_lender_get(), for whom this waits
 *
 * Tables in use stay with their borrowers. They are pages of the page allocator from now on, and
 * are freed there with their last reference. All other tables are freed.
 *
 * Context: Process context. May sleep.
 */
void pt_cache_lender_destroy(struct pt_cache_lender *lender);

/*
 * Trees: private page tables of a module, in the format of this architecture, all from one cache.
 * No CPU walks them unless the module makes it do so. A device, a hypervisor or software may walk
 * them.
 *
 * Many CPUs may map, unmap and walk concurrently, even in the same 2M. CPUs in different 2M ranges
 * never wait for each other, except for the few instructions in which one of them clears the entry
 * of a shared table that has lost its last user. If several of them need the same missing table,
 * one installs it and the others free the tables that they have built. Walks acquire no lock.
 *
 * To fill a table before a single store makes it visible, and only to look up an existing one, is
 * from Ryan Roberts' "arm64: mm: Don't remap pgtables for allocate vs populate" (2024). The users
 * of tables are from Qi Zheng's "Free user PTE page table pages" (2021), with a tree in place of
 * the mm.
 */

/** PT_CACHE_TREE_NO_PMD_BLOCKS - map by pages only, whatever the alignment */
#define PT_CACHE_TREE_NO_PMD_BLOCKS	(1UL << 0)

/**
 * PT_CACHE_TREE_NO_PUD_BLOCKS - never map 1G by one entry
 *
 * For a tree that is walked by a CPU without such mappings (X86_FEATURE_GBPAGES).
 */
#define PT_CACHE_TREE_NO_PUD_BLOCKS	(1UL << 1)

/**
 * struct pt_cache_tree_attr - attributes of a new tree
 * @cache: the cache of its tables; of order 0
 * @mm: the mm that is recorded as owner of the tables, or NULL. Its mm_struct is pinned while the
 *      tree exists, its address space is not
 * @flush: invalidate cached translations of [start, end), and cached pointers to the tables on the
 *         path to them, on every CPU and device that walks this tree; return when that is done.
 *         NULL if nothing but pt_cache_tree_walk() walks it. Called by the operation that unmaps or
 *         puts the last user, once for all that it removed, with no lock of the tree held, before
 *         any memory that was mapped or any table is reused
 * @private: passed to @flush
 * @flags: PT_CACHE_TREE_*
 */
struct pt_cache_tree_attr {
	struct pt_cache *cache;
	struct mm_struct *mm;
	void (*flush)(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		      void *private);
	void *private;
	unsigned long flags;
};

/**
 * struct pt_cache_mapping - a leaf of a tree
 * @va: its first address
 * @pa: the first physical address
 * @size: bytes: 4K, 2M or 1G
 * @prot: the protection, in PTE format at every level; with the bits that hardware sets
 * @level: PT_CACHE_PTE, PT_CACHE_PMD or PT_CACHE_PUD
 */
struct pt_cache_mapping {
	unsigned long va;
	phys_addr_t pa;
	unsigned long size;
	pgprot_t prot;
	enum pt_cache_level level;
};

/**
 * pt_cache_tree_create - create an empty tree
 * @attr: not used after the call
 *
 * Context: Process context. May sleep.
 * Return: the tree, or ERR_PTR: -EINVAL for no cache, a cache of an order above 0, or an unknown
 * flag; -ENOMEM.
 */
struct pt_cache_tree *pt_cache_tree_create(const struct pt_cache_tree_attr *attr);

/**
 * pt_cache_tree_destroy - unmap everything and destroy the tree
 * @tree: from pt_cache_tree_create(); NULL is allowed and does nothing. The caller makes sure that
 *        nobody else uses it any more
 *
 * On return all tables are back in their cache. The top, and those from which a caller has put
 * users, are cleared before they are handed out again; the others are zero.
 *
 * Context: Process context. May sleep; waits for RCU.
 * Return: 0; -EBUSY if a table still has a user: warns the first time, and the tree stays, empty
 * except for that table; -EINVAL for an ERR_PTR.
 */
int pt_cache_tree_destroy(struct pt_cache_tree *tree);

/**
 * pt_cache_tree_top - the table of the highest level
 * @tree: the tree
 *
 * For the register or descriptor of the CPU or device that walks the tree. It never changes.
 *
 * Context: Any context.
 * Return: its page.
 */
struct page *pt_cache_tree_top(const struct pt_cache_tree *tree);

/**
 * pt_cache_tree_map - map a range
 * @tree: the tree
 * @va: the first address, a multiple of the page size. The addresses of a tree are 0 to 2^48, with
 *      five levels 2^57, without sign extension
 * @pa: the physical address to map, a multiple of the page size
 * @size: bytes, a multiple of the page size
 * @prot: in PTE format; present
 *
 * Maps by 1G and 2M where both addresses and the size allow it, unless the tree's flags forbid it.
 * A missing table is filled before it becomes visible, so that a walker sees all of its mappings at
 * once. On an error the mappings of this call are removed and flushed, and the tree maps what it
 * did before. The tree's flush is also called if others are unmapping: through stale cached
 * entries a walker may still find nothing mapped here.
 *
 * If a call fails, its undo may also unmap what a concurrent call has mapped in the same range.
 *
 * Context: Process context. May sleep.
 * Return: 0; -EEXIST if anything in the range is mapped; -EINVAL for a wrong size or alignment or a
 * @prot that is not present; -ERANGE beyond the addresses of the tree or the physical address
 * space; -EINTR if the task is killed; -ENOMEM.
 */
int pt_cache_tree_map(struct pt_cache_tree *tree, unsigned long va, phys_addr_t pa,
		      unsigned long size, pgprot_t prot);

/**
 * pt_cache_tree_unmap - unmap a range
 * @tree: the tree
 * @va: the first address, a multiple of the page size
 * @size: bytes, a multiple of the page size
 *
 * A larger mapping that extends beyond the range is split. Tables that lose their last user are
 * freed. The tree's flush is called once, before the call returns.
 *
 * A caller that needs to know which of two overlapping calls unmapped what must serialize them.
 *
 * Context: Process context. May sleep.
 * Return: 0; -ENOENT if anything in the range is not mapped; -EINVAL for a wrong size or alignment;
 * -ERANGE beyond the addresses of the tree; -ENOMEM if a mapping cannot be split. On an error
 * nothing is unmapped. An error because another call is unmapping the range does not mean that the
 * other call has flushed.
 */
int pt_cache_tree_unmap(struct pt_cache_tree *tree, unsigned long va, unsigned long size);

/**
 * pt_cache_tree_walk - visit the mappings in a range
 * @tree: the tree
 * @va: the first address, a multiple of the page size
 * @size: bytes, a multiple of the page size
 * @visit: called for each leaf that maps a part of the range, in ascending order, in an RCU
 *         read-side section: it may not sleep. A nonzero return value ends the walk
 * @data: passed to @visit
 *
 * Acquires no lock. A mapping that others add or remove meanwhile may or may not be found. A
 * mapping that is found existed when it was read.
 *
 * Context: Process context. May sleep between calls of @visit.
 * Return: 0, or the nonzero value from @visit; -EINVAL, -ERANGE as pt_cache_tree_unmap().
 */
int pt_cache_tree_walk(struct pt_cache_tree *tree, unsigned long va, unsigned long size,
		       int (*visit)(const struct pt_cache_mapping *mapping, void *data), void *data);

/*
 * For a module that writes the entries of PTE tables itself. A PTE table has one user for each of
 * its entries that is not none, and one for each caller that works on it. A caller that sets an
 * entry that was none gets one more user. A caller that clears an entry puts one, and flushes what
 * the entry mapped. While a flush is in flight, walkers may have a cached pointer to an earlier
 * table in the same place. pt_cache_tree_map() takes care of that; a module that writes entries has
 * to flush.
 *
 *	pmd = pt_cache_tree_pmd_get(tree, va);
 *	pte = pt_cache_pte_alloc_get_map_lock(tree, pmd, va, &ptl);
 *	if (pte_none(*pte)) {
 *		set_pte(pte, entry);
 *		pt_cache_pte_get(pmd);
 *	}
 *	spin_unlock(ptl);
 *	pt_cache_pte_put(tree, pmd, va);
 *	pt_cache_tree_pmd_put(tree, va);
 */

/**
 * pt_cache_tree_pmd_get - get the PMD entry of an address
 * @tree: the tree
 * @va: any address that the entry maps
 *
 * Installs the tables that are missing down to the PMD level. All of them stay until
 * pt_cache_tree_pmd_put().
 *
 * Context: Process context. May sleep.
 * Return: the entry, or ERR_PTR: -EEXIST if 1G is mapped by one entry, -ERANGE, -ENOMEM.
 */
pmd_t *pt_cache_tree_pmd_get(struct pt_cache_tree *tree, unsigned long va);

/**
 * pt_cache_tree_pmd_put - put the user that pt_cache_tree_pmd_get() got
 * @tree: the tree
 * @va: the same address
 *
 * Context: Any context but NMI, as far as the tree's flush allows.
 */
void pt_cache_tree_pmd_put(struct pt_cache_tree *tree, unsigned long va);

/**
 * pt_cache_pte_get - get a user of a PTE table
 * @pmd: the entry that points to it. The caller holds a user of the table
 *
 * Context: Any context but NMI.
 */
void pt_cache_pte_get(pmd_t *pmd);

/**
 * pt_cache_pte_get_many - get several users of a PTE table
 * @pmd: the entry that points to it. The caller holds a user of the table
 * @nr: the number of users
 *
 * Context: Any context but NMI.
 */
void pt_cache_pte_get_many(pmd_t *pmd, unsigned int nr);

/**
 * pt_cache_pte_get_unless_zero - get a user of a PTE table that may be dying
 * @pmd: the entry that may point to it. The caller keeps the PMD table from being freed
 *
 * The proposal's function required the PMD lock, so that the table is not freed between the read of
 * the entry and the get. Here RCU prevents that: a table is not reused before the end of a grace
 * period, and its users stay zero until then.
 *
 * Context: Any context but NMI.
 * Return: true if there is a table, with a user for the caller.
 */
bool pt_cache_pte_get_unless_zero(pmd_t *pmd);

/**
 * pt_cache_pte_try_get - get a user of a PTE table, if there is one
 * @tree: the tree
 * @pmd: the entry that may point to it. The caller keeps the PMD table from being freed
 *
 * As pt_cache_pte_get_unless_zero(). (The proposal's function acquired the PMD lock; this one needs
 * no lock.)
 *
 * Context: Any context but NMI.
 * Return: true if there is a table, with a user for the caller.
 */
bool pt_cache_pte_try_get(struct pt_cache_tree *tree, pmd_t *pmd);

/**
 * pt_cache_pte_put - put a user of a PTE table
 * @tree: the tree
 * @pmd: the entry that points to it
 * @va: any address that the table maps
 *
 * The put of the last user removes the table from the tree, and those tables above it that have no
 * other user. The tree's flush is called, and after an RCU grace period the table is back in its
 * cache. A table from which users were put by this function or pt_cache_tree_pmd_put() is not
 * believed to be zero, since one put too many may have removed it with entries in it: it is cleared
 * before it is handed out again. With verify_zero=1 a table that is not zero is quarantined. A put
 * of more users than there are, or without a table, is refused: it warns the first time and is
 * counted in `bad_put`.
 *
 * Context: Any context but NMI, as far as the tree's flush allows.
 */
void pt_cache_pte_put(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va);

/**
 * pt_cache_pte_put_many - put several users of a PTE table
 * @tree: the tree
 * @pmd: the entry that points to it
 * @va: any address that the table maps
 * @nr: the number of users
 *
 * As pt_cache_pte_put().
 *
 * Context: Any context but NMI, as far as the tree's flush allows.
 */
void pt_cache_pte_put_many(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va,
			   unsigned int nr);

/**
 * pt_cache_pmd_install_get - install a PTE table, or get a user of the installed one
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 * @table: a PT_CACHE_PTE table of the tree's cache that is not visible to others; set to NULL if it
 *	was installed
 *
 * The entries of the table become visible before the table does. If another CPU has installed a
 * table first, the caller gets a user of that one. If that one is dying, the call waits until it is
 * gone. A table that remains in @table is still the caller's.
 *
 * Context: Any context but NMI.
 * Return: 0, with a user for the caller; -EEXIST if 2M are mapped by one entry; -EINVAL, with a
 * warning the first time, if @table is not such a table.
 */
int pt_cache_pmd_install_get(struct pt_cache_tree *tree, pmd_t *pmd, struct page **table);

/**
 * pt_cache_pte_alloc_get - get a user of a PTE table; allocate and install it if there is none
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 *
 * Context: Process context. May sleep.
 * Return: 0, with a user for the caller; -EEXIST if 2M are mapped by one entry; -ENOMEM.
 */
int pt_cache_pte_alloc_get(struct pt_cache_tree *tree, pmd_t *pmd);

/**
 * pt_cache_pte_alloc_get_map - as pt_cache_pte_alloc_get(), for one entry
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 * @va: the address
 *
 * Context: Process context. May sleep.
 * Return: the entry of the address, with a user of the table for the caller; NULL, without a user.
 */
pte_t *pt_cache_pte_alloc_get_map(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va);

/**
 * pt_cache_pte_alloc_get_map_lock - pt_cache_pte_alloc_get_map(), and lock the table's entries
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 * @va: the address
 * @ptl: set to the lock of this table alone, which is held on success
 *
 * Unlock before the put of the users: the lock is freed with the table.
 *
 * Context: Process context. May sleep. On success it returns with the lock held.
 * Return: the entry of the address, with a user of the table for the caller and the lock held;
 * NULL, with neither.
 */
pte_t *pt_cache_pte_alloc_get_map_lock(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va,
				       spinlock_t **ptl);

#endif /* PT_CACHE_H */
