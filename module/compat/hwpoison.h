/* SPDX-License-Identifier: GPL-2.0 */
/* Page frames in bad memory, and entries that stand for them. */
#ifndef PTC_COMPAT_HWPOISON_H
#define PTC_COMPAT_HWPOISON_H

#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/swapops.h>

/*
 * ptc_page_retire - have a page frame never used again
 *
 * When the page is freed, the page allocator keeps it out (free_pages_prepare()), and so does a
 * lender of ours. Without CONFIG_MEMORY_FAILURE no kernel keeps account of such pages.
 *
 * Context: any; the caller has the page.
 */
static inline void ptc_page_retire(struct page *page)
{
#ifdef CONFIG_MEMORY_FAILURE
	SetPageHWPoison(page);
#endif
}

/*
 * ptc_lost_pte - an entry whose touch is SIGBUS, as the kernel has it for a page in bad memory
 * @page: in bad memory (PageHWPoison()); which none is without CONFIG_MEMORY_FAILURE
 *
 * make_hwpoison_entry() wants the page locked, which is no matter for a page that nobody maps.
 */
static inline pte_t ptc_lost_pte(struct page *page)
{
#ifdef CONFIG_MEMORY_FAILURE
	return swp_entry_to_pte(swp_entry(SWP_HWPOISON, page_to_pfn(page)));
#else
	return __pte(0);
#endif
}

#endif /* PTC_COMPAT_HWPOISON_H */
