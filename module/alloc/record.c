// SPDX-License-Identifier: GPL-2.0
/*
 * Read the record of a page that its holder may be freeing. ptc_record_open() and
 * ptc_record_close() are inline in record.h, for the fast paths.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "alloc/block.h"
#include "alloc/record.h"

/* The record may change while it is read: ptc_record_copy() finds out. */
#define record_racy(read)	data_race(read)

static void record_read(const struct ptc_record *record, struct ptc_record *copy)
{
	copy->mm = record_racy(record->mm);
	copy->pid = record_racy(record->pid);
	atomic_set(&copy->users, atomic_read(&record->users));
	record_racy(memcpy(copy->comm, record->comm, TASK_COMM_LEN));
}

static bool record_has_owner_of(const struct ptc_record *record, const struct ptc_record *copy)
{
	return record_racy(record->mm) == copy->mm && record_racy(record->pid) == copy->pid &&
	       !record_racy(memcmp(record->comm, copy->comm, TASK_COMM_LEN));
}

/*
 * Copy a record that its holder may be freeing. If the table changes hands meanwhile, the copy
 * would mix two owners and is dropped.
 *
 * The tag alone does not tell: the next hand-out by the same cache at the same level gives it the
 * same value. So the owner is read a second time, after the second look at the tag. Say that the
 * copy has a word of one hand-out, and another word of a later one. Whoever sees the latter sees
 * the tag that freed the former (the barrier), so the second look either finds the table free, or
 * acquires a tag of the later hand-out, or of one after that, and with it all words of its owner.
 * The second reading then has no word that is older. It differs from the copy, unless both have
 * the same owner: then the copy is right.
 *
 * What is left is a second reading that is mixed in the same way: the table would have to come to
 * the second owner while the first reading is between two words, go back to the first owner, and
 * come to the second again while the second reading is between the same two. A count of hand-outs
 * would exclude that, too, but every hand-out would have to write it.
 *
 * @copy has no lock, and its users are those of some moment meanwhile.
 *
 * Context: as ptc_index_find(), which found the block.
 * Returns whether @copy is of a table that is out.
 */
bool ptc_record_copy(const struct ptc_block *block, unsigned int at, struct ptc_record *copy)
{
	const struct ptc_record *record = &block->records[at];
	u32 tag = smp_load_acquire(&record->tag); /* pairs with ptc_record_open() */

	if (!ptc_tag_is_out(tag, block->pfn + at))
		return false;
	record_read(record, copy);
	smp_rmb(); /* pairs with the cmpxchg() of ptc_record_close(), before the record is reused */
	if (smp_load_acquire(&record->tag) != tag || !record_has_owner_of(record, copy))
		return false;
	copy->tag = tag;
	copy->comm[TASK_COMM_LEN - 1] = '\0';
	return true;
}

/* Retire a page that nobody holds. */
void ptc_record_retire(struct ptc_record *record, enum ptc_record_state state)
{
	WRITE_ONCE(record->tag, state);
}
