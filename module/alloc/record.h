/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The side table: one record for each page of a block, found by page frame number. It holds the
 * owner, the level and the users of a table. struct page has no room for them: 6.1 keeps pt_mm and
 * pt_share_count in one union, and speculative lookups raise _refcount.
 */
#ifndef PTC_ALLOC_RECORD_H
#define PTC_ALLOC_RECORD_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "pt_cache.h"

/*
 * State of a page. Only the first page of a table is PTC_OUT. The other pages of its run stay
 * PTC_IDLE, so that freeing one of them is refused like any page that is not out.
 */
enum ptc_record_state {
	PTC_IDLE,		/* in a block or a magazine, or a tail page of a run */
	PTC_OUT,		/* handed out */
	PTC_QUARANTINED,	/* dirty, bad memory, state or attributes: never used again */
	PTC_RETURNED,		/* freed to the page allocator, or handed over to the kernel */
	PTC_DYING,		/* a tree's table without users; freed when no walker sees it */
};

/*
 * The tag holds all that a free depends on in one word, so that a single cmpxchg() takes the table
 * from its holder: if two CPUs free the same table at once, only one succeeds.
 */
struct ptc_record {
	union {
		const struct mm_struct *mm;	/* an identity, never dereferenced */
		unsigned long dying_pfn;
	};
	union {
		char comm[TASK_COMM_LEN];
		struct ptc_record *next_dying;
		struct rcu_head rcu;
	};
	u32 tag;			/* id << 16 | order << 12 | level << 8 | kind | state */
	pid_t pid;
	atomic_t users;			/* 1 for the holder; in a tree see tree/users.h */
	spinlock_t lock;		/* protects the entries of a tree's PTE table */
};

/*
 * 512 records and the struct of the block must stay below 1% of a block. With lock debugging
 * spinlock_t is larger, and the limit does not hold.
 */
static_assert(sizeof(struct ptc_record) <= 40 || sizeof(spinlock_t) > 4);

/* The pid of a process that is being forked: readers look up the process of the mm instead. */
#define PTC_PID_NOT_YET	(-1)

/* The tag of a cache's tables at level 0; `| level << 8` makes it that of a table. */
static inline u32 ptc_tag_of_cache(u16 cache_id, unsigned int order)
{
	return (u32)cache_id << 16 | order << 12 | PTC_OUT;
}

#define PTC_TAG_STATE	0x1f
#define PTC_TAG_DOUBTED	0x20		/* a tree's, users were put from outside: cleared when freed */
#define PTC_TAG_LENT	0x40		/* lent: taken back when the kernel's reference is gone */
#define PTC_TAG_TREE	0x80		/* a tree's: only the tree frees it */
#define PTC_TAG_LEVEL	(0xf << 8)

static inline u16 ptc_tag_cache(u32 tag)
{
	return tag >> 16;
}

static inline unsigned int ptc_tag_order(u32 tag)
{
	return tag >> 12 & 0xf;
}

static inline unsigned int ptc_tag_level(u32 tag)
{
	return tag >> 8 & 0xf;
}

static inline enum ptc_record_state ptc_tag_state(u32 tag)
{
	return tag & PTC_TAG_STATE;
}

static inline bool ptc_tag_is_lent(u32 tag)
{
	return (tag & (PTC_TAG_STATE | PTC_TAG_LENT)) == (PTC_OUT | PTC_TAG_LENT);
}

static inline u32 ptc_record_tag(const struct ptc_record *record)
{
	return READ_ONCE(record->tag);
}

/*
 * Is the page of this tag a table that is out? Not a lent one that the kernel has freed: then its
 * only reference is ours, and it is no longer in use, though it has not been taken back yet.
 */
static __always_inline bool ptc_tag_is_out(u32 tag, unsigned long pfn)
{
	if (ptc_tag_is_lent(tag))
		return page_ref_count(pfn_to_page(pfn)) > 1;
	return ptc_tag_state(tag) == PTC_OUT;
}

/*
 * The task to record for @mm. Called with interrupts off, which is an RCU read-side section: a
 * task that owns an mm is freed by RCU only.
 */
static __always_inline const struct task_struct *ptc_mm_task(struct mm_struct *mm)
{
#ifdef CONFIG_MEMCG
	const struct task_struct *owner = rcu_dereference_sched(mm->owner);

	if (likely(owner))
		return owner;
#endif
	return current;
}

/*
 * A process that is being forked owns the mm, but does not use it yet, and has its parent's pid
 * until it gets its own.
 */
static __always_inline pid_t ptc_task_pid(const struct task_struct *task,
					  const struct mm_struct *mm)
{
	return unlikely(task->mm != mm && task != current) ? PTC_PID_NOT_YET : task->tgid;
}

/* Mark the page handed out. Interrupts are off, and nobody else knows the page. */
static __always_inline void ptc_record_open(struct ptc_record *record, u32 tag,
					    struct mm_struct *mm)
{
	record->mm = mm;
	atomic_set(&record->users, 1);
	if (mm) {
		const struct task_struct *task = ptc_mm_task(mm);

		record->pid = ptc_task_pid(task, mm);
		memcpy(record->comm, task->comm, TASK_COMM_LEN);
	}
	/* pairs with ptc_record_copy(): a reader that sees the tag sees the rest */
	smp_store_release(&record->tag, tag);
}

/*
 * Take the table from its holder.
 * Context: any.
 * Returns whether the table was out and of the cache, with its old tag in @tag; if not, nothing has
 * changed.
 */
static __always_inline bool ptc_record_close(struct ptc_record *record, u32 cache_tag, u32 *tag)
{
	*tag = READ_ONCE(record->tag);
	return likely((*tag & ~PTC_TAG_LEVEL) == cache_tag) &&
	       likely(cmpxchg(&record->tag, *tag, PTC_IDLE) == *tag);
}

struct ptc_block;

bool ptc_record_copy(const struct ptc_block *block, unsigned int at, struct ptc_record *copy);
void ptc_record_retire(struct ptc_record *record, enum ptc_record_state state);

#endif /* PTC_ALLOC_RECORD_H */
