/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cache: one user's policy, magazines and counts. Its tables come from the blocks of its pool.
 */
#ifndef PTC_ALLOC_CACHE_H
#define PTC_ALLOC_CACHE_H

#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/topology.h>
#include <linux/types.h>

#include "alloc/pool.h"
#include "pt_cache.h"

/* Where a table came from, as the tracepoints tell it. */
enum ptc_source {
	PTC_SOURCE_MAGAZINE,	/* this CPU's magazine: no shared lock */
	PTC_SOURCE_BLOCK,	/* clean in a block of the node */
	PTC_SOURCE_CLEARED,	/* dirty, cleared by the caller */
	PTC_SOURCE_RESERVE,
	PTC_SOURCE_SUPPLY,	/* a new block */
	PTC_SOURCE_NONE,	/* there was none */
};

#define PTC_MAGAZINE_DEPTH	64
#define PTC_DIRTY_DEPTH		64

/*
 * One CPU's tables of one cache. Touched with interrupts off, by this CPU alone: a drain comes by
 * IPI, and a CPU that is gone is drained for it.
 */
struct ptc_magazine {
	unsigned int nr_clean;
	unsigned int nr_dirty;
	u64 hits;		/* handed out from here */
	u64 misses;		/* handed out past it */
	u64 frees;
	u64 atomic_misses;	/* NULL for a request that may not sleep */
	u64 fallbacks;		/* handed out past it, from less than a 2M block */
	unsigned long clean[PTC_MAGAZINE_DEPTH];	/* pfns */
	unsigned long dirty[PTC_DIRTY_DEPTH];
};

struct pt_cache {
	/* fixed while the cache lives; what the fast paths read comes first */
	struct ptc_magazine __percpu *magazines;
	struct ptc_pool *pool;
	struct ptc_node *home;		/* NULL: the node of the CPU */
	u16 id;
	u8 order;
	u8 depth;			/* of the magazines; 0: none */
	unsigned long flags;
	char name[PT_CACHE_NAME_MAX];
	struct rcu_head rcu;
};

/* The node that this CPU's magazine holds tables of. Preemption is off. */
static __always_inline struct ptc_node *ptc_cache_home(const struct pt_cache *cache)
{
	return cache->home ?: cache->pool->nodes[numa_mem_id()];
}

struct ptc_cache_sums {
	u64 in_use, in_magazines;
	u64 hits, misses, frees, atomic_misses, fallbacks;
};

void ptc_cache_sum(const struct pt_cache *cache, struct ptc_cache_sums *sums);
struct pt_cache *ptc_cache_next(unsigned long *id);
struct pt_cache *ptc_cache_by_id(u16 id);
void ptc_caches_drain(void);
bool ptc_caches_drain_for(struct ptc_node *node, unsigned long interval);
int ptc_caches_init(void);
void ptc_caches_exit(void);

#endif /* PTC_ALLOC_CACHE_H */
