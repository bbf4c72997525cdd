/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters, named by outcome. The enum, the report `stats` and the names that tools and metrics
 * use all come from this one list.
 */
#ifndef PTC_COUNTERS_H
#define PTC_COUNTERS_H

#include <linux/percpu.h>
#include <linux/types.h>

/* X(name, the event or item that it counts) */
#define PTC_COUNTERS(X)								\
	X(hits,			"table handed out from a magazine")		\
	X(misses,		"table handed out from outside a magazine")	\
	X(frees,		"table freed")					\
	X(atomic_misses,	"failed request that may not sleep")		\
	X(failed,		"failed request that may sleep")		\
	X(fallbacks,		"table handed out from outside a magazine, of less than a 2M block") \
	X(remote,		"table handed out from another node's memory, the CPU's node had none") \
	X(node_locks,		"acquisition of a node's lock, the lock that CPUs share") \
	X(reserve_taken,	"table handed out from the reserve")		\
	X(bad_argument,		"request refused for a bad argument")		\
	X(bad_free,		"free refused: not ours, not handed out, or of another cache") \
	X(bad_put,		"get or put of a user refused: no such table, or too few users") \
	X(non_zero,		"table found dirty at hand-out, or when its last user was put") \
	X(quarantined_pages,	"page quarantined: never handed out again")	\
	X(misattributed_pages,	"page quarantined: freed with other attributes in the direct map than it came with") \
	X(cleared_by_worker,	"page cleared by the worker")			\
	X(cleared_by_caller,	"page cleared by a caller that found no clean one") \
	X(adopted,		"block adopted, of a region that was already split") \
	X(adopt_failed,		"failed attempt to adopt a region")		\
	X(adopt_retyped,	"pageblock left movable by a failed attempt to adopt it") \
	X(fresh,		"block made from a fresh 2M page")		\
	X(fresh_failed,		"failed attempt to make a block from a fresh 2M page") \
	X(smaller,		"run of 2 to 256 pages allocated instead of a block") \
	X(single,		"single page allocated instead of a block")	\
	X(supply_failed,	"no block, smaller run or single page could be allocated") \
	X(surplus,		"2M page freed unsplit: tables became available meanwhile") \
	X(splits,		"2M mapping split to 4K by us")			\
	X(splits_1g,		"1G mapping split to 2M by us")			\
	X(avoided_1g,		"1G mapping not split: another free 2M page had a mapping of 2M or less") \
	X(split_avoided,	"block or run that was already mapped by PTEs")	\
	X(split_failed,		"split that failed, its pages were freed")	\
	X(leaked_pages,		"page kept for good: its mapping could not be shown to be write-back") \
	X(blocks_freed,		"block or run returned to the page allocator")	\
	X(shrink_calls,		"scan of a node by the shrinker or by hand")	\
	X(shrink_pages,		"page returned in a whole block, by a scan or the OOM notifier") \
	X(shrink_singles,	"single page returned: reclaim had asked for whole blocks in vain") \
	X(oom_pages,		"single page returned by the OOM notifier")	\
	X(drains,		"drain of all magazines")			\
	X(collect_looks,	"page checked for a lent table that the kernel has freed") \
	X(poisoned,		"page of a lender retired: its memory is bad (hwpoison)") \
	X(bad_state,		"lent page retired: the kernel freed it in a bad state") \
	X(left_dirty,		"lent table that the kernel freed with entries in it; counted while verifying") \
	X(handed_over,		"lent table that became the kernel's own when its lender was destroyed") \
	X(mmap_lock_wait_ns,	"time in ns that readers of reports waited for mmap locks")

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
