// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the page tables of any process while it runs. (The 2020 proposal recorded the mm in each
 * page-table page. Here it is found by a walk.)
 *
 * Why no table is read after it was freed:
 *
 *	The caller holds a reference of mm_users, so exit_mmap() has not begun.
 *
 *	The mmap lock is held for reading, and only addresses within a VMA that was found under it
 *	are walked. munmap() and mremap(), which free the tables of an address range, hold the lock
 *	for writing while they remove the VMA. (munmap() frees the tables later, with the lock held
 *	for reading, but only those between the addresses of the neighbouring VMAs. A VMA grows
 *	into that gap only with the lock held for writing; on 6.1 munmap() keeps the lock for
 *	writing where a neighbour can grow.)
 *
 *	Some PTE tables are freed within a VMA all the same. On 6.1 khugepaged and MADV_COLLAPSE
 *	hold the lock for writing for that. Later kernels do not, and 7.2 frees empty PTE tables in
 *	MADV_DONTNEED; both wait for RCU. A section with interrupts off is an RCU read-side
 *	section, and the path to a table is looked up from the top within the section that reads
 *	the table.
 *
 *	hugetlb may take a shared PMD table away from an mm whose lock it does not hold. It then
 *	sends an IPI to every CPU before the table can be reused (tlb_remove_table_sync_one()), and
 *	waits for CPUs that have interrupts off.
 *
 *	A deposited PTE table is on the list of its PMD table, and leaves it under the PMD lock.
 *
 *	The tables of an LDT stay until exit_mmap() once the first LDT is installed, and are not
 *	walked before that: see ptc_mm_has_ldt().
 *
 * A table in which the kernel has reported a memory error is visited, but neither read nor what is
 * below it. Tables above PTE tables are looked at for that once in each hold of the mmap lock: five
 * looks for each table would be a tenth of the cost of a step.
 *
 * Interrupts are off for one table at a time, at most 512 entries. The mmap lock is held for at
 * most STEPS_PER_HOLD of these, with preemption off (census/mmap_lock.c says why), and not for one
 * more if somebody waits for it. In between others change the mm.
 *
 * So a concurrent change may or may not be seen, and what is visited is not always a table once:
 * mremap() may move a visited table up to addresses that the walk has yet to reach (it is visited
 * again) or one that it has yet to reach down (it is left out), and a table that is visited and
 * then deposited, or withdrawn from a deposit, may be visited in either state. A visitor that
 * needs to know that a table is in two places has to look there again.
 *
 * Locks: mmap lock (read, by trylock) -> PMD lock.
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
#include "census/mmap_lock.h"
#include "compat/ptdesc.h"
#include "pgtable/entry.h"
#include "alloc/record.h"

/*
 * Steps for one hold of the mmap lock. Each visits at most one table, which costs up to 2,700
 * instructions where entries are counted, and 20,000 where the visitor looks at each of them; the
 * last one may also note the tables that are deposited with a PMD table, 30,000 at most.
 */
#define STEPS_PER_HOLD		48U
#define LOOKS_PER_HOLD		6U

/* The tables on the path to an address, read once; valid while interrupts stay off. */
struct way {
	const unsigned long *table[PTC_LEVELS];	/* NULL: no table, or a folded level */
	enum pt_cache_level lowest;
	bool bad;				/* the lowest is not to be read: see ptc_table_is_bad() */
	pmd_t *pmdp, pmd;			/* the entry that points to the PTE table */
};

enum step {
	STEP_ON,	/* there may be more in this VMA */
	STEP_FULL,	/* the visitor has no room for the table */
	STEP_DEPOSITS,	/* deposits are noted, to be visited when the lock is released */
};

static const unsigned long *mm_walk_table_of(const void *entry)
{
	return (const unsigned long *)((unsigned long)entry & PAGE_MASK);
}

