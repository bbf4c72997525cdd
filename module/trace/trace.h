/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints of system pt_cache. Fields are plain scalars, so that old bpftrace versions can
 * read them. A tracepoint that is off costs one static branch. Names are whole, and padded with
 * zeros, since bpftrace uses all of their bytes as a key.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pt_cache

#if !defined(PTC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PTC_TRACE_H

#include <linux/mmzone.h>
#include <linux/tracepoint.h>

#include "pt_cache.h"
#include "trace/source.h"

#define show_source(source)						\
	__print_symbolic(source,					\
			 { PTC_SOURCE_MAGAZINE,	"magazine" },		\
			 { PTC_SOURCE_BLOCK,	"block" },		\
			 { PTC_SOURCE_CLEARED,	"cleared" },		\
			 { PTC_SOURCE_RESERVE,	"reserve" },		\
			 { PTC_SOURCE_SUPPLY,	"supply" },		\
			 { PTC_SOURCE_NONE,	"none" },		\
			 { PTC_SOURCE_COLLECTED, "collected" },		\
			 { PTC_SOURCE_STOCK_MISS, "stock_miss" },	\
			 { PTC_SOURCE_STOCK_POLICY, "stock_policy" },	\
			 { PTC_SOURCE_STOCK_CPUSET, "stock_cpuset" },	\
			 { PTC_SOURCE_STOCK_MEMCG, "stock_memcg" })

#define show_origin(origin)						\
	__print_symbolic(origin,					\
			 { PTC_ORIGIN_ADOPTED,	"adopted" },		\
			 { PTC_ORIGIN_FRESH,	"fresh" },		\
			 { PTC_ORIGIN_SMALLER,	"smaller" },		\
			 { PTC_ORIGIN_SINGLE,	"single" })

#define show_pageblock(type)						\
	__print_symbolic(type,						\
			 { MIGRATE_UNMOVABLE,	"unmovable" },		\
			 { MIGRATE_MOVABLE,	"movable" },		\
			 { MIGRATE_RECLAIMABLE,	"reclaimable" })

/* A table was handed out. */
TRACE_EVENT(table_alloc,
	TP_PROTO(const char *cache, unsigned int order, unsigned long pfn,
		 const struct mm_struct *mm, unsigned int level, unsigned int source, int node),
	TP_ARGS(cache, order, pfn, mm, level, source, node),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u64, mm)
		__field(unsigned int, level)
		__field(unsigned int, order)
		__field(unsigned int, source)
		__field(int, node)
		__array(char, cache, PT_CACHE_NAME_MAX)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->mm = (u64)(unsigned long)mm;
		__entry->level = level;
		__entry->order = order;
		__entry->source = source;
		__entry->node = node;
		strscpy_pad(__entry->cache, cache, PT_CACHE_NAME_MAX);
	),
	TP_printk("cache=%s pfn=0x%llx mm=0x%llx level=%u order=%u source=%s node=%d",
		  __entry->cache, __entry->pfn, __entry->mm, __entry->level, __entry->order,
		  show_source(__entry->source), __entry->node)
);

/* A table was freed. */
TRACE_EVENT(table_free,
	TP_PROTO(const char *cache, unsigned int order, unsigned long pfn, unsigned int level,
		 unsigned int zeroed),
	TP_ARGS(cache, order, pfn, level, zeroed),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(unsigned int, level)
		__field(unsigned int, order)
		__field(unsigned int, zeroed)
		__array(char, cache, PT_CACHE_NAME_MAX)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->level = level;
		__entry->order = order;
		__entry->zeroed = zeroed;
		strscpy_pad(__entry->cache, cache, PT_CACHE_NAME_MAX);
	),
	TP_printk("cache=%s pfn=0x%llx level=%u order=%u zeroed=%u", __entry->cache,
		  __entry->pfn, __entry->level, __entry->order, __entry->zeroed)
);

/*
 * pt_cache_live.ko gave the kernel a user PTE table: one from the lender or, with source=stock_*,
 * one from the page allocator (the lender had no clean one, or the task has a mempolicy, a cpuset
 * that excludes memory, or a memory cgroup with a limit).
 */
TRACE_EVENT(live_alloc,
	TP_PROTO(unsigned long pfn, const struct mm_struct *mm, unsigned int source),
	TP_ARGS(pfn, mm, source),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u64, mm)
		__field(unsigned int, source)
		__field(unsigned int, stock)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->mm = (u64)(unsigned long)mm;
		__entry->source = source;
		__entry->stock = source >= PTC_SOURCE_STOCK_MISS;
	),
	TP_printk("pfn=0x%llx mm=0x%llx source=%s stock=%u", __entry->pfn, __entry->mm,
		  show_source(__entry->source), __entry->stock)
);

