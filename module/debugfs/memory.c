// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes and owners of ranges of page frames. Memory may come and go meanwhile: no struct page is
 * looked at but those of online sections, and the answers are a report's.
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

/* The page frame after the last one of any node. */
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
 * The node of a page frame. Memory that is mapped and not online (firmware's, mostly) counts for
 * the node whose span it lies in.
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
 * Find the node of @pfn and the part of what follows, up to @end, that is the same node's; where
 * the spans of nodes overlap, in steps of 2M.
 * Returns the end of that part.
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
	/* what lies in no span is asked for by itself: the answer is the same wherever one begins */
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
	if (!by_ptes) /* 2M: none of it is ours, and it is reserved if both its ends are */
		return memory_is_reserved(pfn) && memory_is_reserved(pfn + PTC_ENTRIES - 1) ?
		       PTC_MEMORY_RESERVED : PTC_MEMORY_ANYBODY;
	if (memory_is_ours(pfn))
		return PTC_MEMORY_OURS;
	return memory_is_reserved(pfn) ? PTC_MEMORY_RESERVED : PTC_MEMORY_ANYBODY;
}

/*
 * Find the owner of @pfn and the part of what follows, up to @end, that is the same owner's: page
 * by page where PTEs map it, else in steps of 2M. A signal ends it early.
 * Context: process context, may sleep. Returns the end of that part.
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