/* @sound: the table was not bad a moment ago. Returns whether it may be read. */
static __always_inline bool mm_walk_enter(struct way *way, const void *entry,
					  enum pt_cache_level level, bool sound)
{
	way->table[level] = mm_walk_table_of(entry);
	way->lowest = level;
	if (sound)
		return true;
	way->bad = ptc_table_is_bad(entry);
	return !way->bad;
}

/*
 * Interrupts are off; @way is empty. The descent ends at an entry that is a leaf, not present or
 * bad, and at a table in bad memory. Without a VMA at walk->va only the PGD is safe to read:
 * @top_alone.
 */
static void mm_walk_descend(struct ptc_mm_walk *walk, bool top_alone, struct way *way)
{
	unsigned long va = walk->va;
	bool sound = va < walk->sound_end;
	pgd_t *pgdp = pgd_offset_pgd(walk->top, va), pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;

	if (!mm_walk_enter(way, pgdp, PT_CACHE_PGD, sound) || top_alone)
		return;
	pgd = READ_ONCE(*pgdp);
	if (!pgd_present(pgd) || pgd_bad(pgd))
		return;
	p4dp = p4d_offset(&pgd, va);
	if (!mm_p4d_folded(NULL) && !mm_walk_enter(way, p4dp, PT_CACHE_P4D, sound))
		return;
	p4d = READ_ONCE(*p4dp);
	if (!p4d_present(p4d) || p4d_bad(p4d))
		return;
	pudp = pud_offset(&p4d, va);
	if (!mm_walk_enter(way, pudp, PT_CACHE_PUD, sound))
		return;
	pud = READ_ONCE(*pudp);
	if (!pud_present(pud) || pud_leaf(pud) || pud_bad(pud))
		return;
	way->pmdp = pmd_offset(&pud, va);
	if (!mm_walk_enter(way, way->pmdp, PT_CACHE_PMD, sound))
		return;
	walk->sound_end = ptc_table_end(PT_CACHE_PMD, va);
	way->pmd = READ_ONCE(*way->pmdp);
	if (!pmd_present(way->pmd) || pmd_leaf(way->pmd) || pmd_bad(way->pmd))
		return;
	mm_walk_enter(way, (const void *)pmd_page_vaddr(way->pmd), PT_CACHE_PTE, false);
}

/* Entries per iteration of the unrolled loops. Unrolled by pragma, since -O2 does not do it. */
#define ENTRIES_AT_ONCE	64

/*
 * Count the entries that are not none. The first loop only searches for one, since most of the
 * tables of interest are empty. An entry that changes meanwhile is counted with its old or its new
 * value. Interrupts are off.
 */
