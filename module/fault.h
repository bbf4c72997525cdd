/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fault injection for pt_cache_selftest.ko, since stock kernels are built without FAULT_INJECTION.
 * Fault points only exist in a build with PTC_SELFTEST=1; in an installed module they compile to
 * nothing. This is the lowest layer: it calls nothing else of the module.
 */
#ifndef PTC_FAULT_H
#define PTC_FAULT_H

#include <linux/pgtable.h>
#include <linux/types.h>

enum ptc_fault_point {
	PTC_FAULT_BLOCK_PAGES,	/* no order-9 page */
	PTC_FAULT_RUN_PAGES,	/* no run of orders 8 to 1 */
	PTC_FAULT_RECORDS,	/* no memory for a side table */
	PTC_FAULT_INDEX,	/* no memory for a place in the index */
	PTC_FAULT_ADOPT,	/* a region cannot be adopted */
	PTC_FAULT_SET_UC,	/* set_memory_uc() does nothing and fails */
	PTC_FAULT_SET_WB,	/* set_memory_wb() does nothing and fails */
	PTC_FAULT_TREE_TABLE,	/* no table for a tree */
	PTC_FAULT_STEP,		/* any ptc_fallible() step; armed by fail_step alone */
	PTC_FAULT_LEND_LATE,	/* not a failure: a delay between the two steps of lending */
	PTC_FAULT_STOCK_LATE,	/* not a failure: the livepatch's fallback sleeps */
	PTC_NR_FAULTS,
};

/*
 * Evaluate @call, a step that can fail, or yield @failure in its place. A fallible step is wrapped
 * in this, or has a fault point of its own, if its failure needs undoing or if the module goes on
 * without it. So a test can make every one of them fail by its number (fail_step).
 * Exceptions: steps whose error is passed on unchanged, such as an interrupted mutex, and the page
 * allocator's answer to a page fault, which would fail an unrelated process.
 */
#define ptc_fallible(call, failure)	(ptc_fault(PTC_FAULT_STEP) ? (failure) : (call))

#ifdef PTC_SELFTEST
#include "trace/source.h"

struct dentry;

bool ptc_fault(enum ptc_fault_point point);

/* Create the file fail_step in the directory of the reports. */
void ptc_fault_debugfs(struct dentry *folder);

/*
 * Make the @nth fallible step from now on fail, whichever it is; 0 disarms. The debugfs file and
 * the module parameter fail_step do the same; the parameter can be set at load.
 * Returns how many steps away the previously armed failure was, 0 if it has happened.
 */
unsigned int pt_cache_selftest_fail_step(unsigned int nth);

/* How many steps have failed by their number. */
unsigned int pt_cache_selftest_steps_failed(void);

/* Make the next @times passes of @point fail. */
void pt_cache_selftest_fault(enum ptc_fault_point point, unsigned int times);

/* Make one pass of @point fail, the one after @passes. */
void pt_cache_selftest_fault_after(enum ptc_fault_point point, unsigned int passes);

/* Is a failure armed at @point? */
bool pt_cache_selftest_fault_waits(enum ptc_fault_point point);

/* The replacement of pte_alloc_one(), or NULL while pt_cache_live.ko is not loaded. */
typedef pgtable_t (*ptc_live_alloc_fn)(struct mm_struct *mm);
ptc_live_alloc_fn pt_cache_selftest_live(void);

/* The part of it that may sleep. */
typedef pgtable_t (*ptc_live_sleep_fn)(struct mm_struct *mm, enum ptc_source why);
ptc_live_sleep_fn pt_cache_selftest_live_sleep(void);

/* pt_cache_live.ko announces its functions, or withdraws them with NULL. */
void ptc_fault_live(ptc_live_alloc_fn alloc, ptc_live_sleep_fn sleep);
#else
#define ptc_fault_live(alloc, sleep)	do { } while (0)
#define ptc_fault_debugfs(folder)	((void)(folder))

static inline bool ptc_fault(enum ptc_fault_point point)
{
	return false;
}
#endif

#endif /* PTC_FAULT_H */
