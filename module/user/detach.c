// SPDX-License-Identifier: GPL-2.0
/*
 * Takes PTE tables of a running process out of its page tables: empty ones, to free them, or any,
 * to put copies in their places.
 *
 * A PMD entry is cleared only when nobody else can use the table behind it, or will.
 * mm/khugepaged.c of 6.1 says which locks that takes, at collapse_and_free_pmd(), and
 * mm_take_all_locks() of later kernels takes the same for a whole mm. Here they are taken for the
 * VMAs that overlap the 2M of one table. The sources of 6.1, 6.12 and 7.3 were read for every
 * path to a user PTE table; who holds what:
 *
 * Software that holds a lock
 *
 *	mmap lock (held for writing): page faults, slow GUP, fork (dup_mmap()), exec, mprotect,
 *	mremap, NUMA balancing, KSM's scan, MGLRU's walk (which compares the PMD with a copy of
 *	its own, 7.3), swapoff (unuse_mm()), hmm, oom_reaper, procfs, uprobes, khugepaged's and
 *	MADV_COLLAPSE's collapse of anonymous memory (which puts a table back under the PMD lock
 *	alone when it fails). munmap() frees the tables of a detached range with the lock
 *	downgraded to a read lock, and keeps it until tlb_finish_mmu().
 *
 *	VMA locks of all VMAs that overlap the 2M (compat/vma_lock.h): 6.12: page faults,
 *	UFFDIO_COPY and UFFDIO_MOVE (move_pages_pte() does not look at the PMD again: it would
 *	move a page into a detached table), TCP's zero-copy receive. 7.3: also madvise(), smaps,
 *	DAMON. 6.1 has none. A walker with a VMA lock alone stays within its VMA.
 *
 *	i_mmap_rwsem of the mapping of each vm_file, for writing: truncate and hole punch
 *	(unmap_mapping_range()), page_mkclean, reclaim and migration of file pages,
 *	retract_page_tables(). That one looks at a PMD, and later frees the table that the PMD
 *	points to without a second look (7.3 has one), so a cleared PMD would have it free page
 *	frame 0: on 6.1 it holds this lock for writing, later for reading, and the mmap lock on
 *	6.1 alone. Memory without vm_ops may have a vm_file: a private mapping of /dev/zero.
 *
 *	root lock of vma->anon_vma: reclaim, migration and split of anonymous pages, KSM's rmap
 *	walk, page_idle, DAMON of physical addresses, memory_failure(). All anon_vmas of a VMA's
 *	chain have one root (lock_anon_vma_root() warns else), and links change only under the
 *	mmap lock. UFFDIO_MOVE gives a page another root without these, under a VMA lock.
 *
 * What writes to page tables with locks of its own is in no mapping of the allow-list
 * (sharers_may_change()): device mappings (sgi-gru, GPU drivers), BPF arenas (zap_pages() of
 * kernel/bpf/arena.c, 6.12). One such VMA in the 2M keeps the table. modify_ldt() writes to
 * tables above TASK_SIZE, where nobody looks here: only addresses of VMAs are walked.
 *
 * Software without a lock runs with interrupts off (GUP-fast, perf_get_page_size(), KVM's
 * host_pfn_mapping_level(), #VC handlers), and so is through when this CPU's interrupt was
 * handled (ptc_flush_all_cpus()). From 6.5 on it may also be an RCU reader (__pte_offset_map()),
 * and our census is: the table is freed after a grace period. An oops prints entries without any
 * of these: in the worst case it prints a wrong one.
 *
 * Hardware: an entry of a paging-structure cache may lead to a table without present entries (SDM
 * volume 3, "Caching Translation Information"), for any PCID, and on CPUs that run something else
 * by now (lazy TLB). So each CPU is flushed wholly. INVLPG, and the flushes that a module can
 * reach, leave other PCIDs. It may set the accessed and dirty bits of an entry that is none
 * (erratum KNL4), which pte_none() ignores, and so does ptc_entry_none(). An IOMMU that walks the
 * tables is not stopped by an interrupt: such mms are kept (compat/iommu_mm.h).
 *
 * Why the mmap lock is held until the flush is done: nobody may put a table or a huge page where
 * one was taken out while a CPU may remember the old table. And reclaim unmaps pages with their
 * flush to come (TTU_BATCH_FLUSH); munmap() and mprotect() do that flush when they walk a PTE
 * table (flush_tlb_batched_pending()), which they no longer find here. The rmap locks may go
 * before, if the table was empty: who takes them finds no table.
 *
 * A table that is moved has entries. Between the clearing of its PMD and the publishing of the copy
 * (replace.c) all of the above stays locked, since nobody may take pages for unmapped that are not:
 *
 *	rmap walkers (migration, reclaim, page_mkclean(), truncate, memory_failure()) would leave an
 *	entry behind: they wait for i_mmap_rwsem or the anon_vma root, across the flush. So few
 *	tables are moved in a hold that has a file's lock.
 *
 *	Walkers with the mmap or a VMA lock (pagemap, mincore(), smaps, userfaultfd_must_wait(),
 *	munmap()) wait for that. collapse_huge_page() of 7.3 unhooks a populated table and puts
 *	it back under these locks, and for the same reason.
 *
 *	Accesses of the process itself fault, and wait for the mmap lock. Those with page faults
 *	disabled fail as for a page that is being migrated: futexes, FPU frames, iov_iter loops, KVM
 *	and GUP-fast try again or take the lock. perf's call chains and bpf_probe_read_user()
 *	miss the address. Two end in an error: a write to trace_marker may return EFAULT on 6.1
 *	and 6.12 (tracing_mark_write()), and rseq of 7.3 may see a registration half updated
 *	(rseq_set_ids_get_csaddr()) and kill the process, if its CPU forgets the entry of the page
 *	within these few instructions, and the table goes just then; as with migration.
 *
 *	Nobody uses the old table's lock, as everybody is excluded who would look the table up; who
 *	found it before, under RCU, compares the PMD after it has the lock (pte_offset_map_lock()),
 *	and finds another one: the old page is not free before the grace period, so no third table
 *	has its frame.
 *
 *	The hardware sets accessed and dirty bits in the old table until the flush, so the copy is
 *	made after it. Entries are copied as they are. No translation changes, so MMU notifiers and
 *	page_table_check have nothing to be told.
 *
 *	A table in bad memory (PageHWPoison()) is not read before it is detached, nor are those below a
 *	bad one. It is moved where that is asked for, and copied as salvage.c says.
 *
 * Why nobody waits for anybody: every lock is acquired by a trylock. A task that holds a VMA lock
 * may allocate, and sleep in reclaim for an rmap lock of another mm; migration waits for a page
 * lock whose holder waits for a VMA.
 *
 * The mm stays: a reference of mm_users is held, so exit_mmap() has not begun. The
 * accounts are those of the kernel's own free path: mm_dec_nr_ptes() here, unless the table has a
 * successor, the destructor (nr_page_table_pages, the split lock) and __free_page() (memory
 * cgroups) after the grace period. Nothing is told to MMU notifiers: no entry that was present has
 * gone.
 *
 * Empty PMD tables are kept. khugepaged of 6.1 reads a PMD entry without any lock, after
 * mmap_read_unlock() (SCAN_PTE_MAPPED_HUGEPAGE): nothing here would exclude it.
 *
 * What a process may notice: its next touch of the 2M allocates a table, or a huge page where THP
 * is on; on 6.1 and 6.12, MADV_COLLAPSE of anonymous memory ends at a 2M without a table
 * (SCAN_PMD_NONE) where it went on beyond one with an empty table.
 *
 * Locks: CPU hotplug (read) -> mmap lock (write) -> VMA locks -> i_mmap and anon_vma root locks
 * -> PMD lock -> the table's lock. All but the last two by trylock.
 */
