// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the page tables of a process that is not ours, while it runs. (The proposal of 2020 wrote
 * the mm into each page-table page; here it is found out by looking.)
 *
 * Why no table is read after it was freed:
 *
 *	The caller holds a reference of mm_users, so exit_mmap() has not begun.
 *
 *	The mmap lock is held for reading, and only addresses under a VMA that was found under it
 *	are walked. What frees tables of an address range otherwise, munmap() and mremap(), holds
 *	the lock for writing while it takes the VMA away. (munmap() frees the tables later, with the
 *	lock held for reading, but only those between its neighbours' addresses; and a VMA grows into
 *	them with the lock held for writing alone, on 6.1 munmap() keeps it for writing then.)
 *
 *	Some PTE tables are freed under a VMA all the same. On 6.1 khugepaged and MADV_COLLAPSE hold
 *	the lock for writing for that. Later kernels do not, and 7.2 frees empty PTE tables in
 *	MADV_DONTNEED; both wait for RCU. A section with interrupts off is an RCU reader: the way to
 *	a table is looked up from the top within the section in which the table is read.
 *
 *	hugetlb may take a shared PMD table from an mm whose lock it does not hold. It then sends an
 *	interrupt to every CPU before the table can change hands (tlb_remove_table_sync_one()), and
 *	waits for those that have interrupts off.
 *
 *	A deposited PTE table is on its PMD table's list, and leaves it under the PMD lock.
 *
 *	The tables of an LDT stay until exit_mmap() from when the first one is installed, and are
 *	not looked at before: see ptc_mm_has_ldt().
 *
 * Interrupts are off for one table at a time, at most 512 entries. The mmap lock is held for at
 * most 1G of mapped address space: then others get their turn. What changes meanwhile is found, or
 * not; a table is never found twice, since the walk goes upwards only.
 *
 * Locks: mmap lock (read, killable) -> the PMD lock.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "alloc/index.h"
#include "census/arch.h"
#include "census/mm_walk.h"
#include "compat/ptdesc.h"
#include "pgtable/entry.h"
#include "alloc/record.h"

/* The mmap lock is dropped after so many tables, too. */
#define TABLES_PER_LOCK	4096

/* The tables on the way to an address, read once; valid while interrupts stay off. */
struct way {
	const unsigned long *table[PTC_LEVELS];	/* NULL: there is none, or the level is folded */
	enum pt_cache_level lowest;
	pmd_t *pmdp, pmd;			/* what led to the PTE table */
};

enum step {
	STEP_ON,	/* there may be more in this VMA */
	STEP_FULL,	/* the visitor has no room */
};

static const unsigned long *mm_walk_table_of(const void *entry)
{
	return (const unsigned long *)((unsigned long)entry & PAGE_MASK);
}

/*
 * Interrupts are off. An entry that is a leaf, is not present or looks wrong ends the way. The top
 * alone may be looked at where nothing keeps the address space.
 */
static void mm_walk_descend(pgd_t *top, unsigned long va, bool top_alone, struct way *way)
{
	pgd_t *pgdp = pgd_offset_pgd(top, va), pgd = READ_ONCE(*pgdp);
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;

	memset(way->table, 0, sizeof(way->table));
	way->table[PT_CACHE_PGD] = mm_walk_table_of(top);
	way->lowest = PT_CACHE_PGD;
	if (top_alone || !pgd_present(pgd) || pgd_bad(pgd))
		return;
	p4dp = p4d_offset(&pgd, va);
	p4d = READ_ONCE(*p4dp);
	if (!mm_p4d_folded(NULL)) {
		way->table[PT_CACHE_P4D] = mm_walk_table_of(p4dp);
		way->lowest = PT_CACHE_P4D;
	}
	if (!p4d_present(p4d) || p4d_bad(p4d))
		return;
	pudp = pud_offset(&p4d, va);
	pud = READ_ONCE(*pudp);
	way->table[PT_CACHE_PUD] = mm_walk_table_of(pudp);
	way->lowest = PT_CACHE_PUD;
	if (!pud_present(pud) || pud_leaf(pud) || pud_bad(pud))
		return;
	way->pmdp = pmd_offset(&pud, va);
	way->pmd = READ_ONCE(*way->pmdp);
	way->table[PT_CACHE_PMD] = mm_walk_table_of(way->pmdp);
	way->lowest = PT_CACHE_PMD;
	if (!pmd_present(way->pmd) || pmd_leaf(way->pmd) || pmd_bad(way->pmd))
		return;
	way->table[PT_CACHE_PTE] = (const unsigned long *)pmd_page_vaddr(way->pmd);
	way->lowest = PT_CACHE_PTE;
}

