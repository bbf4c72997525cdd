/* SPDX-License-Identifier: GPL-2.0 */
/* The memory type of a page of RAM, of which the kernel keeps account in its struct page. */
#ifndef PTC_COMPAT_MEMTYPE_H
#define PTC_COMPAT_MEMTYPE_H

#include <linux/bits.h>
#include <linux/compiler.h>

#include "compat/page_state.h"

/*
 * The two flags that hold the type, 0 being write-back: _PGMT_MASK of arch/x86/mm/pat/memtype.c.
 * From 6.12 on (7a87225ae2c6, "x86: remove PG_uncached") PG_arch_2 stands in for PG_uncached.
 */
#if !defined(CONFIG_X86_PAT)
#define PTC_MEMTYPE_FLAGS	0UL
#elif defined(CONFIG_ARCH_USES_PG_UNCACHED)
#define PTC_MEMTYPE_FLAGS	(BIT(PG_arch_1) | BIT(PG_uncached))
#else
#define PTC_MEMTYPE_FLAGS	(BIT(PG_arch_1) | BIT(PG_arch_2))
#endif

/*
 * ptc_page_has_memtype - has set_memory_uc() or the like made the page other than write-back?
 *
 * A test and a branch, for the fast paths; READ_ONCE() would make it a load more. It misses what is
 * no memory type (read-only, not present), and, on a kernel booted with nopat, everything: the
 * direct map's entry alone tells all.
 *
 * Context: any. Nobody changes the type meanwhile.
 */
static __always_inline bool ptc_page_has_memtype(const struct page *page)
{
	/* other flags may change meanwhile, these do not */
	return data_race(PTC_FLAGS_OF(page)) & PTC_MEMTYPE_FLAGS;
}

/* The same for many pages: add the flags of each, and look at all of them once. */
static __always_inline void ptc_memtype_add(unsigned long *flags, const struct page *page)
{
	*flags |= data_race(PTC_FLAGS_OF(page)); /* likewise */
}

static inline bool ptc_memtype_any(unsigned long flags)
{
	return flags & PTC_MEMTYPE_FLAGS;
}

#endif /* PTC_COMPAT_MEMTYPE_H */