#include <linux/compiler.h>
#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>

#include "compat/iommu_mm.h"
#include "compat/mm_flags.h"
#include "compat/mmap_write.h"
#include "pgtable/entry.h"
#include "pgtable/flush.h"
#include "user/detach.h"
#include "user/detached.h"
#include "user/replace.h"
#include "user/sharers.h"

/*
 * What one hold of the mmap lock may cost, in steps of some 40 instructions. It ends when as many
 * tables were looked at as the mode allows, too.
 */
#define STEPS_PER_HOLD		20480
#define STEPS_TO_LOOK		1	/* find the entry of a table */
#define STEPS_TO_SCAN		15	/* read a table to its end */
#define STEPS_TO_TAKE		10
#define STEPS_TO_MOVE		40	/* copy a table and put it in place */
#define STEPS_FOR_VMA		8	/* find and lock one */
#define LOOKS_FOR_WRITING	512
#define LOOKS_FOR_READING	64
#define LOOKS_FOR_FRAMES	256	/* where no table is read */

/*
 * So many tables are moved at once where the lock of a file's mappings is held: whoever maps libc,
 * or forks with it, waits for that, and the lock is kept until the new tables are in place.
 */
#define MOVES_WITH_FILE		32

/* Tables in use, one after the other, after which the rmap locks are given up. */
#define IN_USE_IN_A_ROW		64