/* Entries of a table in one go: by hand, since -O2 leaves such loops as they are. */
#define ENTRIES_AT_ONCE	64

/*
 * Entries that are not none. Whether there is any is found out first: most tables that one looks
 * for are empty. An entry that changes meanwhile is counted as it was or as it is. Interrupts are
 * off.
 */
static int mm_walk_count_entries(const unsigned long *entries)
{
	const unsigned long *end = entries + PTRS_PER_PTE;
	int n = 0, i;

	barrier(); /* none of what was read before stands for these */
	for (; entries < end; entries += ENTRIES_AT_ONCE) {
		unsigned long any = 0;

#pragma GCC unroll 64
		for (i = 0; i < ENTRIES_AT_ONCE; i++)
			any |= entries[i];
		if (!ptc_entry_none(any))
			break;
	}
	for (; entries < end; entries += 16) {
#pragma GCC unroll 16
		for (i = 0; i < 16; i++)
			n += !ptc_entry_none(entries[i]);
	}
	return n;
}

/*
 * Has one of our caches handed a table out, and for which mm? Nobody frees the table meanwhile, and
 * an RCU section keeps the block.
 */
static bool mm_walk_is_ours(unsigned long pfn, unsigned long *owner)
{
	const struct ptc_block *block = ptc_index_find(pfn);
	struct ptc_record copy;
	bool ours = block && ptc_record_copy(block, pfn - block->pfn, &copy);

	*owner = ours ? (unsigned long)copy.mm : 0;
	return ours;
}

/* Interrupts are off. */
static void mm_walk_examine(struct ptc_mm_walk *walk, const unsigned long *entries,
			    enum pt_cache_level level, struct ptc_mm_table *table)
{
	struct page *page = virt_to_page(entries);

	table->va = ptc_table_start(level, walk->va);
	table->pfn = page_to_pfn(page);
	table->level = level;
	table->page_refs = page_ref_count(page);
	table->share_count = level == PT_CACHE_PMD && walk->mm ? ptc_share_count(page) : -1;
	table->deposited = false;
	table->ours = mm_walk_is_ours(table->pfn, &table->owner); /* interrupts off are an RCU section */
	table->marked = PageTable(page);
	table->occupancy = walk->visitor->count ? mm_walk_count_entries(entries) : -1;
	if (walk->visitor->look)
		walk->visitor->look(walk->visitor, table, entries);
}

/* Are PTE tables deposited with this PMD table? Interrupts are off. */
static bool mm_walk_has_deposits(struct ptc_mm_walk *walk, pmd_t *pmdp)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	return walk->mm && READ_ONCE(pmd_huge_pte(walk->mm, pmdp));
#else
	return false;
#endif
}

/*
 * Note the tables that are deposited with a PMD table. The mmap lock is held and interrupts are on:
 * who holds the PMD lock may wait for this CPU to flush its TLB. hugetlb's tables, which others
 * may take away, never come here: nothing is deposited with them.
 */
