// SPDX-License-Identifier: GPL-2.0
/*
 * Counts the users of a tree's tables, and frees a table with its last user.
 *
 * Why a table that is handed out again holds no stale entry, and no walker can still reach it:
 *
 *	Its users are zero and stay zero: a get never raises zero. Each entry that is not none was a
 *	user, so all entries are none, and no caller works on the table.
 *
 *	That is certain where the tree itself has counted the entries, as it set and cleared them.
 *	A caller that writes entries counts them, too, and may put one user too many. So a table
 *	that anybody ever put a user of from outside is doubted: whoever puts the last one, it is
 *	freed as dirty, and cleared before it is handed out again.
 *
 *	The entry that pointed to it is cleared by the CPU that put the last user, with interrupts
 *	off. A CPU that spins until that store therefore spins for a few instructions only, and
 *	never on the CPU that has yet to do the store.
 *
 *	The tree's flush is called after that store and before the table can be reused. From then on
 *	no CPU or device that walks the tree by itself has a cached pointer to the table.
 *
 *	Software walkers read entries in an RCU read-side section. The table goes back to its cache
 *	by an RCU callback that is queued after the flush; until then they find all entries none.
 *	Its record is not reopened before that either, so a late get finds zero users, and not the
 *	users of another table.
 *
 * Until the flush, a hardware walker may still use a cached pointer to a removed table, or a cached
 * translation. A racing map of the same range could return before that walker sees the new mapping.
 * So an operation that clears entries counts itself in tree->unflushed until it has flushed, and a
 * map reads that count after it has mapped, and flushes as well if the count is not zero.
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

/* Add users, unless there are none or the count would overflow. */
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
 * Read an entry above the PTE level, and get a user of the table that it points to, if any. @value
 * is the entry as it was read; @table is set for PTC_FOUND_TABLE. Context: any but NMI.
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
		/* RCU keeps the record from being reused for another table until we hold a user */
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

/* Add users, unless there are none. The caller keeps the table from being handed out again. */
bool ptc_users_get(unsigned long *table, unsigned int nr)
{
	return users_get_unless_zero(ptc_record_of(users_pfn_of(table)), nr);
}

/* Add users to a table of which the caller holds one. */
void ptc_users_add(unsigned long *table, unsigned int nr)
{
	atomic_add(nr, &ptc_record_of(users_pfn_of(table))->users);
}

static noinline bool users_refuse_put(unsigned long pfn, int users, unsigned int nr)
{
	WARN_ONCE(1, "pt_cache: put of %u users of a table that has %d (pfn %#lx): refused\n",
		  nr, users, pfn);
	ptc_count(PTC_bad_put);
	return false;
}

/*
 * Users of the table are about to be put from outside: from now on their number is that caller's
 * word. The caller keeps the table from being handed out again.
 */
void ptc_users_doubt(unsigned long *table)
{
	struct ptc_record *record = ptc_record_of(users_pfn_of(table));
	u32 tag = ptc_record_tag(record);

	while (ptc_tag_state(tag) == PTC_OUT && !(tag & PTC_TAG_DOUBTED))
		if (try_cmpxchg(&record->tag, &tag, tag | PTC_TAG_DOUBTED))
			break;
}

/*
 * Put users, but not the last: the caller holds another one. If entries were set without a user for
 * each, there are too few: refuse then, so that the table keeps its users and its place in the
 * tree.
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

/* Put users. Returns true if they were the last; @entry is none then. */
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

/* Gather a table that was removed from the tree. It is freed after the flush. */
void ptc_gather_table(struct pt_cache_tree *tree, enum pt_cache_level level,
		      unsigned long *table, unsigned long va, struct ptc_gather *gather)
{
	struct ptc_record *record = ptc_record_of(users_pfn_of(table));
	unsigned long size = ptc_entry_size(ptc_level_above(level));
	u32 tag = ptc_record_tag(record);

	va &= ~(size - 1);
	ptc_gather_range(gather, va, va + size);
	trace_users_zero(tree->cache->name, users_pfn_of(table), level);
	/*
	 * dying_pfn and next_dying overwrite the record's mm and comm. Change the tag first, so
	 * that a report that has copied them finds another tag and drops its copy. A put too many
	 * may be changing it, too.
	 */
	do {
		if (WARN_ON_ONCE(ptc_tag_state(tag) != PTC_OUT))
			return;
	} while (!try_cmpxchg(&record->tag, &tag, (tag & ~PTC_TAG_STATE) | PTC_DYING));
	record->dying_pfn = users_pfn_of(table);
	record->next_dying = gather->dying;
	gather->dying = record;
}

/* Called before the first entry is cleared: from now on a racing map has to flush, too. */
void ptc_gather_unflushed(struct pt_cache_tree *tree, struct ptc_gather *gather)
{
	if (gather->unflushed)
		return;
	gather->unflushed = true;
	atomic_inc(&tree->unflushed);
	smp_mb__after_atomic(); /* pairs with the smp_mb() in pt_cache_tree_map() */
}

void ptc_gather_range(struct ptc_gather *gather, unsigned long start, unsigned long end)
{
	gather->start = min(gather->start, start);
	gather->end = max(gather->end, end);
}

/* No walker sees the table any more. verify_zero=1 finds an entry that was set without a user. */
static void users_give_back(struct rcu_head *rcu)
{
	struct ptc_record *record = container_of(rcu, struct ptc_record, rcu);
	struct page *page = pfn_to_page(record->dying_pfn);
	u32 tag = ptc_record_tag(record);
	struct pt_cache *cache = ptc_registry_find(ptc_tag_cache(tag));

	if (ptc_verify_zero() && !ptc_verify_table(cache, page_to_pfn(page))) {
		this_cpu_inc(cache->magazines->frees);
		return;
	}
	record->mm = NULL;
	/* pairs with ptc_record_copy(): a report that sees the tag sees no owner */
	smp_store_release(&record->tag,
			  (tag & ~(PTC_TAG_STATE | PTC_TAG_TREE | PTC_TAG_DOUBTED)) | PTC_OUT);
	if (tag & PTC_TAG_DOUBTED)
		pt_cache_free_table(cache, page);
	else
		pt_cache_free_table_zeroed(cache, page);
}

/*
 * Flush what was removed, and free the removed tables after an RCU grace period. Context: as the
 * tree's flush; the caller holds no lock that the flush acquires.
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
