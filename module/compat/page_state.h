/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The struct page of a user page table that the kernel has freed: the state it must be in, and the
 * fields to reset, as the page allocator does, before the page is a table again.
 */
#ifndef PTC_COMPAT_PAGE_STATE_H
#define PTC_COMPAT_PAGE_STATE_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "ptc_have.h"

#ifdef PTC_HAVE_MEMDESC_FLAGS
#define PTC_FLAGS_OF(page)	((page)->flags.f)
#else
#define PTC_FLAGS_OF(page)	((page)->flags)
#endif

static inline unsigned long ptc_page_flags(const struct page *page)
{
	return READ_ONCE(PTC_FLAGS_OF(page));
}

/*
 * ptc_page_state_trouble - why a page that the kernel has freed is not in the state of a free page
 *
 * The destructor has cleared the page type of a table (in the word of _mapcount). The page is not
 * mapped, not charged and not in the page cache, and no flag is set. The page allocator checks the
 * same before it hands out a page. A memory error is not among it: the caller checks
 * PageHWPoison().
 *
 * Return: NULL, or the reason.
 */
static inline const char *ptc_page_state_trouble(struct page *page)
{
	if (PageTable(page))
		return "it still has the page type of a table";
	if (atomic_read(&page->_mapcount) != -1)
		return "it has a page type, or is mapped";
	if (page->mapping)
		return "its mapping is set";
#ifdef CONFIG_MEMCG
	if (page->memcg_data)
		return "it is charged to a memory cgroup";
#endif
	if (ptc_page_flags(page) & PAGE_FLAGS_CHECK_AT_PREP)
		return "page flags are set";
	return NULL;
}

/*
 * ptc_page_state_reset - reset the fields that the page used while it was a table
 *
 * private held the table's lock. pgtable_pte_page_ctor() and its successors expect 0, as the page
 * allocator leaves it.
 *
 * lru linked a deposited table, and was poisoned when the table left that list, or it was the
 * rcu_head by which the kernel freed the table (pte_free_defer() and, from 6.14 on,
 * __tlb_remove_table_one()). Its first word is also where a tail page has its head, and page_pool
 * its signature.
 *
 * index needs no reset: only a PMD table uses it, for its share count.
 *
 * Context: the only reference is the caller's.
 */
static inline void ptc_page_state_reset(struct page *page)
{
	set_page_private(page, 0);
	INIT_LIST_HEAD(&page->lru);
}

#endif /* PTC_COMPAT_PAGE_STATE_H */