static void mm_walk_note_deposits(struct ptc_mm_walk *walk, pmd_t *pmdp)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	spinlock_t *lock = pmd_lock(walk->mm, pmdp);
	struct page *first = pmd_huge_pte(walk->mm, pmdp), *page = first;

	while (page && walk->deposits < ARRAY_SIZE(walk->deposit)) {
		struct ptc_deposit *deposit = &walk->deposit[walk->deposits++];

		deposit->pfn = page_to_pfn(page);
		deposit->page_refs = page_ref_count(page);
		deposit->marked = PageTable(page);
		rcu_read_lock();
		deposit->ours = mm_walk_is_ours(deposit->pfn, &deposit->owner);
		rcu_read_unlock();
		page = list_next_entry(page, lru);
		if (page == first)
			break;
	}
	spin_unlock(lock);
#endif
}

static bool mm_walk_visit_deposits(struct ptc_mm_walk *walk)
{
	for (; walk->deposits_done < walk->deposits; walk->deposits_done++) {
		const struct ptc_deposit *deposit = &walk->deposit[walk->deposits_done];
		struct ptc_mm_table table = {
			.va = PTC_NO_VA,
			.pfn = deposit->pfn,
			.level = PT_CACHE_PTE,
			.occupancy = -1,
			.page_refs = deposit->page_refs,
			.share_count = -1,
			.deposited = true,
			.marked = deposit->marked,
			.ours = deposit->ours,
			.owner = deposit->owner,
		};

		if (!walk->visitor->visit(walk->visitor, &table))
			return false;
	}
	walk->deposits = walk->deposits_done = 0;
	return true;
}

/* The next address behind @va and below @end for which the table has an entry. Interrupts off. */
static unsigned long mm_walk_next_entry(const unsigned long *entries, enum pt_cache_level level,
					unsigned long va, unsigned long end)
{
	unsigned int shift = ptc_entry_shift(level);

	end = min(end, ptc_table_end(level, va));
	do {
		va = (va & ~((1UL << shift) - 1)) + (1UL << shift);
	} while (va < end && ptc_entry_none(READ_ONCE(entries[va >> shift & (PTRS_PER_PTE - 1)])));
	return va;
}

/*
 * Find the next table on the way to walk->va, from the top, or go on to the next address that has
 * one. Its address space is kept from being taken away, up to @end.
 */
static enum step mm_walk_step(struct ptc_mm_walk *walk, unsigned long end)
{
	struct ptc_mm_table table;
	enum pt_cache_level level;
	bool deposits, gone;
	struct way way;

	if (!mm_walk_visit_deposits(walk))
		return STEP_FULL;

	local_irq_disable();
	mm_walk_descend(walk->top, walk->va, !walk->done[PT_CACHE_PGD], &way);
	/* from the top; where a PMD table was found before, so were those above it */
	level = walk->va < walk->done[PT_CACHE_PMD] ? way.lowest : PT_CACHE_PGD;
	for (; level > way.lowest; level--)
		if (way.table[level] && walk->va >= walk->done[level])
			break;
	if (walk->va < walk->done[level]) { /* all of them were found before */
		walk->va = level == PT_CACHE_PTE ? ptc_table_end(level, walk->va) :
			   mm_walk_next_entry(way.table[level], level, walk->va, end);
		local_irq_enable();
		return STEP_ON;
	}
	mm_walk_examine(walk, way.table[level], level, &table);
	deposits = level == PT_CACHE_PMD && mm_walk_has_deposits(walk, way.pmdp);
	smp_rmb(); /* what was read of the table before the second look */
	gone = level == PT_CACHE_PTE && pmd_val(READ_ONCE(*way.pmdp)) != pmd_val(way.pmd);
	local_irq_enable();
	if (gone) /* or accessed by the hardware for the first time: look again */
		return STEP_ON;

	if (!walk->visitor->visit(walk->visitor, &table))
		return STEP_FULL;
	if (deposits)
		mm_walk_note_deposits(walk, way.pmdp);
	walk->done[level] = ptc_table_end(level, walk->va);
	if (level == PT_CACHE_PTE)
		walk->va = walk->done[level];
	return STEP_ON;
}

