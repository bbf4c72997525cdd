/* SPDX-License-Identifier: GPL-2.0 */
/* The blocks of a lender, which its nodes' workers take back, clear and make. */
#ifndef PTC_ALLOC_GROW_H
#define PTC_ALLOC_GROW_H

#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "alloc/cache.h"
#include "alloc/magazine.h"
#include "alloc/pool.h"
#include "alloc/verify.h"

struct pt_cache_lender {
	/* pt_cache_lend() reads these, so they come first; the first two are the cache's, fixed */
	struct ptc_magazine __percpu *magazines;
	u32 tag;			/* of the records of lent tables, at level 0 */
	bool verify;			/* check each table, even with verify_zero=0 */
	unsigned long max_blocks;
	struct pt_cache *cache;
	atomic_t growing;		/* blocks being made */
	atomic_long_t non_zero;
	struct delayed_work beat;
	unsigned long beat_interval;
	u64 beat_moves;			/* tables lent plus taken back, as of the last beat */
};

extern const struct ptc_pool_ops ptc_lending_pool;

void ptc_grow_start(struct pt_cache_lender *lender);
void ptc_grow_stop(struct pt_cache_lender *lender);
void ptc_grow_kick(struct ptc_node *node);
void ptc_grow_kick_all(const struct pt_cache_lender *lender);
void ptc_grow_note_miss(struct ptc_node *node);
unsigned long ptc_grow_blocks(const struct ptc_pool *pool);
void ptc_grow_clean(const struct ptc_node *node, const unsigned long *pfns, unsigned int nr);

/*
 * The sums of the cache count a table that is taken back as freed. A pool may be walked before its
 * lender is complete, but nothing was lent then.
 */
static inline void ptc_lender_count_taken_back(struct pt_cache_lender *lender, unsigned int nr)
{
	if (nr)
		this_cpu_add(lender->magazines->frees, nr);
}

static inline bool ptc_lender_verifies(const struct pt_cache_lender *lender)
{
	return ptc_verify_zero() || READ_ONCE(lender->verify);
}

#endif /* PTC_ALLOC_GROW_H */
