// SPDX-License-Identifier: GPL-2.0
/*
 * New PTE tables that stand in for detached ones. They are allocated and constructed before any
 * lock is held (the page allocator may sleep in reclaim, for locks that are held then). Between
 * the detaching and the publishing of a table, everybody is excluded as detach.c says, and every
 * CPU is flushed: until then the hardware sets accessed and dirty bits in the old table, so it is
 * copied only after that.
 *
 * Entries are copied as they are, whatever they are: present, swap, migration and marker entries.
 * No translation changes and no page is mapped once more or less, so nothing is told to rmap,
 * MMU notifiers or page_table_check.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/hwpoison.h"
#include "compat/pte_ctor.h"
#include "compat/ptl_class.h"
#include "fault.h"
#include "trace/trace.h"
#include "user/detached.h"
#include "user/replace.h"
#include "user/salvage.h"

/* Memory may be short: that is no time to have a task killed for some more. */
#define REPLACE_GFP		(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
/* A task of idle priority that is preempted in reclaim would keep the locks that it holds there. */
#define REPLACE_GFP_NO_WAIT	(GFP_NOWAIT | __GFP_NOWARN)

static struct ptc_ptl_class *replace_ptl_class;

/* Room for new tables, or NULL. Context: process context, may sleep. */
struct ptc_replacements *ptc_replacements_new(bool may_reclaim)
{
	gfp_t gfp = may_reclaim ? REPLACE_GFP : REPLACE_GFP_NO_WAIT;
	struct ptc_replacements *new = ptc_fallible(kmalloc(2 * PAGE_SIZE, gfp), NULL);

	if (new)
		*new = (struct ptc_replacements){};
	return new;
}

/* Free the tables that were not used. NULL is ignored. Context: process context. */
void ptc_replacements_free(struct ptc_replacements *new)
{
	if (!new)
		return;
	while (new->nr)
		ptc_pte_free(new->at[--new->nr].table);
	kfree(new);
}

/*
 * Make a page a table. A page of the lender is constructed like any other, and goes back to it when
 * the table is freed. There is room. Context: process context, may sleep. Returns false without
 * memory for the table's lock; the page is the caller's then.
 */
bool ptc_replacements_add(struct ptc_replacements *new, struct page *page)
{
	if (ptc_fault(PTC_FAULT_STEP) || !ptc_pte_ctor(page))
		return false;
	ptc_ptl_class_set(page, replace_ptl_class);
	new->at[new->nr++].table = page;
	return true;
}

/* The next new table is for this place, from which @pmd was cleared. Locks: see detach.c. */
void ptc_replacements_note(struct ptc_replacements *new, unsigned long va, pmd_t *pmdp, pmd_t pmd)
{
	struct ptc_replacement *at = &new->at[new->used++];

	at->pmdp = pmdp;
	at->pmd = pmd;
	at->va = va;
}

/*
 * The same entry but for the page frame: flags of the kernel's and of the hardware's stay. The
 * accessed bit may have been set between the read and pmd_clear(), so it is set, as in _PAGE_TABLE.
 */
static pmd_t replace_entry(const struct ptc_replacement *at)
{
	return __pmd((pmd_val(at->pmd) & ~PTE_PFN_MASK) | _PAGE_ACCESSED |
		     (pmdval_t)page_to_pfn(at->table) << PAGE_SHIFT);
}

/*
 * Put a new table in its place. The PMD lock is for whoever looks at the entry with nothing else.
 * Returns whether it was done: nobody could put anything there meanwhile.
 */
static bool replace_publish(struct ptc_replacements *new, struct mm_struct *mm,
			    const struct ptc_replacement *at)
{
	struct page *old = pmd_page(at->pmd);
	spinlock_t *ptl;
	bool none;

	if (new->retire)
		ptc_page_retire(old);
	if (PageHWPoison(old))
		new->lost += ptc_salvage(mm, at->va, at->table, old);
	else
		copy_page(page_address(at->table), page_address(old));
	ptl = pmd_lock(mm, at->pmdp);
	none = pmd_none(READ_ONCE(*at->pmdp));
	if (none) {
		smp_wmb(); /* as pmd_install(): lockless walkers see the entries with the table */
		set_pmd(at->pmdp, replace_entry(at));
	}
	spin_unlock(ptl);
	return none;
}

/**
 * ptc_replacements_publish - put the new tables in their places, with the entries of the old
 * @new: its used tables are published and no longer in it
 * @mm: the mm that they are for, with everybody excluded since the old tables were detached
 * @pid: for the tracepoint
 * @old: gets the old tables; has room for all of them. All CPUs were flushed since
 *
 * Context: the locks of detach.c are held; does not sleep.
 */
void ptc_replacements_publish(struct ptc_replacements *new, struct mm_struct *mm, pid_t pid,
			      struct ptc_detached *old)
{
	unsigned int i;

	for (i = 0; i < new->used; i++) {
		const struct ptc_replacement *at = &new->at[i];

		/* an old table that is not freed keeps what a wrong argument would lose */
		if (!WARN_ONCE(!replace_publish(new, mm, at),
			       "pt_cache_user: somebody used a page table that was being moved: please report this, and do not use move on this kernel\n"))
			old->table[old->nr++] = pmd_page(at->pmd);
	}
	/* handlers of the tracepoint find all of them in place */
	for (i = 0; i < new->used; i++) {
		const struct ptc_replacement *at = &new->at[i];

		trace_table_move(pid, mm, at->va, pmd_pfn(at->pmd), page_to_pfn(at->table));
	}
	new->nr -= new->used;
	memmove(new->at, new->at + new->used, new->nr * sizeof(new->at[0]));
	new->used = 0;
}

/* Before the first table is constructed. Context: process context. Returns 0 or -ENOMEM. */
int ptc_replace_prepare(void)
{
	return ptc_ptl_class_init(&replace_ptl_class);
}
