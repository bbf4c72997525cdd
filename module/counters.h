/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters, named by outcome. This one list makes the enum, the `stats` report and what tools
 * and metrics call them.
 */
#ifndef PTC_COUNTERS_H
#define PTC_COUNTERS_H

#include <linux/percpu.h>
#include <linux/types.h>

/* X(name, what one of it is) */
#define PTC_COUNTERS(X)								\
	X(hits,			"table handed out from a magazine")		\
	X(misses,		"table handed out past the magazine")		\
	X(frees,		"table given back")				\
	X(atomic_misses,	"NULL for a request that may not sleep")	\
	X(failed,		"NULL for a request that may sleep")		\
	X(fallbacks,		"table handed out past the magazine from less than a 2M block") \
	X(remote,		"table handed out of another node's memory, the CPU's had none") \
	X(node_locks,		"take of a node's lock, the one that CPUs share") \
	X(reserve_taken,	"table handed out from the reserve")		\
	X(bad_argument,		"request refused for its arguments")		\
	X(bad_free,		"free refused: not ours, not out, another cache") \
	X(bad_put,		"get or put of a user refused: no such table, or too few")	\
	X(non_zero,		"table found dirty at hand-out, or when its last user went")\
	X(quarantined_pages,	"page never used again")			\
	X(cleared_by_worker,	"page cleared by the worker")			\
	X(cleared_by_caller,	"page cleared by a caller that found none clean") \
	X(adopted,		"block taken that was split already")		\
	X(adopt_failed,		"region that could not be adopted")		\
	X(adopt_retyped,	"pageblock left movable by a region that could not be adopted") \
	X(fresh,		"block made from a 2M page")			\
	X(fresh_failed,		"2M page that could not be had")		\
	X(smaller,		"run of 2 to 256 pages taken in a block's place") \
	X(single,		"page taken in a block's place")		\
	X(supply_failed,	"nothing could be had at all")			\
	X(surplus,		"2M page given back unsplit, others freed tables meanwhile") \
	X(splits,		"2M mapping split to 4K by us")			\
	X(splits_1g,		"1G mapping split to 2M by us")			\
	X(split_avoided,	"block or run that was mapped by PTEs already")	\
	X(split_failed,		"split that failed and was undone")		\
	X(leaked_pages,		"page kept for good, its mapping not shown write-back") \
	X(blocks_freed,		"block or run given back to the page allocator") \
	X(shrink_calls,		"scan by the shrinker or by hand")		\
	X(shrink_pages,		"page given back in whole blocks, by a scan or before the OOM killer")			\
	X(oom_pages,		"single page given back from the OOM notifier")	\
	X(drains,		"drain of all magazines")			\
	X(collect_looks,	"page looked at, whether the kernel has let go of a lent table")	\
	X(poisoned,		"page of a lender retired, its memory is bad")		\
	X(bad_state,		"lent page retired, the kernel left it in a bad state") \
	X(left_dirty,		"lent table that the kernel left with entries in it; counted while verifying") \
	X(handed_over,		"lent table that became the kernel's own when its lender went")

enum ptc_counter {
#define X(name, what) PTC_##name,
	PTC_COUNTERS(X)
#undef X
	PTC_NR_COUNTERS,
};

struct ptc_counters {
	u64 n[PTC_NR_COUNTERS];
};

DECLARE_PER_CPU(struct ptc_counters, ptc_counters);

/* Context: any but NMI, preemptible or not. */
static inline void ptc_count_add(enum ptc_counter counter, u64 n)
{
	this_cpu_add(ptc_counters.n[counter], n);
}

static inline void ptc_count(enum ptc_counter counter)
{
	ptc_count_add(counter, 1);
}

u64 ptc_counter_sum(enum ptc_counter counter);
const char *ptc_counter_name(enum ptc_counter counter);

#endif /* PTC_COUNTERS_H */
