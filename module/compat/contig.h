/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking a given range of page frames from the page allocator, and what that does to the type of
 * its pageblock.
 */
#ifndef PTC_COMPAT_CONTIG_H
#define PTC_COMPAT_CONTIG_H

#include <linux/gfp.h>
#include <linux/mmzone.h>
#include <linux/pageblock-flags.h>

#include "ptc_have.h"

/*
 * ptc_alloc_contig - take a pageblock whose pages are free or can be moved away
 *
 * What was migrated stays migrated, also on an error. Kernels before 6.17 or so leave the
 * pageblock MIGRATE_MOVABLE, on success and when they fail after it was isolated; newer ones keep
 * its type.
 *
 * Context: process context, sleeps, takes milliseconds.
 * Return: 0, every page of its own with one reference; or an error.
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
 * The kernel's own accessor is not exported; the bits lie where its headers say, the type in the
 * lowest three of each pageblock's. From 6.17 on isolation is a bit beside the type, and the kernel's
 * accessor answers MIGRATE_ISOLATE for it, as this does.
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

#endif /* PTC_COMPAT_CONTIG_H */
