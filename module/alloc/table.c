// SPDX-License-Identifier: GPL-2.0
/* Find tables that are out, by page frame number. */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "alloc/index.h"
#include "alloc/table.h"

/*
 * Find the next table that is out, within a bounded number of page frames. @pfn advances to where
 * the search stopped; @end is set if no block is left.
 */
static bool table_look_ahead(unsigned long *pfn, struct ptc_record *copy, bool *end)
{
	unsigned int looked;

	for (looked = 0; looked < PTC_BLOCK_PAGES; looked++, ++*pfn) {
		struct ptc_block *block = ptc_index_find(*pfn);

		if (!block) {
			block = ptc_index_next(*pfn, ULONG_MAX, NULL);
			*end = !block;
			if (*end)
				return false;
			*pfn = block->pfn;
		}
		if (ptc_record_copy(block, *pfn - block->pfn, copy))
			return true;
	}
	return false;
}

/*
 * Copy the record of the first table that is out at *@pfn or after it, and set *@pfn to it.
 * Context: process context, may sleep; holds nothing afterwards.
 * Returns false if there is none, or on a signal.
 */
bool ptc_table_next(unsigned long *pfn, struct ptc_record *copy)
{
	bool found, end = false;

	do {
		if (signal_pending(current))
			return false;
		rcu_read_lock();
		found = table_look_ahead(pfn, copy, &end);
		rcu_read_unlock();
		cond_resched();
	} while (!found && !end);
	return found;
}

/*
 * Returns the record of a page of a block, or NULL.
 * Context: an RCU read-side section, or the page is out and the caller holds it.
 */
struct ptc_record *ptc_record_of(unsigned long pfn)
{
	struct ptc_block *block;

	rcu_read_lock();
	block = ptc_index_find(pfn);
	rcu_read_unlock();
	return block ? &block->records[pfn - block->pfn] : NULL;
}

const struct mm_struct *pt_cache_table_owner(struct page *page)
{
	const struct mm_struct *owner = NULL;
	unsigned long pfn, flags;
	struct ptc_block *block;
	struct ptc_record copy;

	if (WARN_ON_ONCE(!page))
		return NULL;
	pfn = page_to_pfn(page);
	local_irq_save(flags); /* keeps the block alive: blocks are freed by RCU */
	block = ptc_index_find(pfn);
	if (block && ptc_record_copy(block, pfn - block->pfn, &copy))
		owner = copy.mm;
	local_irq_restore(flags);
	return owner;
}
EXPORT_SYMBOL_GPL(pt_cache_table_owner);
