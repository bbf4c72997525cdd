/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel itself records about a page-table page: its page type, and the share count of a
 * PMD table that hugetlb shares.
 */
#ifndef PTC_COMPAT_PTDESC_H
#define PTC_COMPAT_PTDESC_H

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "pt_cache.h"
#include "ptc_have.h"

/*
 * The levels whose constructors set the page type (PageTable()), as bits of enum pt_cache_level:
 * PTE and PMD always, PUD from 6.9 on, all levels from 6.16 on.
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
 * ptc_share_count - the number of mms that use a user PMD table, besides the first
 *
 * Only hugetlb shares tables. Call it for PMD tables alone: other pages use the same word for other
 * things. Kernels before 6.13, or before its backport to stable, count page references instead.
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
