/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cache: one user's policy, magazines and counters. Its tables come from the blocks of its pool.
 */
#ifndef PTC_ALLOC_CACHE_H
#define PTC_ALLOC_CACHE_H

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "alloc/magazine.h"
#include "alloc/pool.h"
#include "pt_cache.h"

struct pt_cache {
	/* the fast paths read these, so they come first */
	struct ptc_magazine __percpu *magazines;
	u32 tag;			/* of its records at level 0: id and order */
	unsigned int depth;		/* of magazines; 0: unused (large tables, no recycling) */
	unsigned int free_depth;	/* the same for a free that looks at one page alone */
	/* fixed while the cache lives */
	struct ptc_pool *pool;
	struct ptc_node *home;		/* NULL: the node of the current CPU */
	u16 id;
	u8 order;
	unsigned long flags;
	char name[PT_CACHE_NAME_MAX];
	struct rcu_head rcu;
};

struct ptc_cache_sums {
	u64 in_use, in_magazines;
	u64 hits, misses, frees, atomic_misses, fallbacks;
};

/* Is it neither NULL nor an ERR_PTR? One comparison, because both fast paths check it. */
static __always_inline bool ptc_cache_ok(const struct pt_cache *cache)
{
	return (unsigned long)cache - 1 < (unsigned long)-MAX_ERRNO - 1;
}

/* Tables of several pages are freed on the slow path, which looks at each of them. */
static inline void ptc_cache_set_depth(struct pt_cache *cache, unsigned int depth)
{
	WRITE_ONCE(cache->depth, depth);
	WRITE_ONCE(cache->free_depth, cache->order ? 0 : depth);
}

/*
 * The node whose tables this CPU's magazine holds. With interrupts on it may change at any time:
 * the task may move to another CPU, and the first memory of a nearer node gives the CPU another.
 */
static inline struct ptc_node *ptc_cache_node(const struct pt_cache *cache)
{
	return READ_ONCE(raw_cpu_ptr(cache->magazines)->node);
}

void ptc_cache_sum(const struct pt_cache *cache, struct ptc_cache_sums *sums);

#endif /* PTC_ALLOC_CACHE_H */
