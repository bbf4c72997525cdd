/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pt_cache_live.ko: makes the running kernel allocate its user PTE tables from a lender of
 * pt_cache.ko. Shared by the files of the module.
 */
#ifndef PTC_LIVE_H
#define PTC_LIVE_H

#include <linux/pgtable.h>
#include <linux/types.h>

#include "pt_cache.h"
#include "trace/source.h"

/* The state of our livepatch. */
enum ptc_live_state {
	PTC_LIVE_OFF,		/* not enabled yet, disabled, or replaced by another livepatch */
	PTC_LIVE_COMING,	/* being enabled: tasks switch to our function one by one */
	PTC_LIVE_ON,
	PTC_LIVE_SHADOWED,	/* enabled, but another livepatch is stacked on top of it */
	PTC_LIVE_GOING,		/* being disabled: tasks switch back one by one */
};

/* serve.c */
extern struct pt_cache_lender *ptc_live_lender;
extern bool ptc_live_memcg_limited;
int ptc_live_serve_prepare(void);
pgtable_t ptc_live_pte_alloc_one(struct mm_struct *mm);
pgtable_t ptc_live_from_page_allocator(struct mm_struct *mm, enum ptc_source why);
u64 ptc_live_fallbacks(enum ptc_source why);
void ptc_live_wait_for_the_last(void);

/* patch.c */
int ptc_live_patch_enable(void);
enum ptc_live_state ptc_live_state(void);

/* watch.c */
void ptc_live_watch_start(void);
void ptc_live_watch_stop(void);
unsigned int ptc_live_seconds(void);

/* report.c */
void ptc_live_report_init(void);
void ptc_live_report_exit(void);

#endif /* PTC_LIVE_H */