/*
 * Addresses whose tables belong to the same VMAs: the tables of one VMA that it has for itself,
 * or one table that several VMAs share, or one that has it for itself in part.
 */
struct detach_run {
	unsigned long end;
	enum { RUN_FRESH, RUN_ELIGIBLE, RUN_LOCKED, RUN_KEPT } state;
	enum ptc_kept why;
	unsigned int in_use;		/* tables in a row, while locked */
	struct ptc_sharers sharers;
};

/* A hold of the mmap lock. */
struct detach_hold {
	struct ptc_detach *detach;
	enum ptc_detach_mode mode;
	struct ptc_detached *batch;
	struct ptc_replacements *new;	/* for tables to be moved */
	int steps, looks;		/* that are left */
	unsigned long found_at;		/* the first of detach->found */
	bool busy, full;		/* why the walk stopped */
	bool excluded;			/* nothing of this mm may be taken */
	struct ptc_rmap_locks locks;
	struct detach_run run;
};

static bool detach_moves(const struct ptc_detach *detach)
{
	return detach->wants_frame;
}

/* To read it may end in a machine check. It is taken only where that is asked for, to move it. */
static bool detach_is_bad(pmd_t pmd)
{
	return ptc_table_is_bad((const void *)pmd_page_vaddr(pmd));
}

static bool detach_points_to_table(pmd_t pmd)
{
	return pmd_present(pmd) && !pmd_leaf(pmd) && !pmd_bad(pmd);
}

/*
 * The PMD entry of an address, or NULL where there is no PMD table, or it or one above it is in bad
 * memory: then *@next is the next address that may have one. The mmap lock is held, and the 2M of
 * the address has a VMA that is not hugetlb's: so nobody takes its upper tables away.
 */
static pmd_t *detach_find_pmd(struct mm_struct *mm, unsigned long va, unsigned long *next)
{
	pgd_t *pgdp = pgd_offset(mm, va), pgd;
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t *pmdp;

	*next = TASK_SIZE_MAX;
	if (ptc_table_is_bad(pgdp))
		return NULL;
	pgd = READ_ONCE(*pgdp);
	*next = (va & PGDIR_MASK) + PGDIR_SIZE;
	if (!pgd_present(pgd) || pgd_bad(pgd))
		return NULL;
	p4dp = p4d_offset(&pgd, va);
	if (!mm_p4d_folded(mm) && ptc_table_is_bad(p4dp))
		return NULL;
	p4d = READ_ONCE(*p4dp);
	*next = (va & P4D_MASK) + P4D_SIZE;
	if (!p4d_present(p4d) || p4d_bad(p4d))
		return NULL;
	pudp = pud_offset(&p4d, va);
	if (ptc_table_is_bad(pudp))
		return NULL;
	pud = READ_ONCE(*pudp);
	*next = (va & PUD_MASK) + PUD_SIZE;
	if (!pud_present(pud) || pud_leaf(pud) || pud_bad(pud))
		return NULL;
	pmdp = pmd_offset(&pud, va);
	return ptc_table_is_bad(pmdp) ? NULL : pmdp;
}

