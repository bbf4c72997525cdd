/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internals that pt_cache_selftest.ko reads and controls, in a build with PTC_SELFTEST=1 only. This
 * is the topmost layer: it may call every other one, and no product code calls it.
 */
#ifndef PTC_SELFTEST_PEEPHOLES_H
#define PTC_SELFTEST_PEEPHOLES_H

#include <linux/types.h>

struct page;
struct ptc_audit_findings;
struct ptc_planted;

/* A counter of `stats` by name, without the live caches' own counts; U64_MAX if there is none. */
u64 pt_cache_selftest_counter(const char *name);

/* Clean pages in the reserve of a node, over all pools. */
unsigned long pt_cache_selftest_reserve(int nid);

/* The users of a page of a block, or -1. */
int pt_cache_selftest_users(struct page *page);

/* Take back the lent tables that the kernel has freed; clear them if @clear. Returns how many. */
unsigned int pt_cache_selftest_collect(bool clear);

/* Dirty a clean table in a block of a lender. Returns its page frame, or 0. */
unsigned long pt_cache_selftest_dirty_ready(void);

/* Like the parameter adopt. */
void pt_cache_selftest_adopt(bool on);

/* Like the parameter verify_zero. */
void pt_cache_selftest_verify(bool on);

/* See ptc_plant(). */
void pt_cache_selftest_plant(struct ptc_planted *list);

/* The results that the report `audit` prints. */
int pt_cache_selftest_audit(struct ptc_audit_findings *findings);

#endif /* PTC_SELFTEST_PEEPHOLES_H */
