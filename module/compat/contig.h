/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocating a given range of page frames, reading the migratetype of its pageblock, which that may
 * change, and telling pages that it should not migrate.
 */
#ifndef PTC_COMPAT_CONTIG_H
#define PTC_COMPAT_CONTIG_H

#include <linux/gfp.h>
#include <linux/mmzone.h>
#include <linux/pageblock-flags.h>

#include "compat/page_state.h"
#include "ptc_have.h"

/*
 * ptc_alloc_contig - allocate a pageblock whose pages are free or movable
 *
 * Pages that were migrated stay migrated, also on an error. Kernels before about 6.17 leave the
 * pageblock MIGRATE_MOVABLE, both on success and when they fail after isolating it. Newer ones
 * keep its type.
 *
 * Context: process context, sleeps, takes milliseconds.
 * Return: 0, with each page a single page that has one reference; or an error.
 */
static inline int ptc_alloc_contig(unsigned long pfn, unsigned long nr, gfp_t gfp)
{
#if !defined(CONFIG_CONTIG_ALLOC)
	return -EOPNOTSUPP;
#elif defined(PTC_HAVE_ACR_FLAGS)
	return alloc_contig_range(pfn, pfn + nr, ACR_FLAGS_NONE, gfp);
#else
	return alloc_contig_range(pfn, pfn + nr, MIGRATE_MOVABLE, gfp);
#endif
}

/*
 * ptc_pageblock_type - the MIGRATE_* type of a page frame's pageblock
 *
 * The kernel's own accessor is not exported. Its headers say where the bits lie: the type is in the
 * lowest three of each pageblock's bits. From 6.17 on isolation is a bit beside the type; for an
 * isolated pageblock this returns MIGRATE_ISOLATE, as the kernel's accessor does.
 *
 * Context: the page frame is online and cannot go offline.
 */
static inline unsigned int ptc_pageblock_type(unsigned long pfn)
{
	unsigned long at = ((pfn & (PAGES_PER_SECTION - 1)) >> pageblock_order) *
			   NR_PAGEBLOCK_BITS;
	const unsigned long *map = section_to_usemap(__pfn_to_section(pfn));
	unsigned long flags = READ_ONCE(map[at / BITS_PER_LONG]) >> (at % BITS_PER_LONG);

#ifdef PAGEBLOCK_ISO_MASK
	if (flags & PAGEBLOCK_ISO_MASK)
		return MIGRATE_ISOLATE;
#endif
	return flags & 7;
}

/*
 * ptc_page_is_unevictable - is the page, or the folio that it is part of, mlocked or unevictable
 *
 * The accessors are for folios, and only for who holds a reference: the kernel may assert that what
 * it is given is no tail page. So the flags are read.
 *
 * Context: any. Without a reference the answer is a hint.
 */
static inline bool ptc_page_is_unevictable(struct page *page)
{
	return ptc_page_flags(compound_head(page)) & (BIT(PG_unevictable) | BIT(PG_mlocked));
}

#endif /* PTC_COMPAT_CONTIG_H */
