/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where tables and blocks come from, in the words of the tracepoints. tools/bpftrace/ptlive.bt
 * repeats the numbers of enum ptc_source.
 */
#ifndef PTC_TRACE_SOURCE_H
#define PTC_TRACE_SOURCE_H

/* Where a table came from. */
enum ptc_source {
	PTC_SOURCE_MAGAZINE,	/* this CPU's magazine: no shared lock */
	PTC_SOURCE_BLOCK,	/* a clean page of a block of the node */
	PTC_SOURCE_CLEARED,	/* a dirty page, cleared by the caller */
	PTC_SOURCE_RESERVE,
	PTC_SOURCE_SUPPLY,	/* a new block */
	PTC_SOURCE_NONE,	/* nowhere: the request returned NULL */
	/* of pt_cache_live.ko alone: */
	PTC_SOURCE_COLLECTED,	/* taken back from the kernel, and cleared by the caller */
	PTC_SOURCE_STOCK_MISS,	/* the page allocator: no clean table was there */
	PTC_SOURCE_STOCK_POLICY,	/* or the task has a mempolicy */
	PTC_SOURCE_STOCK_CPUSET,	/* or a cpuset that excludes memory */
	PTC_SOURCE_STOCK_MEMCG,	/* or a memory cgroup with a limit */
	PTC_NR_SOURCES,
};

/* Where a block came from, in the order in which the supply tries. */
enum ptc_origin {
	PTC_ORIGIN_ADOPTED,	/* a region that was split already */
	PTC_ORIGIN_FRESH,	/* a 2M page */
	PTC_ORIGIN_SMALLER,	/* an aligned run of orders 8 to 1 */
	PTC_ORIGIN_SINGLE,	/* a page */
	PTC_NR_ORIGINS,
};

#endif /* PTC_TRACE_SOURCE_H */
