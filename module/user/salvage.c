// SPDX-License-Identifier: GPL-2.0
/*
 * Copies a PTE table out of memory that is said to be bad, a cache line at a time: memory is lost
 * by the line. A read that fails ends in a machine check that the kernel recovers from
 * (copy_mc_to_kernel()), where the CPU can. Where it cannot, it panics: that is all that a module
 * can do.
 *
 * What a lost line held is not known, and must not become none: what the process wrote would read
 * as zeroes. So an address of a VMA gets an entry whose touch is SIGBUS. The pages that the lost
 * entries mapped stay mapped once too often. Of anonymous ones, reclaim looks for the mappings as
 * long as there is one, by the anon_vma that the page points to, so that may not be freed any more,
 * either. Swap entries that are lost keep their slots of swap.
 */
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rmap.h>
#include <linux/uaccess.h>

#include "compat/hwpoison.h"
#include "fault.h"
#include "user/salvage.h"

#define LINE		64U
#define ENTRIES		(LINE / sizeof(pte_t))

static bool salvage_line(void *to, const void *from)
{
	return ptc_fallible(!copy_mc_to_kernel(to, from, LINE), false);
}

/*
 * The anon_vmas of a VMA stay for good: see above. Its chain changes under the mmap lock alone,
 * which is held for writing. Each lost line adds references, which is no matter.
 */
static void salvage_keep_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *link;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma)
		atomic_inc(&link->anon_vma->refcount);
}

/* A line is lost, of entries that map from @va on. Returns how many became lost entries. */
static unsigned int salvage_mark(struct mm_struct *mm, unsigned long va, pte_t *to, pte_t lost)
{
	struct vm_area_struct *vma = NULL, *before;
	unsigned int i, nr = 0;

	for (i = 0; i < ENTRIES; i++, va += PAGE_SIZE) {
		before = vma;
		vma = vma_lookup(mm, va);
		set_pte(&to[i], vma ? lost : __pte(0));
		if (!vma)
			continue;
		nr++;
		if (vma != before)
			salvage_keep_anon_vmas(vma);
	}
	return nr;
}

/**
 * ptc_salvage - copy a table that may be unreadable in part
 * @mm: the mm that it is of
 * @va: the first address that it maps
 * @to: the new table
 * @from: the old table, marked as bad memory (PageHWPoison())
 *
 * Context: all locks of detach.c are held; does not sleep.
 * Return: how many entries are lost.
 */
unsigned int ptc_salvage(struct mm_struct *mm, unsigned long va, struct page *to,
			 struct page *from)
{
	const pte_t *old = page_address(from);
	pte_t *new = page_address(to);
	unsigned int i, lost = 0;

	va &= PMD_MASK;
	for (i = 0; i < PTRS_PER_PTE; i += ENTRIES)
		if (!salvage_line(new + i, old + i))
			lost += salvage_mark(mm, va + i * PAGE_SIZE, new + i, ptc_lost_pte(from));
	return lost;
}
