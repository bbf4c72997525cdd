/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel may leave in the struct page of a user's page table when it has let go of it, and
 * what has to be as the page allocator would have made it before the page is a table again.
 */
#ifndef PTC_COMPAT_PAGE_STATE_H
#define PTC_COMPAT_PAGE_STATE_H

#include <linux/list.h>
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "ptc_have.h"

static inline unsigned long ptc_page_flags(const struct page *page)
{
#ifdef PTC_HAVE_MEMDESC_FLAGS
	return READ_ONCE(page->flags.f);
#else
	return READ_ONCE(page->flags);
#endif
}

/*
 * ptc_page_state_trouble - why a page that the kernel has let go of is not as a free page should be
 *
 * The destructor has taken the mark of a table off (which is the page's type, in the word of
 * _mapcount), nothing maps, charges or caches the page, and no flag is set: the same that the page
 * allocator looks at before it gives a page out. A memory error is none of this and is looked for
 * apart (PageHWPoison()).
 *
 * Return: NULL, or the reason.
 */
static inline const char *ptc_page_state_trouble(struct page *page)
{
	if (PageTable(page))
		return "it is still marked as a table";
	if (atomic_read(&page->_mapcount) != -1)
		return "it has a type, or is mapped";
	if (page->mapping)
		return "it has a mapping";
#ifdef CONFIG_MEMCG
	if (page->memcg_data)
		return "it is charged to a memory cgroup";
#endif
	if (ptc_page_flags(page) & PAGE_FLAGS_CHECK_AT_PREP)
		return "flags are set";
	return NULL;
}

/*
 * ptc_page_state_reset - forget what was kept in a page while it was a table
 *
 * private: the table's lock (pgtable_pte_page_ctor() and its successors expect 0, as the page
 * allocator leaves it). lru: the list of deposited tables, poisoned when it left that, or the
 * rcu_head by which the kernel freed it (pte_free_defer() and, from 6.14 on,
 * __tlb_remove_table_one()); its first word is also where a tail page has its head, and page_pool
 * its signature. index: nothing of a PTE table, but a share count of a PMD table.
 *
 * Context: the only reference is the caller's.
 */
static inline void ptc_page_state_reset(struct page *page)
{
	set_page_private(page, 0);
	INIT_LIST_HEAD(&page->lru);
}

#endif /* PTC_COMPAT_PAGE_STATE_H */
