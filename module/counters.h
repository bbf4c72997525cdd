/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters, named by outcome. The enum, the report `stats` and the names that tools and metrics
 * use all come from this one list.
 */
#ifndef PTC_COUNTERS_H
#define PTC_COUNTERS_H

#include <linux/percpu.h>
#include <linux/types.h>

/* X(name, the unit of its value, the event or item that it counts) */
#define PTC_COUNTERS(X)								\
	X(hits,			tables, "table handed out from a magazine")		\
	X(misses,		tables, "table handed out from outside a magazine")	\
	X(frees,		tables, "table freed")					\
	X(atomic_misses,	requests, "failed request that may not sleep")		\
	X(failed,		requests, "failed request that may sleep")		\
	X(fallbacks,		tables, "table handed out from outside a magazine, of less than a 2M block") \
	X(remote,		tables, "table handed out from another node's memory, the CPU's node had none") \
	X(node_locks,		locks, "acquisition of a node's lock, the lock that CPUs share") \
	X(reserve_taken,	tables, "table handed out from the reserve")		\
	X(bad_argument,		requests, "request refused for a bad argument")		\
	X(bad_free,		requests, "free refused: not ours, not handed out, or of another cache") \
	X(bad_put,		requests, "get or put of a user refused: no such table, or too few users") \
	X(non_zero,		tables, "table found dirty at hand-out, or when its last user was put") \
	X(quarantined_pages,	pages, "page quarantined: never handed out again")	\
	X(misattributed_pages,	pages, "page quarantined: freed with other attributes in the direct map than it came with") \
	X(cleared_by_worker,	pages, "page cleared by the worker")			\
	X(cleared_by_caller,	pages, "page cleared by a caller that found no clean one") \
	X(adopted,		blocks, "block adopted, of a region that was already split") \
	X(adopt_failed,		attempts, "failed attempt to adopt a region")		\
	X(adopt_retyped,	pageblocks, "pageblock left movable by a failed attempt to adopt it") \
	X(fresh,		blocks, "block made from a fresh 2M page")		\
	X(fresh_failed,		attempts, "failed attempt to make a block from a fresh 2M page") \
	X(smaller,		runs, "run of 2 to 256 pages allocated instead of a block") \
	X(single,		pages, "single page allocated instead of a block")	\
	X(supply_failed,	attempts, "no block, smaller run or single page could be allocated") \
	X(surplus,		blocks, "2M page freed unsplit: tables became available meanwhile") \
	X(splits,		mappings, "2M mapping split to 4K by us")			\
	X(splits_1g,		mappings, "1G mapping split to 2M by us")			\
	X(avoided_1g,		mappings, "1G mapping not split: another free 2M page had a mapping of 2M or less") \
	X(split_avoided,	blocks, "block or run that was already mapped by PTEs")	\
	X(split_failed,		attempts, "split that failed, its pages were freed")	\
	X(leaked_pages,		pages, "page kept for good: its mapping could not be shown to be write-back") \
	X(blocks_freed,		blocks, "block or run returned to the page allocator")	\
	X(shrink_calls,		calls, "scan of a node by the shrinker or by hand")	\
	X(shrink_pages,		pages, "page returned in a whole block, by a scan or the OOM notifier") \
	X(shrink_singles,	pages, "single page returned: reclaim had asked for whole blocks in vain") \
	X(oom_pages,		pages, "single page returned by the OOM notifier")	\
	X(drains,		calls, "drain of all magazines")			\
	X(collect_looks,	pages, "page checked for a lent table that the kernel has freed") \
	X(poisoned,		pages, "page of a lender retired: its memory is bad (hwpoison)") \
	X(bad_state,		pages, "lent page retired: the kernel freed it in a bad state") \
	X(left_dirty,		tables, "lent table that the kernel freed with entries in it; counted while verifying") \
	X(handed_over,		tables, "lent table that became the kernel's own when its lender was destroyed") \
	X(reclaimed,		tables, "empty page table of a running process freed")	\
	X(reclaim_kept_mixed,	tables, "empty page table kept: of VMAs that are too many, or not all eligible") \
	X(reclaim_kept_busy,	tables, "empty page table kept: a lock of its VMA was held") \
	X(reclaim_kept_other,	tables, "empty page table kept: of a mapping that is not eligible, or walked by an IOMMU") \
	X(reclaim_mm_busy,	processes, "process that was not done: its mmap lock was held") \
	X(reclaim_passes,	passes, "pass of auto_reclaim over all processes")	\
	X(reclaim_flushes,	flushes, "flush of all CPUs after empty page tables were detached") \
	X(reclaim_holds,	holds, "hold of an mmap lock for writing to detach empty page tables") \
	X(reclaim_hold_ns,	ns, "time in ns of these holds")			\
	X(moved,		tables, "page table of a running process moved to another page") \
	X(move_kept_mixed,	tables, "page table not moved: of VMAs that are too many, or not all eligible") \
	X(move_kept_busy,	tables, "page table not moved: a lock of its VMA was held") \
	X(move_kept_other,	tables, "page table not moved: of a mapping that is not eligible, or walked by an IOMMU") \
	X(move_no_memory,	tables, "page table not moved: no memory for the new one")	\
	X(move_mm_busy,		processes, "process that was not done: its mmap lock was held") \
	X(move_flushes,		flushes, "flush of all CPUs after page tables were detached to be moved") \
	X(move_holds,		holds, "hold of an mmap lock for writing to move page tables") \
	X(move_hold_ns,		ns, "time in ns of these holds")			\
	X(memory_errors,	errors, "memory error in a page table, reported by the kernel")	\
	X(memory_errors_missed,	errors, "memory error that was not looked up: too many came at once") \
	X(memory_error_moved,	tables, "page table moved off bad memory")		\
	X(memory_error_kept,	tables, "page table in bad memory that could not be moved")	\
	X(memory_error_lost,	entries, "entry of such a table that could not be read: touching its page is SIGBUS") \
	X(mmap_lock_wait_ns,	ns, "time in ns that readers of reports waited for mmap locks")

enum ptc_counter {
#define X(name, unit, what) PTC_##name,
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
const char *ptc_counter_unit(enum ptc_counter counter);

#endif /* PTC_COUNTERS_H */
