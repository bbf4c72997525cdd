// SPDX-License-Identifier: GPL-2.0
/*
 * Counting the users of a tree's tables, and what happens when the last one goes.
 *
 * Why a table that is handed out again holds no stale entry, and nobody is still on his way into
 * it:
 *
 *	Its users are zero, and stay zero: get never raises zero. So no entry of it is other than
 *	none (each was a user), and nobody works on it.
 *
 *	The entry that led to it is cleared by the one who put the last user, with interrupts off, so
 *	that who waits for that store waits for a few instructions, and never on the same CPU.
 *
 *	The tree's flush is called after that, and before the table can be used again: no CPU or
 *	device that walks the tree by itself still remembers the way.
 *
 *	Walkers in software read entries in an RCU section; the table goes back to its cache by an
 *	RCU callback that is queued after the flush. Until then it is all none to them. Its record is
 *	not opened again before, so a get that comes late finds zero users, and not another table's.
 *
 * What walks by itself may go on remembering the way to a table that has gone, or what was mapped,
 * until the flush. Who maps in the same place meanwhile would return before that is seen: so who
 * takes something out counts in the tree until he has flushed, and who maps looks at that count
 * when he has mapped, and flushes, too.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "alloc/cache.h"
#include "alloc/registry.h"
#include "alloc/table.h"
#include "alloc/verify.h"
#include "counters.h"
#include "tree/users.h"
#include "trace/trace.h"

static unsigned long users_pfn_of(const unsigned long *table)
{
	return page_to_pfn(virt_to_page(table));
}

/* Raise the users, unless there are none. */
static bool users_get_unless_zero(struct ptc_record *record, unsigned int nr)
{
	int users = atomic_read(&record->users);

	do {
		if (!users || nr > INT_MAX - users)
			return false;
	} while (!atomic_try_cmpxchg(&record->users, &users, users + nr));
	return true;
}

/*
 * Look at an entry above the PTEs, and keep what it leads to from going away. Context: any but NMI.
 * @value is the entry as it was read; @table is set where a table was found.
 */
enum ptc_found ptc_table_get(enum pt_cache_level level, unsigned long *entry, unsigned long *value,
			     unsigned long **table)
{
	enum ptc_found found = PTC_FOUND_TABLE;
	struct ptc_record *record;

	rcu_read_lock();
	*value = READ_ONCE(*entry);
	if (ptc_entry_none(*value)) {
		found = PTC_FOUND_NONE;
	} else if (ptc_entry_is_leaf(level, *value)) {
		found = PTC_FOUND_LEAF;
	} else {
		/* RCU keeps the record this table's, and no other's, until we have our user */
		record = ptc_record_of(ptc_entry_pfn(*value));
		if (WARN_ON_ONCE(!record))
			found = PTC_FOUND_FOREIGN;
		else if (!users_get_unless_zero(record, 1))
			found = PTC_FOUND_DYING;
		else
			*table = pfn_to_kaddr(ptc_entry_pfn(*value));
	}
	rcu_read_unlock();
	return found;
}

/* More users, unless there are none. The table is kept from being handed out again. */
bool ptc_users_get(unsigned long *table, unsigned int nr)
{
	return users_get_unless_zero(ptc_record_of(users_pfn_of(table)), nr);
}

/* More users of a table that the caller has one of. */
void ptc_users_add(unsigned long *table, unsigned int nr)
{
	atomic_add(nr, &ptc_record_of(users_pfn_of(table))->users);
}

static noinline bool users_refuse_put(unsigned long pfn, int users, unsigned int nr)
{
	WARN_ONCE(1, "pt_cache: %u users put of a table that has %d (pfn %#lx): nothing is changed\n",
		  nr, users, pfn);
	ptc_count(PTC_bad_put);
	return false;
}

/*
 * Fewer, and not the last: the caller has one more. Entries that nobody took a user for leave too
 * few: then the table keeps those that it has, and so its place.
 */