static int mm_walk_count_entries(const unsigned long *entries)
{
	const unsigned long *end = entries + PTRS_PER_PTE;
	int n = 0, i;

	barrier(); /* read the entries now: do not reuse values from earlier reads */
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
 * Was the table handed out by one of our caches, and for which mm? The caller keeps the table from
 * being freed, and is in an RCU read-side section, which keeps the block.
 */
static __always_inline bool mm_walk_is_ours(unsigned long pfn, unsigned long *owner)
{
	const struct ptc_block *block = ptc_index_find(pfn);
	struct ptc_record copy;
	bool ours = block && ptc_record_copy(block, pfn - block->pfn, &copy);

	*owner = ours ? (unsigned long)copy.mm : 0;
	return ours;
}

/* @bad: the table is not to be read. Interrupts are off. */
static void mm_walk_examine(struct ptc_mm_walk *walk, const unsigned long *entries, bool bad,
			    enum pt_cache_level level, struct ptc_mm_table *table)
{
	struct page *page = virt_to_page(entries);

	table->va = ptc_table_start(level, walk->va);
	table->pfn = page_to_pfn(page);
	table->level = level;
	table->page_refs = page_ref_count(page);
	table->share_count = level == PT_CACHE_PMD && walk->mm ? ptc_share_count(page) : -1;
	table->deposited = false;
	table->bad = bad;
	table->ours = mm_walk_is_ours(table->pfn, &table->owner); /* interrupts off: RCU */
	table->marked = PageTable(page);
	table->occupancy = walk->visitor->count && !bad ? mm_walk_count_entries(entries) : -1;
	if (walk->visitor->look && !bad)
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
 * Note the tables that are deposited with a PMD table, at most 512. The mmap lock is held.
 * Interrupts are on, because a holder of the PMD lock may wait for this CPU to flush its TLB. A
 * shared PMD table, which hugetlb may take away concurrently, never gets here: nothing is
 * deposited with it.
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

/*
 * The next address after @va for which the table has an entry, at most up to @end or the end of
 * the table. Interrupts are off.
 */
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
 * Visit the next table on the path to walk->va, from the top, or advance walk->va to the next
 * address that has one. The caller keeps the address space up to @end from being unmapped.
 */
static enum step mm_walk_step(struct ptc_mm_walk *walk, unsigned long end)
{
	struct ptc_mm_table table;
	enum pt_cache_level level;
	bool deposits, gone;
	struct way way = {};

	local_irq_disable();
	mm_walk_descend(walk, !walk->done[PT_CACHE_PGD], &way);
	/* from the top; where the PMD table was visited, those above it were, too */
	level = walk->va < walk->done[PT_CACHE_PMD] ? way.lowest : PT_CACHE_PGD;
	for (; level > way.lowest; level--)
		if (way.table[level] && walk->va >= walk->done[level])
			break;
	if (walk->va < walk->done[level]) { /* all tables of this path were visited */
		walk->va = level == PT_CACHE_PTE || way.bad ? ptc_table_end(level, walk->va) :
			   mm_walk_next_entry(way.table[level], level, walk->va, end);
		local_irq_enable();
		return STEP_ON;
	}
	mm_walk_examine(walk, way.table[level], way.bad && level == way.lowest, level, &table);
	deposits = level == PT_CACHE_PMD && mm_walk_has_deposits(walk, way.pmdp);
	smp_rmb(); /* reads of the table before the second read of its entry */
	gone = level == PT_CACHE_PTE && pmd_val(READ_ONCE(*way.pmdp)) != pmd_val(way.pmd);
	local_irq_enable();
	if (gone) /* or hardware set the accessed bit: look again */
		return STEP_ON;

	if (!walk->visitor->visit(walk->visitor, &table))
		return STEP_FULL;
	walk->done[level] = ptc_table_end(level, walk->va);
	if (level == PT_CACHE_PTE)
		walk->va = walk->done[level];
	if (!deposits)
		return STEP_ON;
	mm_walk_note_deposits(walk, way.pmdp);
	return STEP_DEPOSITS;
}

/*
 * Walk up to @end, or for *@steps, which count down. The caller keeps this part of the address
 * space from being unmapped. Returns 0, or 1 if the visitor has no room.
 */
static int mm_walk_to(struct ptc_mm_walk *walk, unsigned long end, unsigned int *steps)
{
	while (walk->va < end && *steps) {
		enum step step = mm_walk_step(walk, end);

		if (step == STEP_FULL)
			return 1;
		--*steps;
		if (step == STEP_DEPOSITS || (walk->mm && mmap_lock_is_contended(walk->mm)))
			*steps = 0;
	}
	return 0;
}

/* Walk as far as one hold of the mmap lock allows. Returns 0, 1, -EBUSY or -EINTR. */
static int mm_walk_hold(struct ptc_mm_walk *walk, unsigned int steps)
{
	int ret = ptc_mmap_lock(walk->mm, walk->patience);

	if (ret)
		return ret;
	if (!walk->done[PT_CACHE_PGD]) /* the PGD needs no VMA */
		ret = mm_walk_step(walk, 0) == STEP_FULL;
	while (!ret && steps) {
		const struct vm_area_struct *vma = find_vma(walk->mm, walk->va);

		if (!vma) {
			walk->stage = PTC_WALK_LDT;
			walk->va = PTC_LDT_START;
			break;
		}
		walk->va = max(walk->va, vma->vm_start);
		ret = mm_walk_to(walk, vma->vm_end, &steps);
	}
	ptc_mmap_unlock(walk->mm);
	return ret;
}

/* Walk on in planted tables, which need no lock. Returns 0 or 1. */
static int mm_walk_planted(struct ptc_mm_walk *walk, unsigned int steps)
{
	int ret = mm_walk_to(walk, TASK_SIZE_MAX, &steps);

	if (!ret && walk->va >= TASK_SIZE_MAX)
		walk->stage = PTC_WALK_DONE;
	return ret;
}

/* Walk on in the tables of an LDT, which are not freed under the walk. Returns 0 or 1. */
static int mm_walk_ldt(struct ptc_mm_walk *walk, unsigned int steps)
{
	bool has_ldt = ptc_mm_has_ldt(walk->mm);
	int ret = has_ldt ? mm_walk_to(walk, PTC_LDT_END, &steps) : 0;

	if (!ret && (walk->va >= PTC_LDT_END || !has_ldt))
		walk->stage = PTC_WALK_DONE;
	return ret;
}

static void mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, pgd_t *top,
			  struct ptc_visitor *visitor, struct ptc_patience *patience)
{
	walk->mm = mm;
	walk->top = top;
	walk->visitor = visitor;
	walk->patience = patience;
	walk->stage = PTC_WALK_USER;
	walk->va = 0;
	walk->deposits = walk->deposits_done = 0;
	memset(walk->done, 0, sizeof(walk->done));
	ptc_patience_for_next_mm(patience);
}

/**
 * ptc_mm_walk_begin - start the walk of an mm
 * @walk: the caller's; too large for the stack
 * @mm: the caller holds a reference of mm_users whenever the walk goes on
 * @visitor: called for each table
 * @patience: how long the walk may wait for the mmap lock
 */
void ptc_mm_walk_begin(struct ptc_mm_walk *walk, struct mm_struct *mm, struct ptc_visitor *visitor,
		       struct ptc_patience *patience)
{
	mm_walk_begin(walk, mm, mm->pgd, visitor, patience);
}

/* As ptc_mm_walk_begin(). Planted tables do not change, and need no lock. */
void ptc_mm_walk_begin_space(struct ptc_mm_walk *walk, const struct ptc_space *space,
			     struct ptc_visitor *visitor, struct ptc_patience *patience)
{
	mm_walk_begin(walk, space->process.mm, space->top, visitor, patience);
}

/*
 * Leave out what lies below an address. The tables on the path to the first mapped address from
 * @va on are visited from the top, as at the beginning. Called after a begin.
 */
void ptc_mm_walk_from(struct ptc_mm_walk *walk, unsigned long va)
{
	walk->va = va;
}

/**
 * ptc_mm_walk - visit the tables of an mm
 * @walk: begun; if the visitor has no room, call this again to resume the walk
 *
 * Context: process context, may sleep; acquires the mm's mmap lock, so the caller holds none.
 * Return: 0 at the end of the walk, 1 if the visitor has no room, -EINTR on a signal, -EBUSY if
 * the mmap lock was not to be had for as long as the walk may wait.
 */
int ptc_mm_walk(struct ptc_mm_walk *walk)
{
	unsigned int steps = walk->visitor->look ? LOOKS_PER_HOLD : STEPS_PER_HOLD;
	int ret = 0;

	while (!ret && walk->stage != PTC_WALK_DONE) {
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
		if (!mm_walk_visit_deposits(walk))
			return 1;
		walk->sound_end = 0;
		if (walk->stage == PTC_WALK_LDT)
			ret = mm_walk_ldt(walk, steps);
		else if (walk->mm)
			ret = mm_walk_hold(walk, steps);
		else
			ret = mm_walk_planted(walk, steps);
	}
	return ret;
}
