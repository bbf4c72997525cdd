/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making a user's PTE table of a page, as the kernel's pte_alloc_one() does: its lock, its mark,
 * and its part in nr_page_table_pages.
 */
#ifndef PTC_COMPAT_PTE_CTOR_H
#define PTC_COMPAT_PTE_CTOR_H

#include <linux/mm.h>
#include <linux/vmstat.h>

#include "ptc_have.h"

/*
 * ptc_pte_ctor - what makes a user's PTE table of a page
 *
 * From 6.16 on the kernel's own takes the mm and names init_mm, which is not exported; no user's
 * table is init_mm's, so the parts are called.
 *
 * Context: the page is nobody else's. Return: whether it is a table now.
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
 * ptc_pte_ctor_uncharged - the same of a page that is not charged to a memory cgroup
 *
 * Before ptdescs the kernel turned interrupts off to ask whether it is, which is worth to be
 * spared: it then counts for the node alone, as here. Its destructor does the same.
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
 * ptc_pte_free - free a page that ptc_pte_ctor() made a table of, as the kernel's pte_free() does
 *
 * From 6.19 on that names a function for kernel tables that is not exported.
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