/* A lent table that the kernel had freed was taken back. reused=0: it is retired. */
TRACE_EVENT(live_recycle,
	TP_PROTO(unsigned long pfn, unsigned long mm, unsigned int reused),
	TP_ARGS(pfn, mm, reused),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u64, mm)
		__field(unsigned int, reused)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->mm = mm;
		__entry->reused = reused;
	),
	TP_printk("pfn=0x%llx mm=0x%llx reused=%u", __entry->pfn, __entry->mm, __entry->reused)
);

/* The last user of a tree's table was put. */
TRACE_EVENT(users_zero,
	TP_PROTO(const char *cache, unsigned long pfn, unsigned int level),
	TP_ARGS(cache, pfn, level),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(unsigned int, level)
		__array(char, cache, PT_CACHE_NAME_MAX)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->level = level;
		strscpy_pad(__entry->cache, cache, PT_CACHE_NAME_MAX);
	),
	TP_printk("cache=%s pfn=0x%llx level=%u", __entry->cache, __entry->pfn, __entry->level)
);

/* The magazine was empty. source=none: the request returned NULL. */
TRACE_EVENT(table_miss,
	TP_PROTO(const char *cache, unsigned int order, unsigned int source,
		 unsigned int may_sleep, int node),
	TP_ARGS(cache, order, source, may_sleep, node),
	TP_STRUCT__entry(
		__field(unsigned int, order)
		__field(unsigned int, source)
		__field(unsigned int, may_sleep)
		__field(int, node)
		__array(char, cache, PT_CACHE_NAME_MAX)
	),
	TP_fast_assign(
		__entry->order = order;
		__entry->source = source;
		__entry->may_sleep = may_sleep;
		__entry->node = node;
		strscpy_pad(__entry->cache, cache, PT_CACHE_NAME_MAX);
	),
	TP_printk("cache=%s order=%u source=%s may_sleep=%u node=%d", __entry->cache,
		  __entry->order, show_source(__entry->source), __entry->may_sleep, __entry->node)
);

DECLARE_EVENT_CLASS(pt_cache_block,
	TP_PROTO(unsigned long pfn, unsigned int pages, int node, unsigned int origin),
	TP_ARGS(pfn, pages, node, origin),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(unsigned int, pages)
		__field(int, node)
		__field(unsigned int, origin)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->pages = pages;
		__entry->node = node;
		__entry->origin = origin;
	),
	TP_printk("pfn=0x%llx pages=%u node=%d origin=%s", __entry->pfn, __entry->pages,
		  __entry->node, show_origin(__entry->origin))
);

/* A block was created. */
DEFINE_EVENT(pt_cache_block, block_add,
	TP_PROTO(unsigned long pfn, unsigned int pages, int node, unsigned int origin),
	TP_ARGS(pfn, pages, node, origin)
);

/* A block is returned to the page allocator. */
DEFINE_EVENT(pt_cache_block, block_free,
	TP_PROTO(unsigned long pfn, unsigned int pages, int node, unsigned int origin),
	TP_ARGS(pfn, pages, node, origin)
);

/*
 * The worker tried to adopt a split region. error is 0 on success. type and type_after are the
 * MIGRATE_* type of its pageblock before and after.
 */
TRACE_EVENT(block_adopt,
	TP_PROTO(unsigned long pfn, int node, unsigned int was_ours, int error,
		 unsigned int type, unsigned int type_after),
	TP_ARGS(pfn, node, was_ours, error, type, type_after),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(int, node)
		__field(unsigned int, was_ours)
		__field(int, error)
		__field(unsigned int, type)
		__field(unsigned int, type_after)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->node = node;
		__entry->was_ours = was_ours;
		__entry->error = error;
		__entry->type = type;
		__entry->type_after = type_after;
	),
	TP_printk("pfn=0x%llx node=%d was_ours=%u error=%d type=%s type_after=%s", __entry->pfn,
		  __entry->node, __entry->was_ours, __entry->error,
		  show_pageblock(__entry->type), show_pageblock(__entry->type_after))
);

/* We requested a split. level: the mapping's before (1: 2M, 2: 1G); outcome: enum ptc_split. */
TRACE_EVENT(direct_map_split,
	TP_PROTO(unsigned long pfn, unsigned int pages, unsigned int level, unsigned int outcome),
	TP_ARGS(pfn, pages, level, outcome),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(unsigned int, pages)
		__field(unsigned int, level)
		__field(unsigned int, outcome)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->pages = pages;
		__entry->level = level;
		__entry->outcome = outcome;
	),
	TP_printk("pfn=0x%llx pages=%u level=%u outcome=%s", __entry->pfn, __entry->pages,
		  __entry->level,
		  __print_symbolic(__entry->outcome, { 0, "done" }, { 1, "undone" }, { 2, "lost" }))
);