/* Entries that are read at once, before it is looked whether there was any. */
#define ENTRIES_AT_ONCE	64

static bool detach_is_empty(pmd_t pmd)
{
	const unsigned long *entries = (const unsigned long *)pmd_page_vaddr(pmd);
	const unsigned long *end = entries + PTRS_PER_PTE;
	unsigned long any;
	int i;

	barrier(); /* read them now */
	for (; entries < end; entries += ENTRIES_AT_ONCE) {
		any = 0;
#pragma GCC unroll 64
		for (i = 0; i < ENTRIES_AT_ONCE; i++)
			any |= data_race(entries[i]); /* others change them: look again */
		if (!ptc_entry_none(any))
			return false;
	}
	return true;
}

static bool detach_wants_frame(const struct ptc_detach *detach, pmd_t pmd)
{
	return detach->wants_frame(detach->data, pmd_pfn(pmd));
}

/*
 * Take the table that @pmd points to, if it is empty, or wanted in order to move it. The caller
 * holds its lock. Returns whether it was.
 */
static bool detach_take_locked(struct detach_hold *hold, pmd_t *pmdp, pmd_t pmd)
{
	struct ptc_detach *detach = hold->detach;
	bool moves = detach_moves(detach);

	if (detach_is_bad(pmd) && !detach->bad_as_well)
		return false;
	if (moves ? !detach_wants_frame(detach, pmd) : !detach_is_empty(pmd))
		return false;
	pmd_clear(pmdp);
	if (moves) {
		ptc_replacements_note(hold->new, detach->va, pmdp, pmd);
		return true;
	}
	mm_dec_nr_ptes(detach->mm);
	hold->batch->table[hold->batch->nr++] = pmd_page(pmd);
	return true;
}

/* As above. Everybody is excluded. */
static bool detach_take(struct detach_hold *hold, pmd_t *pmdp)
{
	struct mm_struct *mm = hold->detach->mm;
	spinlock_t *pmd_ptl = pmd_lock(mm, pmdp), *pte_ptl;
	pmd_t pmd = READ_ONCE(*pmdp);
	bool taken = false;

	if (detach_points_to_table(pmd)) {
		pte_ptl = pte_lockptr(mm, &pmd);
		if (pte_ptl == pmd_ptl) {
			taken = detach_take_locked(hold, pmdp, pmd);
		} else {
			spin_lock_nested(pte_ptl, SINGLE_DEPTH_NESTING);
			taken = detach_take_locked(hold, pmdp, pmd);
			spin_unlock(pte_ptl);
		}
	}
	spin_unlock(pmd_ptl);
	return taken;
}

/*
 * Whoever looks for the mappings of a page must not miss those of a table that is being moved: then
 * the rmap locks are held until the new table is in place.
 */
static void detach_end_run(struct detach_hold *hold)
{
	if (!detach_moves(hold->detach))
		ptc_rmap_unlock(&hold->locks);
	if (hold->run.state == RUN_LOCKED)
		hold->run.state = RUN_FRESH;
	hold->run.in_use = 0;
}

/*
 * Begin with the run that has the first VMA from detach->va on. Returns false if there is none.
 *
 * VMAs of hugetlb are skipped: they have no PTE tables, and begin and end at 2M. Their PMD tables
 * may be shared with other mms, and are taken away without the mmap lock (huge_pmd_unshare()).
 */
