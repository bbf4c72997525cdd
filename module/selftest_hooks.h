/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failures on demand, for pt_cache_selftest.ko alone: stock kernels have no fault injection. The
 * hooks are compiled in with PTC_SELFTEST=1 and are nothing without it; an installed pt_cache.ko
 * has none.
 */
#ifndef PTC_SELFTEST_HOOKS_H
#define PTC_SELFTEST_HOOKS_H

#include <linux/pgtable.h>
#include <linux/types.h>

enum ptc_fault_point {
	PTC_FAULT_BLOCK_PAGES,	/* no order-9 page */
	PTC_FAULT_RUN_PAGES,	/* no run of orders 8 to 1 */
	PTC_FAULT_RECORDS,	/* no memory for a side table */
	PTC_FAULT_INDEX,	/* no memory for a place in the index */
	PTC_FAULT_ADOPT,	/* a region cannot be taken */
	PTC_FAULT_SET_UC,	/* set_memory_uc() does nothing and fails */
	PTC_FAULT_SET_WB,	/* set_memory_wb() does nothing and fails */
	PTC_FAULT_TREE_TABLE,	/* no table for a tree */
	PTC_FAULT_STEP,		/* what ptc_fallible() calls: by fail_step alone */
	PTC_FAULT_LEND_LATE,	/* no failure: a pause between the two steps of lending */
	PTC_FAULT_STOCK_LATE,	/* no failure: who is not served sleeps in the livepatch */
	PTC_NR_FAULTS,
};

/*
 * @call, a step that can fail, or @failure instead of it. Every such step of the module that leaves
 * something to undo or to go on without is one, or has a fault point: each can be made to fail by
 * its number, fail_step. (Not what hands the kernel's own answer on, as single_open(), and not the
 * page allocator's answer to a page fault: that is its, and some process would pay for it.)
 */
#define ptc_fallible(call, failure)	(ptc_fault(PTC_FAULT_STEP) ? (failure) : (call))

/* Page tables of a test that the audit takes for one more mm's. */
struct ptc_planted {
	pgd_t *top;			/* NULL ends the list */
	const struct mm_struct *mm;	/* an identity */
};

#ifdef PTC_SELFTEST
#include "alloc/cache.h"

/* What is planted, or NULL. */
struct ptc_planted *ptc_planted(void);

/* Plant, or NULL. The list and the tables stay as they are until it is called again. */
void pt_cache_selftest_plant(struct ptc_planted *list);

/* What the report audit reads. */
struct ptc_audit_result;
int pt_cache_selftest_audit(struct ptc_audit_result *results);

bool ptc_fault(enum ptc_fault_point point);

/* The knob fail_step among the reports. */
struct dentry;
void ptc_selftest_debugfs(struct dentry *folder);

/*
 * Have the @nth step from now fail, whichever it is; 0: none. As the knob fail_step, and the
 * parameter of that name, which can be there when the module is loaded.
 * Returns how far the one before was still away, 0 if it has failed.
 */
unsigned int pt_cache_selftest_fail_step(unsigned int nth);

/* How many steps have failed by their number. */
unsigned int pt_cache_selftest_steps_failed(void);

/* Have the next @times passes of @point fail. */
void pt_cache_selftest_fault(enum ptc_fault_point point, unsigned int times);

/* Have one pass of @point fail, the one after @passes. */
void pt_cache_selftest_fault_after(enum ptc_fault_point point, unsigned int passes);

/* Does a failure wait at @point? */
bool pt_cache_selftest_fault_waits(enum ptc_fault_point point);

/* A counter of `stats` by name, without what caches that live count themselves; U64_MAX: none. */
u64 pt_cache_selftest_counter(const char *name);

/* Clean pages in the reserve of a node, over all pools. */
unsigned long pt_cache_selftest_reserve(int nid);

/* The users of a table that is out, or -1. */
int pt_cache_selftest_users(struct page *page);

/* Take back on all nodes what was lent and left, of all lenders; clear it, if asked. How many. */
unsigned int pt_cache_selftest_collect(bool clear);

/*
 * Write into a clean table that waits in a block of a lender's. Its page frame, or 0: there is
 * none.
 */
unsigned long pt_cache_selftest_dirty_ready(void);

/* What pte_alloc_one() is replaced by, while pt_cache_live.ko is loaded. */
typedef pgtable_t (*ptc_live_alloc_fn)(struct mm_struct *mm);
ptc_live_alloc_fn pt_cache_selftest_live(void);

/* The part of it that may sleep. */
typedef pgtable_t (*ptc_live_sleep_fn)(struct mm_struct *mm, enum ptc_source why);
ptc_live_sleep_fn pt_cache_selftest_live_sleep(void);

void ptc_selftest_live(ptc_live_alloc_fn alloc, ptc_live_sleep_fn sleep);

/* As the parameter adopt. */
void pt_cache_selftest_adopt(bool on);

/* As the parameter verify_zero. */
void pt_cache_selftest_verify(bool on);
#else
#define ptc_selftest_live(alloc, sleep)	do { } while (0)
#define ptc_selftest_debugfs(folder)	do { } while (0)

static inline struct ptc_planted *ptc_planted(void)
{
	return NULL;
}

static inline bool ptc_fault(enum ptc_fault_point point)
{
	return false;
}
#endif

#endif /* PTC_SELFTEST_HOOKS_H */
