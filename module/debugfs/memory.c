// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes and owners of ranges of page frames. Memory may go online or offline meanwhile. So only
 * the struct pages of online sections are read, and an answer may be stale: good enough for a
 * report, not for more.
 */
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "alloc/index.h"
#include "debugfs/memory.h"
#include "pgtable/level.h"
#include "alloc/record.h"

/* Return the end of the last node: the first page frame behind it. */
unsigned long ptc_memory_end(void)
{
	unsigned long end = 0;
	int nid;

	for_each_online_node(nid)
		end = max(end, node_end_pfn(nid));
	return end;
}

static bool memory_in_span(unsigned long pfn, int nid)
{
	return pfn >= node_start_pfn(nid) && pfn < node_end_pfn(nid);
}

/*
 * Return the node of a page frame. Memory that is mapped but not online (mostly firmware's) counts
 * for the node whose span it lies in, or else for the first online node.
 */
static int memory_node_of(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	int nid;

	if (page)
		return page_to_nid(page);
	for_each_online_node(nid)
		if (memory_in_span(pfn, nid))
			return nid;
	return first_online_node;
}

/*
 * Set *@nid to the node of @pfn. Return the end of the range from @pfn on, up to @end, that lies on
 * that node. Where the spans of nodes overlap, the range ends at the next multiple of 2M.
 */
unsigned long ptc_memory_of_node(unsigned long pfn, unsigned long end, int *nid)
{
	int other;

	*nid = memory_node_of(pfn);
	for_each_online_node(other) {
		if (other == *nid)
			continue;
		if (node_start_pfn(other) > pfn)
			end = min(end, node_start_pfn(other));
		else if (memory_in_span(pfn, other))
			end = min(end, ALIGN(pfn + 1, PTC_ENTRIES));
	}
	/* memory outside all spans is a range of its own, wherever the caller starts */
	if (memory_in_span(pfn, *nid))
		end = min(end, node_end_pfn(*nid));
	else if (node_start_pfn(*nid) > pfn)
		end = min(end, node_start_pfn(*nid));
	return end;
}

static bool memory_is_ours(unsigned long pfn)
{
	struct ptc_block *block;
	bool ours = false;

	rcu_read_lock();
	block = ptc_index_find(pfn);
	if (block)
		ours = ptc_tag_state(ptc_record_tag(&block->records[pfn - block->pfn])) !=
		       PTC_RETURNED;
	rcu_read_unlock();
	return ours;
}

static bool memory_is_reserved(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	return !page || PageReserved(page);
}

static enum ptc_memory_owner memory_owner_of(unsigned long pfn, bool by_ptes)
{
	if (!by_ptes) /* 2M: ours is mapped by PTEs, and it is reserved if both ends are */
		return memory_is_reserved(pfn) && memory_is_reserved(pfn + PTC_ENTRIES - 1) ?
		       PTC_MEMORY_RESERVED : PTC_MEMORY_ANYBODY;
	if (memory_is_ours(pfn))
		return PTC_MEMORY_OURS;
	return memory_is_reserved(pfn) ? PTC_MEMORY_RESERVED : PTC_MEMORY_ANYBODY;
}

/*
 * Set *@owner to the owner of @pfn. Return the end of the range from @pfn on, up to @end, that has
 * the same owner. The search goes page by page where PTEs map the range (@by_ptes), else in steps
 * of 2M. A signal ends it early.
 * Context: process context, may sleep.
 */
unsigned long ptc_memory_of_owner(unsigned long pfn, unsigned long end, bool by_ptes,
				  enum ptc_memory_owner *owner)
{
	*owner = memory_owner_of(pfn, by_ptes);
	do {
		pfn = by_ptes ? pfn + 1 : ALIGN(pfn + 1, PTC_ENTRIES);
		if (IS_ALIGNED(pfn, PAGES_PER_SECTION)) {
			cond_resched();
			if (signal_pending(current))
				break;
		}
	} while (pfn < end && memory_owner_of(pfn, by_ptes) == *owner);
	return min(pfn, end);
}
