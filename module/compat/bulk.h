/* SPDX-License-Identifier: GPL-2.0 */
/* Bulk allocation from the page allocator, for the bench. */
#ifndef PTC_COMPAT_BULK_H
#define PTC_COMPAT_BULK_H

#include <linux/gfp.h>

#include "ptc_have.h"

/*
 * ptc_alloc_pages_bulk - fill the NULL entries of an array with pages
 *
 * Context: as @gfp allows. Return: the number of filled entries.
 */
static inline unsigned long ptc_alloc_pages_bulk(gfp_t gfp, unsigned long nr, struct page **pages)
{
#if defined(PTC_HAVE_ALLOC_PAGES_BULK)
	return alloc_pages_bulk(gfp, nr, pages);
#else
	return alloc_pages_bulk_array(gfp, nr, pages);
#endif
}

#endif /* PTC_COMPAT_BULK_H */