/*
 * pt_cache_user.ko took empty PTE tables out of a process, in one hold of its mmap lock for
 * writing. kept: empty tables that were left.
 */
TRACE_EVENT(table_reclaim,
	TP_PROTO(int pid, unsigned int tables, unsigned int kept, u64 hold_ns),
	TP_ARGS(pid, tables, kept, hold_ns),
	TP_STRUCT__entry(
		__field(u64, hold_ns)
		__field(int, pid)
		__field(unsigned int, tables)
		__field(unsigned int, kept)
	),
	TP_fast_assign(
		__entry->hold_ns = hold_ns;
		__entry->pid = pid;
		__entry->tables = tables;
		__entry->kept = kept;
	),
	TP_printk("pid=%d tables=%u kept=%u hold_ns=%llu", __entry->pid, __entry->tables,
		  __entry->kept, __entry->hold_ns)
);

/* pt_cache_user.ko moved a PTE table of a process to another page. */
TRACE_EVENT(table_move,
	TP_PROTO(int pid, const struct mm_struct *mm, unsigned long va, unsigned long from_pfn,
		 unsigned long to_pfn),
	TP_ARGS(pid, mm, va, from_pfn, to_pfn),
	TP_STRUCT__entry(
		__field(u64, mm)
		__field(u64, va)
		__field(u64, from_pfn)
		__field(u64, to_pfn)
		__field(int, pid)
		__field(int, from_node)
		__field(int, to_node)
	),
	TP_fast_assign(
		__entry->mm = (u64)(unsigned long)mm;
		__entry->va = va;
		__entry->from_pfn = from_pfn;
		__entry->to_pfn = to_pfn;
		__entry->pid = pid;
		__entry->from_node = pfn_to_nid(from_pfn);
		__entry->to_node = pfn_to_nid(to_pfn);
	),
	TP_printk("pid=%d mm=0x%llx va=0x%llx from_pfn=0x%llx to_pfn=0x%llx from_node=%d to_node=%d",
		  __entry->pid, __entry->mm, __entry->va, __entry->from_pfn, __entry->to_pfn,
		  __entry->from_node, __entry->to_node)
);

/* A scan of a node: pages asked for, pages given back, and whether magazines were drained. */
TRACE_EVENT(shrink,
	TP_PROTO(int node, unsigned long asked, unsigned long freed, unsigned int drained),
	TP_ARGS(node, asked, freed, drained),
	TP_STRUCT__entry(
		__field(u64, asked)
		__field(u64, freed)
		__field(int, node)
		__field(unsigned int, drained)
	),
	TP_fast_assign(
		__entry->asked = asked;
		__entry->freed = freed;
		__entry->node = node;
		__entry->drained = drained;
	),
	TP_printk("node=%d asked=%llu freed=%llu drained=%u", __entry->node, __entry->asked,
		  __entry->freed, __entry->drained)
);

/* The kernel reported a memory error in a page table. What is not known is 0, the level is -1. */
TRACE_EVENT(table_memory_error,
	TP_PROTO(unsigned long pfn, int pid, unsigned long mm, int level, unsigned long va,
		 unsigned long bytes, bool uncorrected),
	TP_ARGS(pfn, pid, mm, level, va, bytes, uncorrected),
	TP_STRUCT__entry(
		__field(u64, pfn)
		__field(u64, mm)
		__field(u64, va)
		__field(u64, bytes)
		__field(int, pid)
		__field(int, level)
		__field(unsigned int, uncorrected)
	),
	TP_fast_assign(
		__entry->pfn = pfn;
		__entry->mm = mm;
		__entry->va = va;
		__entry->bytes = bytes;
		__entry->pid = pid;
		__entry->level = level;
		__entry->uncorrected = uncorrected;
	),
	TP_printk("pfn=0x%llx pid=%d mm=0x%llx level=%d va=0x%llx bytes=%llu uncorrected=%u",
		  __entry->pfn, __entry->pid, __entry->mm, __entry->level, __entry->va,
		  __entry->bytes, __entry->uncorrected)
);

/* The audit found a violation of a rule. */
TRACE_EVENT(audit_violation,
	TP_PROTO(const char *rule, unsigned long pfn, unsigned long mm, int pid),
	TP_ARGS(rule, pfn, mm, pid),
	TP_STRUCT__entry(
		__array(char, rule, 16)
		__field(u64, pfn)
		__field(u64, mm)
		__field(int, pid)
	),
	TP_fast_assign(
		strscpy_pad(__entry->rule, rule, 16);
		__entry->pfn = pfn;
		__entry->mm = mm;
		__entry->pid = pid;
	),
	TP_printk("rule=%s pfn=0x%llx mm=0x%llx pid=%d", __entry->rule, __entry->pfn,
		  __entry->mm, __entry->pid)
);

#endif /* PTC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH trace
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
