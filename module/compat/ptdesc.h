/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel itself writes down of a page-table page: its mark, and how many more users a
 * hugetlb-shared one has.
 */
#ifndef PTC_COMPAT_PTDESC_H
#define PTC_COMPAT_PTDESC_H

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "pt_cache.h"
#include "ptc_have.h"

/*
 * The levels whose tables the kernel's constructors mark (PageTable()), as bits of enum
 * pt_cache_level. Always those of PTEs and PMDs; of PUDs from 6.9 on, of all from 6.16 on.
 */
#if defined(PTC_HAVE_PGD_CTOR)
#define PTC_MARKED_LEVELS	(BIT(PT_CACHE_PTE) | BIT(PT_CACHE_PMD) | BIT(PT_CACHE_PUD) | \
				 BIT(PT_CACHE_P4D) | BIT(PT_CACHE_PGD))
#elif defined(PTC_HAVE_PUD_CTOR)
#define PTC_MARKED_LEVELS	(BIT(PT_CACHE_PTE) | BIT(PT_CACHE_PMD) | BIT(PT_CACHE_PUD))
#else
#define PTC_MARKED_LEVELS	(BIT(PT_CACHE_PTE) | BIT(PT_CACHE_PMD))
#endif

/*
 * ptc_share_count - how many mms use a user's PMD table beside the first
 *
 * Only hugetlb shares tables. To be asked of PMD tables alone: in other pages the same word means
 * something else. Kernels before 6.13 and the stable updates of that time count by the page's
 * references.
 */
static inline int ptc_share_count(const struct page *page)
{
#if defined(PTC_HAVE_PTDESC_SHARE_COUNT)
	return ptdesc_pmd_pts_count(page_ptdesc((struct page *)page));
#elif defined(PTC_HAVE_PAGE_SHARE_COUNT)
	return atomic_read(&page->pt_share_count);
#else
	return page_ref_count(page) - 1;
#endif
}

#endif /* PTC_COMPAT_PTDESC_H */
