/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What struct page tells of a page frame that may be a page table, for who holds no reference to
 * the page. So each answer is of one moment, and the accessors that check with VM_BUG_ON_PAGE()
 * (those of folios: in the next moment the page may be a tail) are not used.
 *
 * The mark of a page table is its page type, PageTable(). PTC_MARKED_LEVELS of ptdesc.h are the
 * levels of a process's tables that have it. The tables of KVM (__get_free_page() in
 * virt/kvm/kvm_main.c), of IOMMUs (drivers/iommu/) and of drivers have none.
 *
 * What proves that a page is no table:
 *
 *	It is free (PageBuddy() of the first page of a block that it is in).
 *
 *	Its page type is another one: PageOffline(), hugetlb. A page has one type.
 *
 *	It is on an LRU list, or anonymous memory. Both are for pages that processes map, or that
 *	are cached for them. The words in which struct page says so (PG_lru, bit 0 of `mapping`)
 *	are unused in the descriptors of tables: struct ptdesc of linux/mm_types.h, struct ioptdesc
 *	of drivers/iommu/iommu-pages.h. What a process has in its own memory, say the page tables
 *	of a guest of KVM, is that process's memory, and no table of this kernel.
 *
 * What proves nothing:
 *
 *	PG_reserved: the tables of boot time and those in the kernel's image have it.
 *
 *	Slab: drivers may keep their devices' tables there, and do (io-pgtable-arm-v7s.c,
 *	omap-iommu.c, s390-iommu.c of drivers/iommu/). But no table of a process or of the kernel
 *	is an object of a slab, unless the architecture has PGDs that are smaller than a page.
 *
 *	Being mapped, another `mapping`, private data: drivers map pages to processes, and use
 *	these words as they like.
 *
 *	No reference: pages on a CPU's free list have none, nor have frozen pages in use.
 */
#ifndef PTC_COMPAT_PAGE_TYPE_H
#define PTC_COMPAT_PAGE_TYPE_H

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "compat/page_state.h"

/*
 * ptc_page_is_marked - does the page have the page type of a table?
 *
 * The first page of a compound page has the type, and a PGD that is a pair is one on kernels that
 * mark PGDs.
 */
static inline bool ptc_page_is_marked(struct page *page)
{
	return PageTable(compound_head(page));
}

/* ptc_page_in_slab - is the page a part of a slab? */
static inline bool ptc_page_in_slab(struct page *page)
{
	return PageSlab(compound_head(page));
}

/*
 * ptc_page_no_table - why a page that is not marked is no page table of anybody
 *
 * Return: the reason, or NULL if it may be one.
 */
static inline const char *ptc_page_no_table(struct page *page)
{
	struct page *head = compound_head(page);

	if (is_free_buddy_page(page))
		return "free memory";
	if (PageOffline(page))
		return "logically offline: in a balloon, or not given to the page allocator";
	if (PageSlab(head)) /* which uses the words that are looked at below */
		return NULL;
	if (PageHuge(head))
		return "memory of hugetlb";
	if (ptc_page_flags(head) & BIT(PG_lru))
		return "memory of processes or files: it is on an LRU list";
	if (PageAnon(head))
		return "anonymous memory of processes";
	return NULL;
}

#endif /* PTC_COMPAT_PAGE_TYPE_H */
