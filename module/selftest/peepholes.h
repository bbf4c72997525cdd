/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pt_cache_selftest.ko looks into, and moves by hand. In a build with PTC_SELFTEST=1 only.
 * This room is the roof: it may call every other one, and nothing of the product calls it.
 */
#ifndef PTC_SELFTEST_PEEPHOLES_H
#define PTC_SELFTEST_PEEPHOLES_H

#include <linux/types.h>

struct page;
struct ptc_audit_result;
struct ptc_planted;

/* A counter of `stats` by name, without what living caches count themselves; U64_MAX: none. */
u64 pt_cache_selftest_counter(const char *name);

/* Clean pages in the reserve of a node, over all pools. */
unsigned long pt_cache_selftest_reserve(int nid);

/* The users of a page of a block, or -1. */
int pt_cache_selftest_users(struct page *page);

/* Take back on all nodes what the kernel has freed of lent tables; clear it, if asked. How many. */
unsigned int pt_cache_selftest_collect(bool clear);

/* Write into a clean table that waits in a block of a lender. Returns its page frame, or 0. */
unsigned long pt_cache_selftest_dirty_ready(void);

/* As the parameter adopt. */
void pt_cache_selftest_adopt(bool on);

/* As the parameter verify_zero. */
void pt_cache_selftest_verify(bool on);

/* See ptc_plant(). */
void pt_cache_selftest_plant(struct ptc_planted *list);

/* What the report audit reads. */
int pt_cache_selftest_audit(struct ptc_audit_result *results);

#endif /* PTC_SELFTEST_PEEPHOLES_H */
