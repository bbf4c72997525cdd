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
#include <linux/pgtable.h>
#include <linux/spinlock_types.h>
#include <linux/types.h>

struct mm_struct;
struct page;
struct pt_cache;
struct pt_cache_tree;

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
 *	(another's when that one has no memory left: `remote` in stats)
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
 * Return: 0, or -EBUSY when tables are still out: the log lists the first 16 (a warning with a
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

/*
 * Lending: tables for somebody who does not know that they are ours and frees them as pages of the
 * page allocator: the kernel's own page-table code, as pt_cache_live.ko has it borrow them. The
 * 2021 series changed that code to give its tables back to a cache; here nothing gives them back,
 * so the cache keeps one page reference of its own, and a table whose only reference that is, is
 * free again. It is found by looking, cleared, and lent again.
 */

/**
 * struct pt_cache_lender_attr - what a lender is to be like
 * @name: as that of a cache, which it becomes the name of
 * @max_blocks: hold at most so many blocks of 2M; 0 lends nothing
 * @verify: look at every table each time it is lent, as verify_zero=1 does for all caches
 */
struct pt_cache_lender_attr {
	const char *name;
	unsigned long max_blocks;
	bool verify;
};

/**
 * struct pt_cache_lender_stats - what a lender has done, and has
 * @lent: tables lent, ever
 * @taken_back: tables that the borrower has let go of, ever: to be cleared and lent again
 * @in_use: tables that are lent; also those that wait to be taken back
 * @non_zero: tables found dirty when they were to be lent
 * @ready: tables that are clean and in
 * @blocks: blocks of 2M held
 * @max_blocks: and the limit
 * @lends: false when a table was found dirty or in a bad state: nothing is lent any more
 */
struct pt_cache_lender_stats {
	u64 lent, taken_back, in_use, non_zero;
	unsigned long ready, blocks, max_blocks;
	bool lends;
};

struct pt_cache_lender;

/**
 * pt_cache_lender_create - make a lender, with blocks of its own
 * @attr: not kept
 *
 * Takes one block for each node with memory, as far as @attr->max_blocks goes, and others when
 * tables are wanted that cannot be had by taking back: only whole blocks, adopted or fresh. They go
 * back to the page allocator under memory pressure. Holds a reference of pt_cache.ko.
 *
 * Context: Process context. May sleep.
 * Return: the lender, or ERR_PTR: as pt_cache_create(); -EINVAL for no @attr.
 */
struct pt_cache_lender *pt_cache_lender_create(const struct pt_cache_lender_attr *attr);

/**
 * pt_cache_lend - lend a table
 * @lender: who lends
 * @mm: the mm it is for, as in pt_cache_alloc_table()
 * @level: what it will hold
 *
 * The borrower gets a page as alloc_page() gives one: zero, of order 0, without flags or type, with
 * a reference that is the borrower's (and one more, which is not). The borrower frees it by putting
 * its reference, never by a function that takes the count for known (free_frozen_pages()), after
 * everything that must precede a free; what is in the page then does not matter, but its struct
 * page has to be as the page allocator wants it back: without a mark, a type, a mapping, or
 * flags. One that is not, or whose memory is bad (hwpoison), is never lent again; a bad state
 * ends the lending.
 *
 * Never waits and never splits the direct map. A request that finds no clean table looks at 64
 * lent ones at most and clears one table at most; a worker does the rest. Not charged to a memory
 * cgroup. A cache that lends is listed in `caches`; nothing else can be had from it.
 *
 * Context: Any context but NMI. Does not sleep.
 * Return: the page, or NULL: take one of the page allocator's.
 */
struct page *pt_cache_lend(struct pt_cache_lender *lender, struct mm_struct *mm,
			   enum pt_cache_level level);

/**
 * pt_cache_lender_limit - change how many blocks a lender may hold
 * @lender: the lender
 * @max_blocks: as in &struct pt_cache_lender_attr. What it holds beyond goes when it is empty; with
 *	0 nothing more is lent, what is ready included
 *
 * Context: Any context but NMI.
 */
void pt_cache_lender_limit(struct pt_cache_lender *lender, unsigned long max_blocks);

/**
 * pt_cache_lender_verify - change whether tables are looked at when they are lent
 * @lender: the lender
 * @verify: as in &struct pt_cache_lender_attr
 *
 * Context: Process context. May sleep. The caller sees to it that nobody else calls it.
 */
void pt_cache_lender_verify(struct pt_cache_lender *lender, bool verify);

/**
 * pt_cache_lender_stats - what a lender has done
 * @lender: the lender
 * @stats: filled; exact when nothing runs
 *
 * Context: Any context.
 */
void pt_cache_lender_stats(const struct pt_cache_lender *lender,
			   struct pt_cache_lender_stats *stats);

/**
 * pt_cache_lender_destroy - give a lender up
 * @lender: from pt_cache_lender_create(); NULL is allowed and does nothing. Nobody borrows any more
 *
 * Tables that are in use stay with whoever uses them: they are pages of the page allocator from now
 * on, and go there when their last reference is put. All others are given back.
 *
 * Context: Process context. May sleep.
 */
void pt_cache_lender_destroy(struct pt_cache_lender *lender);

/*
 * Trees: page tables of this architecture, of a module's own, all from a cache. No CPU walks them
 * unless the module has one do so; a device, a hypervisor or software may.
 *
 * Many CPUs may map, unmap and walk at once, also in the same 2M. Those in different ranges of 2M
 * never wait for each other, but for a table that several of them need and one is installing: then
 * all but one give back what they made. Walks take no lock.
 *
 * That a table is filled first, then made visible once, and that an existing one is only looked up,
 * is from Ryan Roberts' "arm64: mm: Don't remap pgtables for allocate vs populate" (2024). The
 * users are from Qi Zheng's "Free user PTE page table pages" (2021), with a tree in place of the
 * mm.
 */

/** PT_CACHE_TREE_NO_PMD_BLOCKS - map by pages only, whatever the alignment */
#define PT_CACHE_TREE_NO_PMD_BLOCKS	(1UL << 0)

/**
 * PT_CACHE_TREE_NO_PUD_BLOCKS - map nothing by 1G
 *
 * For a tree that a CPU without such mappings (X86_FEATURE_GBPAGES) is to walk.
 */
#define PT_CACHE_TREE_NO_PUD_BLOCKS	(1UL << 1)

/**
 * struct pt_cache_tree_attr - what a tree is to be like
 * @cache: where its tables come from; of order 0
 * @mm: the mm that the tables are recorded for, or NULL; its struct is pinned as long as the tree
 *      lives, its address space is not
 * @flush: forget translations of [start, end) and the way to them, on every CPU and device that
 *         walks this tree; returns when that is so. NULL where nobody but pt_cache_tree_walk()
 *         does. Called by whoever unmaps or puts the last user, once for all that it took out, with
 *         no lock of the tree held, before anything that was mapped or any table is used again
 * @private: for @flush
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
 * @prot: the protection, as for a PTE at every level; with the bits that the hardware sets
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
 * pt_cache_tree_create - make an empty tree
 * @attr: not kept
 *
 * Context: Process context. May sleep.
 * Return: the tree, or ERR_PTR: -EINVAL for no cache, one of another order than 0, or an unknown
 * flag; -ENOMEM.
 */
struct pt_cache_tree *pt_cache_tree_create(const struct pt_cache_tree_attr *attr);

/**
 * pt_cache_tree_destroy - unmap all, and end the tree
 * @tree: from pt_cache_tree_create(); NULL is allowed and does nothing. The caller has seen to it
 *        that nobody else uses it any more
 *
 * When it returns, all tables are back in their cache, all zero but for the top, which is cleared
 * before it is handed out again.
 *
 * Context: Process context. May sleep; waits for RCU.
 * Return: 0, or -EBUSY when somebody still has a user of a table: a warning the first time, and the
 * tree stays, empty but for that. -EINVAL for an ERR_PTR.
 */
int pt_cache_tree_destroy(struct pt_cache_tree *tree);

/**
 * pt_cache_tree_top - the table of the highest level
 * @tree: the tree
 *
 * For the register or the descriptor of whatever walks the tree. It stays the same.
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
 * @pa: what it maps to, a multiple of the page size
 * @size: bytes, a multiple of the page size
 * @prot: as for a PTE; present
 *
 * By 1G and 2M where both addresses and the size allow, unless the tree's flags forbid. A table
 * that is missing is filled before it becomes visible, so that a walker sees what it maps whole. On
 * an error what was mapped by this call is unmapped again and flushed, and the tree maps what it
 * did before. The tree's flush is called, too, where others are unmapping: what walks may remember
 * that nothing was mapped here.
 *
 * A call that maps or unmaps in a range which another one is about to map may find its part
 * unmapped again, if that one fails.
 *
 * Context: Process context. May sleep.
 * Return: 0; -EEXIST if anything in the range is mapped; -EINVAL for a wrong size or alignment or a
 * @prot that is not present; -ERANGE beyond the address space or the physical one; -EINTR when the
 * task is killed; -ENOMEM.
 */
int pt_cache_tree_map(struct pt_cache_tree *tree, unsigned long va, phys_addr_t pa,
		      unsigned long size, pgprot_t prot);

/**
 * pt_cache_tree_unmap - unmap a range
 * @tree: the tree
 * @va: the first address, a multiple of the page size
 * @size: bytes, a multiple of the page size
 *
 * A larger mapping that sticks out of the range is split. Tables without use are given back. The
 * tree's flush is called once, before it returns.
 *
 * Two calls whose ranges overlap are the caller's to keep apart, if it wants to know which of them
 * unmapped what.
 *
 * Context: Process context. May sleep.
 * Return: 0; -ENOENT if anything in the range is not mapped; -EINVAL for a wrong size or alignment;
 * -ERANGE beyond the address space; -ENOMEM when a mapping could not be split. On an error nothing
 * is unmapped. What an error says of a range that another call is unmapping does not mean that that
 * one has flushed.
 */
int pt_cache_tree_unmap(struct pt_cache_tree *tree, unsigned long va, unsigned long size);

/**
 * pt_cache_tree_walk - visit what is mapped in a range
 * @tree: the tree
 * @va: the first address, a multiple of the page size
 * @size: bytes, a multiple of the page size
 * @visit: called for each leaf that maps a part of the range, by rising address, in an RCU
 *         read-side section: it may not sleep. Whatever else than 0 it returns ends the walk
 * @data: for @visit
 *
 * Without any lock. What others map or unmap meanwhile is found, or not; what is found was mapped
 * while it was looked at.
 *
 * Context: Process context. May sleep between calls of @visit.
 * Return: 0, or what @visit returned; -EINVAL, -ERANGE as pt_cache_tree_unmap().
 */
int pt_cache_tree_walk(struct pt_cache_tree *tree, unsigned long va, unsigned long size,
		       int (*visit)(const struct pt_cache_mapping *mapping, void *data), void *data);

/*
 * For a module that writes the entries of PTE tables itself. A PTE table has users: one for each of
 * its entries that is not none, and one for each caller that works on it. Whoever makes an entry of
 * none takes one more, whoever makes one none puts one, and sees to the flush of what it mapped.
 * What walks may remember the way to an earlier table in the same place until a flush that is going
 * on is over: pt_cache_tree_map() waits for that by itself, who writes entries flushes.
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
 * pt_cache_tree_pmd_get - the PMD entry of an address
 * @tree: the tree
 * @va: any address of it
 *
 * Makes the tables down to the PMD level, and keeps them until pt_cache_tree_pmd_put().
 *
 * Context: Process context. May sleep.
 * Return: the entry, or ERR_PTR: -EEXIST where 1G is mapped by one entry, -ERANGE, -ENOMEM.
 */
pmd_t *pt_cache_tree_pmd_get(struct pt_cache_tree *tree, unsigned long va);

/**
 * pt_cache_tree_pmd_put - let go of what pt_cache_tree_pmd_get() keeps
 * @tree: the tree
 * @va: the same address
 *
 * Context: Any context but NMI, as far as the tree's flush allows.
 */
void pt_cache_tree_pmd_put(struct pt_cache_tree *tree, unsigned long va);

/**
 * pt_cache_pte_get - one more user of a PTE table
 * @pmd: the entry that leads to it. The caller has a user of the table
 *
 * Context: Any context but NMI.
 */
void pt_cache_pte_get(pmd_t *pmd);

/**
 * pt_cache_pte_get_many - more users of a PTE table
 * @pmd: the entry that leads to it. The caller has a user of the table
 * @nr: how many
 *
 * Context: Any context but NMI.
 */
void pt_cache_pte_get_many(pmd_t *pmd, unsigned int nr);

/**
 * pt_cache_pte_get_unless_zero - one more user of a PTE table that may be going
 * @pmd: the entry that may lead to it; the PMD table is kept from going
 *
 * In the proposal it asked for the PMD lock, so that the table is not freed between the look at the
 * entry and the count. Here RCU sees to that: a table is not used again before a grace period has
 * passed, and its users stay zero until then.
 *
 * Context: Any context but NMI.
 * Return: whether there is a table, with a user that is the caller's now.
 */
bool pt_cache_pte_get_unless_zero(pmd_t *pmd);

/**
 * pt_cache_pte_try_get - one more user of a PTE table, if there is one
 * @tree: the tree
 * @pmd: the entry that may lead to it; the PMD table is kept from going
 *
 * As pt_cache_pte_get_unless_zero(). (The proposal's took the PMD lock for it, this one needs
 * none.)
 *
 * Context: Any context but NMI.
 * Return: whether there is a table, with a user that is the caller's now.
 */
bool pt_cache_pte_try_get(struct pt_cache_tree *tree, pmd_t *pmd);

/**
 * pt_cache_pte_put - one user of a PTE table less
 * @tree: the tree
 * @pmd: the entry that leads to it
 * @va: any address that the table maps
 *
 * The last one takes the table out of the tree, and those above it that only it used; the tree's
 * flush is called, and after a grace period of RCU the table is back in its cache, as zero. With
 * verify_zero=1 one that is not is quarantined. More users than there are, or of no table: a
 * warning the first time, counted in `bad_put`, and nothing changes.
 *
 * Context: Any context but NMI, as far as the tree's flush allows.
 */
void pt_cache_pte_put(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va);

/**
 * pt_cache_pte_put_many - users of a PTE table less
 * @tree: the tree
 * @pmd: the entry that leads to it
 * @va: any address that the table maps
 * @nr: how many
 *
 * As pt_cache_pte_put().
 *
 * Context: Any context but NMI, as far as the tree's flush allows.
 */
void pt_cache_pte_put_many(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va,
			   unsigned int nr);

/**
 * pt_cache_pmd_install_get - install a PTE table, or get the one that is there
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 * @table: a PT_CACHE_PTE table of the tree's cache that nobody else knows; set to NULL if it was
 *	installed
 *
 * Its entries are made visible before it is. Where others were faster theirs gets one more user,
 * waiting for one that is just going to be gone. What is left in @table is the caller's.
 *
 * Context: Any context but NMI.
 * Return: 0, with a user that is the caller's; -EEXIST where 2M are mapped by one entry; -EINVAL,
 * with a warning the first time, for any other page than that.
 */
int pt_cache_pmd_install_get(struct pt_cache_tree *tree, pmd_t *pmd, struct page **table);

/**
 * pt_cache_pte_alloc_get - one more user of a PTE table, made if there is none
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 *
 * Context: Process context. May sleep.
 * Return: 0, with a user that is the caller's; -EEXIST where 2M are mapped by one entry; -ENOMEM.
 */
int pt_cache_pte_alloc_get(struct pt_cache_tree *tree, pmd_t *pmd);

/**
 * pt_cache_pte_alloc_get_map - as pt_cache_pte_alloc_get(), for one entry
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 * @va: the address
 *
 * Context: Process context. May sleep.
 * Return: the entry of the address, with a user of the table; NULL, and then without.
 */
pte_t *pt_cache_pte_alloc_get_map(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va);

/**
 * pt_cache_pte_alloc_get_map_lock - as pt_cache_pte_alloc_get_map(), and lock the table's entries
 * @tree: the tree
 * @pmd: from pt_cache_tree_pmd_get()
 * @va: the address
 * @ptl: set to the lock of this table, a lock of its own, which is held
 *
 * The users are put after the unlock: the lock goes with the table.
 *
 * Context: Process context. May sleep; does not when it returns with the lock.
 * Return: the entry of the address, with a user of the table; NULL, and then without, and unlocked.
 */
pte_t *pt_cache_pte_alloc_get_map_lock(struct pt_cache_tree *tree, pmd_t *pmd, unsigned long va,
				       spinlock_t **ptl);

#endif /* PT_CACHE_H */
