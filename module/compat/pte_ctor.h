/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making a user's PTE table of a page, as the kernel's pte_alloc_one() does: its lock, its mark, and its
 * part in nr_page_table_pages.
 */
#ifndef PTC_COMPAT_PTE_CTOR_H
#define PTC_COMPAT_PTE_CTOR_H

#include <linux/mm.h>

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

#endif /* PTC_COMPAT_PTE_CTOR_H */
