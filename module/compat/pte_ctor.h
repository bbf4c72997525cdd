/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Constructing a user PTE table from a page, as the kernel's pte_alloc_one() does: its lock, its
 * page type, and its count in nr_page_table_pages.
 */
#ifndef PTC_COMPAT_PTE_CTOR_H
#define PTC_COMPAT_PTE_CTOR_H

#include <linux/mm.h>
#include <linux/vmstat.h>

#include "ptc_have.h"

/*
 * ptc_pte_ctor - make a page a user PTE table
 *
 * From 6.16 on, the kernel's constructor takes the mm and compares it with init_mm, which is not
 * exported. A user table is never init_mm's, so this calls the constructor's parts.
 *
 * Context: only the caller uses the page. Return: whether it is a table now.
 */
static inline bool ptc_pte_ctor(struct page *page)
{
#if defined(PTC_HAVE_PAGETABLE_CTOR)
	if (!ptlock_init(page_ptdesc(page)))
		return false;
	__pagetable_ctor(page_ptdesc(page));
	return true;
#elif defined(PTC_HAVE_PTDESC_PTE_CTOR)
	return pagetable_pte_ctor(page_ptdesc(page));
#else
	return pgtable_pte_page_ctor(page);
#endif
}

/*
 * ptc_pte_ctor_uncharged - ptc_pte_ctor() for a page that is not charged to a memory cgroup
 *
 * Before ptdescs, the kernel's constructor disables interrupts to find out whether the page is
 * charged, a cost worth avoiding. For an uncharged page it then counts for the node alone, as this
 * does. The destructor does the same.
 */
static __always_inline bool ptc_pte_ctor_uncharged(struct page *page)
{
#if defined(PTC_HAVE_PAGETABLE_CTOR) || defined(PTC_HAVE_PTDESC_PTE_CTOR)
	return ptc_pte_ctor(page);
#else
	if (!ptlock_init(page))
		return false;
	__SetPageTable(page);
	mod_node_page_state(page_pgdat(page), NR_PAGETABLE, 1);
	return true;
#endif
}

/*
 * ptc_pte_free - free a table that ptc_pte_ctor() made, as the kernel's pte_free() does
 *
 * From 6.19 on, pte_free() refers to a function for kernel tables that is not exported.
 */
static inline void ptc_pte_free(struct page *page)
{
#if defined(PTC_HAVE_PAGETABLE_CTOR)
	pagetable_dtor(page_ptdesc(page));
#elif defined(PTC_HAVE_PTDESC_PTE_CTOR)
	pagetable_pte_dtor(page_ptdesc(page));
#else
	pgtable_pte_page_dtor(page);
#endif
	__free_page(page);
}

#endif /* PTC_COMPAT_PTE_CTOR_H */
