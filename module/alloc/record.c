// SPDX-License-Identifier: GPL-2.0
/*
 * Read the record of a page that its holder may be freeing. ptc_record_open() and
 * ptc_record_close() are inline in record.h, for the fast paths.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "alloc/block.h"
#include "alloc/record.h"

/*
 * Has the kernel freed this lent table? Then its only reference is ours, and it is no longer in
 * use, though it has not been taken back yet.
 */
static bool record_is_left(const struct ptc_block *block, unsigned int at, u32 tag)
{
	return ptc_tag_is_lent(tag) && page_ref_count(pfn_to_page(block->pfn + at)) == 1;
}

/* Is the page a table that is out? Context: as ptc_index_find(), which found the block. */
bool ptc_record_is_out(const struct ptc_block *block, unsigned int at)
{
	u32 tag = ptc_record_tag(&block->records[at]);

	return ptc_tag_state(tag) == PTC_OUT && !record_is_left(block, at, tag);
}

/*
 * Copy a record that its holder may be freeing. If the tag changes meanwhile, the copy would mix
 * two owners and is dropped.
 * Context: as ptc_record_is_out().
 * Returns whether @copy is of a table that is out.
 */
bool ptc_record_copy(const struct ptc_block *block, unsigned int at, struct ptc_record *copy)
{
	const struct ptc_record *record = &block->records[at];
	u32 tag = smp_load_acquire(&record->tag); /* pairs with ptc_record_open() */

	if (ptc_tag_state(tag) != PTC_OUT || record_is_left(block, at, tag))
		return false;
	*copy = *record;
	copy->tag = tag;
	copy->comm[TASK_COMM_LEN - 1] = '\0';
	smp_rmb(); /* copy before the tag is read again */
	return READ_ONCE(record->tag) == tag;
}

/* Retire a page that nobody holds. */
void ptc_record_retire(struct ptc_record *record, enum ptc_record_state state)
{
	WRITE_ONCE(record->tag, state);
}
