/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where tables and blocks come from, as the tracepoints name it. ptalloc.bt and ptlive.bt in
 * tools/bpftrace/ repeat the numbers of enum ptc_source.
 */
#ifndef PTC_TRACE_SOURCE_H
#define PTC_TRACE_SOURCE_H

/* Where a table came from. */
enum ptc_source {
	PTC_SOURCE_MAGAZINE,	/* this CPU's magazine: no shared lock */
	PTC_SOURCE_BLOCK,	/* a clean page of a block of the node */
	PTC_SOURCE_CLEARED,	/* a dirty page, cleared by the caller */
	PTC_SOURCE_RESERVE,	/* the node's reserve, for requests that may not sleep */
	PTC_SOURCE_SUPPLY,	/* a new block */
	PTC_SOURCE_NONE,	/* none: the request returned NULL */
	/* only pt_cache_live.ko: */
	PTC_SOURCE_COLLECTED,	/* taken back from the kernel, and cleared by the caller */
	PTC_SOURCE_STOCK_MISS,	/* the page allocator: no clean table was available */
	PTC_SOURCE_STOCK_POLICY,	/* the page allocator: the task has a mempolicy */
	PTC_SOURCE_STOCK_CPUSET,	/* the page allocator: its cpuset excludes memory */
	PTC_SOURCE_STOCK_MEMCG,	/* the page allocator: its memory cgroup has a limit */
	PTC_NR_SOURCES,
};

/* Where a block came from, in the order in which the supply tries. */
enum ptc_origin {
	PTC_ORIGIN_ADOPTED,	/* a 2M region that was already split */
	PTC_ORIGIN_FRESH,	/* an order-9 page */
	PTC_ORIGIN_SMALLER,	/* an aligned run of orders 8 to 1 */
	PTC_ORIGIN_SINGLE,	/* a single page */
	PTC_NR_ORIGINS,
};

#endif /* PTC_TRACE_SOURCE_H */