/*
 * Walk up to @limit, or until so many tables; what has no table is skipped as far as @end. Nobody
 * takes this part of the address space away.
 */
static int mm_walk_to(struct ptc_mm_walk *walk, unsigned long limit, unsigned long end,
		      unsigned int *tables)
{
	while (walk->va < limit && (*tables)++ < TABLES_PER_LOCK) {
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		if (mm_walk_step(walk, end) == STEP_FULL)
			return 1;
	}
	return 0;
}

/* What can be walked while the mmap lock is held once. */
static int mm_walk_locked(struct ptc_mm_walk *walk)
{
	unsigned int tables = 0;
	unsigned long limit = 0;
	int full = 0;

	if (mmap_read_lock_killable(walk->mm))
		return -EINTR;
	if (!walk->done[PT_CACHE_PGD]) /* it is there without a VMA, too */
		full = mm_walk_step(walk, 0) == STEP_FULL;
	while (!full && tables < TABLES_PER_LOCK) {
		const struct vm_area_struct *vma = find_vma(walk->mm, walk->va);

		if (!vma) {
			walk->stage = PTC_WALK_LDT;
			walk->va = PTC_LDT_START;
			break;
		}
		walk->va = max(walk->va, vma->vm_start);
		if (!limit)
			limit = ptc_table_end(PT_CACHE_PMD, walk->va);
		if (walk->va >= limit)
			break;
		full = mm_walk_to(walk, min(vma->vm_end, limit), vma->vm_end, &tables);
	}
	mmap_read_unlock(walk->mm);
	return full;
}

static void mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, pgd_t *top,
			  struct ptc_visitor *visitor)
{
	walk->mm = mm;
	walk->top = top;
	walk->visitor = visitor;
	walk->stage = PTC_WALK_USER;
	walk->va = 0;
	walk->deposits = walk->deposits_done = 0;
	memset(walk->done, 0, sizeof(walk->done));
}

/**
 * ptc_mm_walk_begin - start the walk of an mm
 * @walk: the caller's; it is large, so not on the stack
 * @mm: a reference of its users is held until the walk is over
 * @visitor: who is told
 */
void ptc_mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor)
{
	mm_walk_begin(walk, mm, mm->pgd, visitor);
}

/* As ptc_mm_walk_begin(); planted tables stay as they are, and no lock is needed for them. */
void ptc_mm_walk_begin_space(struct ptc_mm_walk *walk, const struct ptc_space *space,
			     struct ptc_visitor *visitor)
{
	mm_walk_begin(walk, space->process.mm, space->top, visitor);
}

/**
 * ptc_mm_walk - find the tables of an mm
 * @walk: begun; when the visitor had no room, the walk is gone on with by calling this again
 *
 * Context: process context, may sleep; takes the mm's mmap lock, so the caller holds no mm's.
 * Return: 0 when all has been walked, 1 when the visitor had no room, -EINTR on a signal.
 */
int ptc_mm_walk(struct ptc_mm_walk *walk)
{
	unsigned int tables;
	int ret = 0;

	while (!ret && walk->stage == PTC_WALK_USER) {
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		if (walk->mm) {
			ret = mm_walk_locked(walk);
			continue;
		}
		tables = 0;
		ret = mm_walk_to(walk, TASK_SIZE_MAX, TASK_SIZE_MAX, &tables);
		if (!ret && walk->va >= TASK_SIZE_MAX)
			walk->stage = PTC_WALK_DONE;
	}
	while (!ret && walk->stage == PTC_WALK_LDT) {
		bool has_ldt = ptc_mm_has_ldt(walk->mm);

		tables = 0;
		if (has_ldt)
			ret = mm_walk_to(walk, PTC_LDT_END, PTC_LDT_END, &tables);
		if (!ret && (walk->va >= PTC_LDT_END || !has_ldt))
			walk->stage = PTC_WALK_DONE;
	}
	return ret;
}
