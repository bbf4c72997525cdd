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
	/* of pt_cache_live.ko alone: */
	PTC_SOURCE_COLLECTED,	/* taken back from the kernel, and cleared by the caller */
	PTC_SOURCE_STOCK_MISS,	/* the page allocator's: no clean table was there */
	PTC_SOURCE_STOCK_POLICY,	/* or the task has a mempolicy */
	PTC_SOURCE_STOCK_CPUSET,	/* or a cpuset that excludes memory */
	PTC_SOURCE_STOCK_MEMCG,	/* or a memory cgroup with a limit */
	PTC_NR_SOURCES,
};

#define PTC_MAGAZINE_DEPTH	64
#define PTC_AWAY_MAX		(PTC_MAGAZINE_DEPTH / 2)

/*
 * Of a magazine, so much is moved in or out at a time. Less would mean more takes of the node's
 * lock, all would let who gets and frees a few tables in turn take it for each of them.
 */
static inline unsigned int ptc_magazine_move(unsigned int depth)
{
	return depth ? depth * 3 / 4 : 1;
}

/*
 * One CPU's tables of one cache. Touched with interrupts off, by this CPU alone: a drain comes by
 * IPI, and a CPU that is gone is drained for it.
 */
struct ptc_magazine {
	struct ptc_node *node;	/* whose tables it holds; fixed */
	unsigned int nr_clean;
	unsigned int nr_dirty;
	u64 hits;		/* handed out from here */
	u64 misses;		/* handed out past it */
	u64 frees;
	u64 atomic_misses;	/* NULL for a request that may not sleep */
	u64 fallbacks;		/* handed out past it, from less than a 2M block */
	unsigned int nr_away[2];
	/*
	 * Page frames of tables, and the records of clean ones, so that handing one out looks nothing
	 * up. The fast paths reach them by pointers: of an index some kernels check the bounds, by a
	 * call that costs all registers.
	 */
	unsigned long clean[PTC_MAGAZINE_DEPTH];
	struct ptc_record *records[PTC_MAGAZINE_DEPTH];
	unsigned long dirty[PTC_MAGAZINE_DEPTH];
	unsigned long away[2][PTC_AWAY_MAX];	/* other nodes', clean and dirty, on their way home */
};

struct pt_cache {
	/* what the fast paths read comes first */
	struct ptc_magazine __percpu *magazines;
	u32 tag;			/* of its records, at level 0: id and order */
	unsigned int depth;		/* of the magazines; 0: none, or recycling is off */
	/* fixed while the cache lives */
	struct ptc_pool *pool;
	struct ptc_node *home;		/* NULL: the node of the CPU */
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

struct pt_cache *ptc_cache_new(const struct pt_cache_attr *attr, struct pt_cache_lender *lender);
void ptc_cache_prepare(const struct pt_cache *cache);
void ptc_cache_sum(const struct pt_cache *cache, struct ptc_cache_sums *sums);
struct pt_cache *ptc_cache_next(unsigned long *id);
struct pt_cache *ptc_cache_by_id(u16 id);
bool ptc_caches_drain(unsigned long interval);
void ptc_caches_close_magazines(void);
int ptc_caches_init(void);
void ptc_caches_exit(void);

#endif /* PTC_ALLOC_CACHE_H */