static bool detach_begin_run(struct detach_hold *hold)
{
	struct ptc_detach *detach = hold->detach;
	struct detach_run *run = &hold->run;
	const struct vm_area_struct *vma = find_vma(detach->mm, detach->va);
	unsigned long start;
	bool alone;

	if (!vma)
		return false;
	hold->steps -= STEPS_FOR_VMA;
	if (vma->vm_flags & VM_HUGETLB) {
		detach->va = run->end = ALIGN(vma->vm_end, PMD_SIZE);
		return true;
	}
	start = max(detach->va, vma->vm_start & PMD_MASK);
	alone = vma->vm_start <= start && (vma->vm_end & PMD_MASK) > start;
	detach->va = start;
	run->end = alone ? vma->vm_end & PMD_MASK : start + PMD_SIZE;
	run->state = RUN_FRESH;
	run->in_use = 0;
	return true;
}

static bool detach_keep(struct detach_run *run, enum ptc_kept why)
{
	run->state = RUN_KEPT;
	run->why = why;
	return false;
}

/* Can tables of this run be had? In order to take them, lock what excludes everybody. */
static bool detach_try_run(struct detach_hold *hold)
{
	struct ptc_detach *detach = hold->detach;
	struct ptc_sharers *sharers = &hold->run.sharers;
	unsigned long start = detach->va;
	bool shared, few_enough;
	unsigned int held;

	if (hold->excluded)
		return detach_keep(&hold->run, PTC_KEPT_OTHER);
	/* of a run of many tables one is as good as all: they have one VMA */
	few_enough = ptc_sharers_find(sharers, detach->mm, start, start + PMD_SIZE);
	hold->steps -= sharers->nr * STEPS_FOR_VMA;
	if (!few_enough)
		return detach_keep(&hold->run, PTC_KEPT_MIXED);
	shared = sharers->nr > 1;
	if (!ptc_sharers_eligible(sharers))
		return detach_keep(&hold->run, shared ? PTC_KEPT_MIXED : PTC_KEPT_OTHER);
	if (hold->mode != PTC_DETACH_TAKE) {
		hold->run.state = RUN_ELIGIBLE;
		return true;
	}
	held = hold->locks.nr;
	if (detach_moves(detach) && hold->new->used >= MOVES_WITH_FILE &&
	    ptc_sharers_have_file(sharers)) {
		hold->full = true; /* the next hold begins here, with fewer */
		return false;
	}
	if (ptc_sharers_trylock(sharers, &hold->locks)) {
		hold->run.state = RUN_LOCKED;
		return true;
	}
	if (hold->locks.too_many && held) {
		hold->full = true; /* the next hold begins here, with none */
		return false;
	}
	if (hold->locks.too_many)
		return detach_keep(&hold->run, PTC_KEPT_MIXED);
	hold->busy = detach->busy_tries > 0;
	return detach_keep(&hold->run, PTC_KEPT_BUSY);
}

static bool detach_is_wanted(const struct ptc_detach *detach)
{
	return !detach->wanted || detach->wanted(detach->data, detach->va);
}

static void detach_note_in_use(struct detach_hold *hold)
{
	hold->detach->in_use++;
	if (hold->run.state == RUN_LOCKED && ++hold->run.in_use == IN_USE_IN_A_ROW)
		detach_end_run(hold);
}

/*
 * Is the table to be had, for what it is? With all locks held an empty one is read once, by who
 * takes it.
 */
static bool detach_is_sought(struct detach_hold *hold, pmd_t pmd)
{
	struct ptc_detach *detach = hold->detach;
	bool locked = hold->run.state == RUN_LOCKED;

	if (detach_moves(detach))
		return detach_wants_frame(detach, pmd);
	if (detach_is_bad(pmd))
		return false;
	if ((!locked || detach->wanted) && !detach_is_empty(pmd)) {
		detach_note_in_use(hold);
		return false;
	}
	hold->steps -= STEPS_TO_SCAN;
	return detach_is_wanted(detach);
}

