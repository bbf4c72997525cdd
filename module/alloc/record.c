// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the record of a page that its holder may be freeing. The fast halves, opening and closing
 * a record, are inline in record.h.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "alloc/block.h"
#include "alloc/record.h"

/*
 * A table that was lent and whose only reference is ours is nobody's any more, though it is not
 * taken back yet.
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
 * Copy a record that its holder may be freeing right now: a copy whose tag changed meanwhile
 * would mix two owners and is dropped.
 * Returns whether @copy is one table that is out. Context: as ptc_record_is_out().
 */
bool ptc_record_copy(const struct ptc_block *block, unsigned int at, struct ptc_record *copy)
{
	const struct ptc_record *record = &block->records[at];
	u32 tag = smp_load_acquire(&record->tag);

	if (ptc_tag_state(tag) != PTC_OUT || record_is_left(block, at, tag))
		return false;
	*copy = *record;
	copy->tag = tag;
	copy->comm[TASK_COMM_LEN - 1] = '\0';
	smp_rmb(); /* the copy before the second look */
	return READ_ONCE(record->tag) == tag;
}

/* Take a page that nobody holds out of use for good. */
void ptc_record_retire(struct ptc_record *record, enum ptc_record_state state)
{
	WRITE_ONCE(record->tag, state);
}