void ptc_users_sub(unsigned long *table, unsigned int nr)
{
	struct ptc_record *record = ptc_record_of(users_pfn_of(table));
	int users = atomic_read(&record->users);

	do {
		if (unlikely((unsigned int)users <= nr)) {
			users_refuse_put(users_pfn_of(table), users, nr);
			return;
		}
	} while (!atomic_try_cmpxchg(&record->users, &users, users - nr));
}

/* Returns whether those were the last users: then the entry is none by now. */
bool ptc_users_put(struct pt_cache_tree *tree, unsigned long *table, unsigned long *entry,
		   unsigned int nr, struct ptc_gather *gather)
{
	struct ptc_record *record = ptc_record_of(users_pfn_of(table));
	int users = atomic_read(&record->users);
	unsigned long flags;

	local_irq_save(flags);
	do {
		if (unlikely((unsigned int)users < nr)) {
			local_irq_restore(flags);
			return users_refuse_put(users_pfn_of(table), users, nr);
		}
	} while (!atomic_try_cmpxchg(&record->users, &users, users - nr));
	if (users == nr) {
		ptc_gather_unflushed(tree, gather);
		WRITE_ONCE(*entry, 0);
	}
	local_irq_restore(flags);
	return users == nr;
}

/* The table has left the tree, and waits for the flush. */
void ptc_gather_table(struct pt_cache_tree *tree, enum pt_cache_level level,
		      unsigned long *table, unsigned long va, struct ptc_gather *gather)
{
	struct ptc_record *record = ptc_record_of(users_pfn_of(table));
	unsigned long size = ptc_entry_size(ptc_level_above(level));
	u32 tag = ptc_record_tag(record);

	va &= ~(size - 1);
	ptc_gather_range(gather, va, va + size);
	trace_users_zero(tree->cache->name, users_pfn_of(table), level);
	/* a report that sees what is written next sees that it is none of its business */
	if (WARN_ON_ONCE(ptc_tag_state(tag) != PTC_OUT ||
			 cmpxchg(&record->tag, tag, (tag & ~PTC_TAG_STATE) | PTC_DYING) != tag))
		return;
	record->dying_pfn = users_pfn_of(table);
	record->next_dying = gather->dying;
	gather->dying = record;
}

/* Before the first entry is made none: who maps from now on has to flush, too. */
void ptc_gather_unflushed(struct pt_cache_tree *tree, struct ptc_gather *gather)
{
	if (gather->unflushed)
		return;
	gather->unflushed = true;
	atomic_inc(&tree->unflushed);
	smp_mb__after_atomic(); /* pairs with map's look, when it has mapped */
}

void ptc_gather_range(struct ptc_gather *gather, unsigned long start, unsigned long end)
{
	gather->start = min(gather->start, start);
	gather->end = max(gather->end, end);
}

/* No walker sees it any more. verify_zero=1 finds the entry that nobody was counted for. */
static void users_give_back(struct rcu_head *rcu)
{
	struct ptc_record *record = container_of(rcu, struct ptc_record, rcu);
	struct page *page = pfn_to_page(record->dying_pfn);
	struct pt_cache *cache = ptc_registry_find(ptc_tag_cache(record->tag));

	if (ptc_verify_zero() && !ptc_verify_table(cache, page_to_pfn(page))) {
		this_cpu_inc(cache->magazines->frees);
		return;
	}
	record->mm = NULL;
	smp_store_release(&record->tag,
			  (record->tag & ~(PTC_TAG_STATE | PTC_TAG_TREE)) | PTC_OUT);
	pt_cache_free_table_zeroed(cache, page);
}

/*
 * Flush what was taken out, and give the tables back when no walker sees them. Context: as the
 * tree's flush; with no lock held that it takes.
 */
void ptc_gather_finish(struct pt_cache_tree *tree, struct ptc_gather *gather)
{
	struct ptc_record *record = gather->dying, *next;

	if (gather->start < gather->end && tree->flush)
		tree->flush(tree, gather->start, gather->end, tree->private);
	if (gather->unflushed)
		atomic_dec(&tree->unflushed);
	for (; record; record = next) {
		next = record->next_dying;
		call_rcu(&record->rcu, users_give_back);
	}
	*gather = (struct ptc_gather)PTC_GATHER_INIT;
}