static void detach_note_found(struct detach_hold *hold)
{
	struct ptc_detach *detach = hold->detach;

	if (!detach->found++)
		hold->found_at = detach->va;
	/* new tables are made for as many as are found */
	hold->full = !detach_moves(detach) || detach->found == PTC_REPLACEMENTS_MAX;
}

static void detach_note_taken(struct detach_hold *hold)
{
	hold->run.in_use = 0;
	hold->detach->tables++;
	hold->steps -= STEPS_TO_TAKE;
	if (!detach_moves(hold->detach)) {
		hold->full = hold->batch->nr == PTC_DETACHED_MAX;
		return;
	}
	hold->steps -= STEPS_TO_MOVE;
	hold->full = hold->new->used == hold->new->nr ||
		     (hold->locks.of_file && hold->new->used >= MOVES_WITH_FILE);
}

/* Returns true: the walk goes on behind it. */
static bool detach_note_kept(struct detach_hold *hold, enum ptc_kept why)
{
	if (!hold->detach->found) /* from there on it is looked again */
		hold->detach->kept[why]++;
	return true;
}

/* Look at a table. Returns whether to go on behind it. */
static bool detach_look(struct detach_hold *hold, pmd_t *pmdp)
{
	struct ptc_detach *detach = hold->detach;
	struct detach_run *run = &hold->run;
	pmd_t pmd = READ_ONCE(*pmdp);

	hold->steps -= STEPS_TO_LOOK;
	if (!detach_points_to_table(pmd))
		return true;
	hold->looks--;
	if (!detach_is_sought(hold, pmd))
		return true;
	if (detach_is_bad(pmd) && !detach->bad_as_well)
		return detach_note_kept(hold, PTC_KEPT_OTHER);
	if (run->state == RUN_FRESH && !detach_try_run(hold) && (hold->busy || hold->full))
		return false; /* it is tried again */
	if (run->state == RUN_KEPT)
		return detach_note_kept(hold, run->why);
	switch (hold->mode) {
	case PTC_DETACH_FIND:
		detach_note_found(hold);
		break;
	case PTC_DETACH_COUNT:
		detach->tables++;
		break;
	case PTC_DETACH_TAKE:
		if (detach_take(hold, pmdp))
			detach_note_taken(hold);
		else if (!detach_moves(detach))
			detach_note_in_use(hold);
		break;
	}
	return true;
}

static bool detach_may_go_on(const struct detach_hold *hold)
{
	return !hold->full && !hold->busy && hold->steps > 0 && hold->looks > 0;
}

/* Walk on with the mmap lock held. Returns whether there may be more. */
static bool detach_walk(struct detach_hold *hold)
{
	struct ptc_detach *detach = hold->detach;
	struct detach_run *run = &hold->run;
	bool more = true;

	run->end = 0;
	while (more && detach_may_go_on(hold)) {
		unsigned long next;
		pmd_t *pmdp;

		if (detach->va >= run->end) {
			detach_end_run(hold);
			more = detach_begin_run(hold);
			continue;
		}
		pmdp = detach_find_pmd(detach->mm, detach->va, &next);
		if (!pmdp)
			detach->va = min(next, run->end);
		else if (detach_look(hold, pmdp))
			detach->va += PMD_SIZE;
		hold->steps -= STEPS_TO_LOOK;
	}
	detach_end_run(hold);
	return more;
}

/*
 * A CPU that goes offline is no longer interrupted before it has left the process's page tables,
 * so none may go from before the first table is taken out until all CPUs have been flushed.
 */
static bool detach_lock_mm(const struct detach_hold *hold)
{
	struct mm_struct *mm = hold->detach->mm;

	if (hold->mode != PTC_DETACH_TAKE)
		return mmap_read_trylock(mm);
	if (!cpus_read_trylock())
		return false;
	if (ptc_mmap_write_trylock(mm))
		return true;
	cpus_read_unlock();
	return false;
}

