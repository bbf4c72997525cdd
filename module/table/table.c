// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that are out: who owns them (their users: users.c). The fast halves (open, close) are
 * inline in record.h.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "alloc/index.h"
#include "table/record.h"

/*
 * A table that was lent and whose only reference is ours is nobody's any more, though it is not
 * taken back yet.
 */
static bool lent_and_left(const struct ptc_block *block, unsigned int at, u32 tag)
{
	return ptc_tag_is_lent(tag) && page_ref_count(pfn_to_page(block->pfn + at)) == 1;
}

/* Is the page a table that is out? Context: as ptc_index_find(), which found the block. */
bool ptc_record_is_out(const struct ptc_block *block, unsigned int at)
{
	u32 tag = ptc_record_tag(&block->records[at]);

	return ptc_tag_state(tag) == PTC_OUT && !lent_and_left(block, at, tag);
}

/*
 * Copy a record that its holder may be freeing right now: a copy whose tag changed meanwhile
 * would mix two owners and is dropped.
 * Returns whether @copy is one table that is out. Context: as ptc_record_is_out().
 */
bool ptc_record_copy(const struct ptc_block *block, unsigned int at, struct ptc_record *copy)
{
	const struct ptc_record *record = &block->records[at];
	u32 tag = smp_load_acquire(&record->tag);

	if (ptc_tag_state(tag) != PTC_OUT || lent_and_left(block, at, tag))
		return false;
	*copy = *record;
	copy->tag = tag;
	copy->comm[TASK_COMM_LEN - 1] = '\0';
	smp_rmb(); /* the copy before the second look */
	return READ_ONCE(record->tag) == tag;
}

/* The next table that is out in a stretch of page frames; @pfn goes on to where the look ended. */
static bool look_ahead(unsigned long *pfn, struct ptc_record *copy, bool *end)
{
	unsigned int looked;

	for (looked = 0; looked < PTC_BLOCK_PAGES; looked++, ++*pfn) {
		struct ptc_block *block = ptc_index_find(*pfn);

		if (!block) {
			block = ptc_index_next(*pfn);
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
 * Returns false when there is none, or on a signal.
 */
bool ptc_table_next(unsigned long *pfn, struct ptc_record *copy)
{
	bool found, end = false;

	do {
		if (signal_pending(current))
			return false;
		rcu_read_lock();
		found = look_ahead(pfn, copy, &end);
		rcu_read_unlock();
		cond_resched();
	} while (!found && !end);
	return found;
}

/*
 * The record of a page of a block, or NULL.
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

/* Take a page that nobody holds out of use for good. */
void ptc_record_retire(struct ptc_record *record, enum ptc_record_state state)
{
	WRITE_ONCE(record->tag, state);
}

const char *ptc_level_name(unsigned int level)
{
	static const char * const names[] = { "pte", "pmd", "pud", "p4d", "pgd" };

	return level < ARRAY_SIZE(names) ? names[level] : "-";
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
	local_irq_save(flags); /* keeps the block: blocks are freed by RCU */
	block = ptc_index_find(pfn);
	if (block && ptc_record_copy(block, pfn - block->pfn, &copy))
		owner = copy.mm;
	local_irq_restore(flags);
	return owner;
}
EXPORT_SYMBOL_GPL(pt_cache_table_owner);