static void detach_unlock_mm(const struct detach_hold *hold)
{
	struct mm_struct *mm = hold->detach->mm;

	if (hold->mode != PTC_DETACH_TAKE) {
		mmap_read_unlock(mm);
		return;
	}
	mmap_write_unlock(mm);
	cpus_read_unlock();
}

static bool detach_has_taken(const struct detach_hold *hold, unsigned int nr_before)
{
	if (hold->mode != PTC_DETACH_TAKE)
		return false;
	return detach_moves(hold->detach) ? hold->new->used : hold->batch->nr != nr_before;
}

/* Every CPU forgets what was taken out before anybody may put something else there. */
static void detach_flush(struct detach_hold *hold, unsigned int nr_before)
{
	struct ptc_detach *detach = hold->detach;

	if (!detach_has_taken(hold, nr_before))
		return;
	ptc_flush_all_cpus();
	detach->flushes++;
	if (detach_moves(detach))
		ptc_replacements_publish(hold->new, detach->mm, detach->pid, hold->batch);
}

/* Walk in one hold of the mmap lock, for a caller with a reference of mm_users. */
static int detach_locked(struct detach_hold *hold)
{
	struct ptc_detach *detach = hold->detach;
	unsigned int nr_before = hold->batch ? hold->batch->nr : 0;
	u64 start;
	bool more;

	if (!detach_lock_mm(hold))
		return -EBUSY;
	start = ktime_get_ns();
	hold->excluded = ptc_mm_has_iommu(detach->mm);
	more = detach_walk(hold);
	detach_flush(hold, nr_before);
	ptc_rmap_unlock(&hold->locks);
	detach_unlock_mm(hold);
	detach->hold_ns = ktime_get_ns() - start;
	if (detach->found) {
		detach->va = hold->found_at;
		return -EEXIST;
	}
	return hold->busy ? -EAGAIN : more;
}

static int detach_looks(const struct detach_hold *hold)
{
	if (hold->mode == PTC_DETACH_TAKE)
		return LOOKS_FOR_WRITING;
	return detach_moves(hold->detach) ? LOOKS_FOR_FRAMES : LOOKS_FOR_READING;
}

/**
 * ptc_detach_hold - walk the tables of a process in one hold of its mmap lock
 * @detach: where to begin, and what was found; detach->va advances
 * @mode: what to do with the tables. To take them the lock is held for writing
 * @batch: gets what is taken. May be NULL in other modes. It has room: for one table, or for as
 *	many as @new has
 * @new: to move tables (detach->wants_frame): at least one new table, so many are moved at most
 *
 * Preemption is off from before the lock is tried until it is released: a holder that is
 * preempted, or throttled, would stop the process for as long. The reference of mm_users is held
 * for as long only: it would keep the memory of a process that ends, or is killed for its memory.
 * Nor is the OOM reaper, which tries for the mmap lock, made to wait.
 *
 * Context: process context; no lock of any mm is held.
 * Return: 1 if there may be more, 0 at the end of the address space, -EBUSY if the mmap lock is
 * held by somebody else, -EAGAIN if a lock of the VMA at detach->va is (detach->busy_tries),
 * -ESRCH if the process has ended or is being killed, -EEXIST if detach->found tables were found in
 * PTC_DETACH_FIND, the first of them at detach->va.
 */
int ptc_detach_hold(struct ptc_detach *detach, enum ptc_detach_mode mode,
		    struct ptc_detached *batch, struct ptc_replacements *new)
{
	struct detach_hold hold = {
		.detach = detach,
		.mode = mode,
		.batch = batch,
		.new = new,
		.steps = STEPS_PER_HOLD,
	};
	int ret = -ESRCH;

	hold.looks = detach_looks(&hold);
	detach->found = 0;
	preempt_disable();
	if (mmget_not_zero(detach->mm)) {
		if (!ptc_mm_is_reaped(detach->mm))
			ret = detach_locked(&hold);
		mmput_async(detach->mm);
	}
	preempt_enable();
	return ret;
}
