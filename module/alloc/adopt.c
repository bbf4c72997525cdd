// SPDX-License-Identifier: GPL-2.0
/*
 * Adopting: taking a 2M region that the direct map maps by PTEs already, so that a block of it
 * costs no split. The proposal of 2021 left this open ("neighbour pages"). Regions that we
 * gave back are tried first; then what a walk of the direct map finds.
 *
 * Only the worker comes here: alloc_contig_range() isolates the pageblock, drains every CPU's
 * lists and migrates pages, which takes milliseconds and locks that a caller may hold.
 *
 * It takes whole pageblocks only. Of a region with one unmovable page in it nothing can be had:
 * 6.1 and 6.12 look at all of the pageblock whatever part is asked for.
 *
 * Locks: adopt_mutex, one region at a time in the whole system; the page allocator is entered
 * under it, so reclaim must not take it (ptc_adopt_remember() does not).
 *
 * Memory hotplug: a page frame that is online under adopt_mutex stays so until the mutex is let
 * go, because the notifier takes it before memory goes offline, and nothing is adopted from then
 * on until that has ended. Isolation for going offline comes before the notifier is called. An
 * isolated pageblock must not be given to alloc_contig_range(), which would fail and, on its way
 * out, end the isolation that is somebody else's (undo_isolate_page_range()): offline_pages() then
 * retries until it gets a signal. So the pageblock's type is looked at right before the call, on
 * all kernels; a window of some instructions is left.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmstat.h>
#include <linux/xarray.h>

#include "alloc/adopt.h"
#include "alloc/block.h"
#include "alloc/index.h"
#include "compat/contig.h"
#include "counters.h"
#include "direct_map/split.h"
#include "direct_map/walk.h"
#include "fault.h"
#include "trace/trace.h"

/* The bounds of one pass: regions that are really tried, and how far the walk goes on. */
#define TRIES_PER_PASS	16
#define WALK_PER_PASS	(16UL << (30 - PAGE_SHIFT))

/* A region that could not be had is left alone for so long, in seconds. */
#define RETRY_AFTER	60

/* After a pass that found nothing, nobody waits for another one for so long. */
#define IDLE_FOR	(10 * HZ)

/* Free pages beyond the zone's high mark that must be left: adopting takes no heed of marks. */
#define PAGES_TO_SPARE	(4 * PTC_BLOCK_PAGES)

bool ptc_adopt_enabled = true;

/*
 * What is remembered of regions, by pfn / 512: the second after which to try one again. Marked
 * are those that were ours; their entries are made when they become ours, so that giving them
 * back allocates nothing.
 */
static DEFINE_XARRAY(adopt_regions);
#define WAS_OURS	XA_MARK_0

static DEFINE_MUTEX(adopt_mutex);
static bool adopt_going_offline;		/* set with adopt_mutex held */
static struct ptc_map_walk *adopt_walk;	/* adopt_mutex */

static struct adopt_node {
	unsigned long cursor;		/* where the walk goes on; adopt_mutex */
	unsigned long idle_until;	/* jiffies */
} *adopt_nodes;

/* Is a pass likely to find something? A hint for those who would wait for it. Context: any. */
bool ptc_adopt_promising(int nid)
{
	return READ_ONCE(ptc_adopt_enabled) && IS_ENABLED(CONFIG_CONTIG_ALLOC) &&
	       node_state(nid, N_MEMORY) &&
	       time_after_eq(jiffies, READ_ONCE(adopt_nodes[nid].idle_until));
}

/* Make room to remember a region that becomes ours; without it, it is just not remembered. */
void ptc_adopt_prepare(unsigned long pfn)
{
	if (xa_reserve(&adopt_regions, pfn / PTC_BLOCK_PAGES, GFP_KERNEL | __GFP_NOWARN))
		return;
	xa_clear_mark(&adopt_regions, pfn / PTC_BLOCK_PAGES, WAS_OURS);
}

/*
 * Pages of ours went back to the page allocator: their region is split, and the first to adopt.
 * Context: process context, reclaim included; allocates nothing where ptc_adopt_prepare() could.
 */
void ptc_adopt_remember(unsigned long pfn, int nid)
{
	unsigned long region = pfn / PTC_BLOCK_PAGES;

	xa_lock(&adopt_regions);
	if (!xa_is_err(__xa_store(&adopt_regions, region, xa_mk_value(0),
				  __GFP_NOMEMALLOC | __GFP_NOWARN)))
		__xa_set_mark(&adopt_regions, region, WAS_OURS);
	xa_unlock(&adopt_regions);
	WRITE_ONCE(adopt_nodes[nid].idle_until, jiffies);
}

static bool adopt_failed_lately(unsigned long region)
{
	void *entry = xa_load(&adopt_regions, region);

	return entry && ktime_get_seconds() < xa_to_value(entry);
}

/* Its mark stays. Without memory to remember it, the region is tried again sooner. */
static void adopt_leave_alone(unsigned long region)
{
	xa_store(&adopt_regions, region, xa_mk_value(ktime_get_seconds() + RETRY_AFTER),
		 GFP_KERNEL | __GFP_NOWARN);
}

static bool adopt_zone_has_spare(struct zone *zone)
{
	return zone_page_state(zone, NR_FREE_PAGES) > high_wmark_pages(zone) + PAGES_TO_SPARE;
}

/*
 * Memory that we may take: of the node, in one zone, neither for hot-unplug or large pages to
 * come (ZONE_MOVABLE) nor for old devices (ZONE_DMA), of a plain pageblock (CMA's, a reserve's or
 * an isolated one has an accounting of its own, which alloc_contig_range() would end).
 * Looks at what can change; adopt_take() and alloc_contig_range() look again.
 */
static bool adopt_zone_allows(unsigned long pfn, int nid)
{
	struct page *page = pfn_to_online_page(pfn);
	struct zone *zone;

	if (!page || page_to_nid(page) != nid)
		return false;
	zone = page_zone(page);
	if (zone != page_zone(page + PTC_BLOCK_PAGES - 1))
		return false;
	if (zone_idx(zone) == ZONE_MOVABLE)
		return false;
#ifdef CONFIG_ZONE_DMA
	if (zone_idx(zone) == ZONE_DMA)
		return false;
#endif
	return ptc_pageblock_type(pfn) < MIGRATE_PCPTYPES && adopt_zone_has_spare(zone);
}

static bool adopt_holds_ours(unsigned long pfn)
{
	bool ours;

	rcu_read_lock();
	ours = ptc_index_region(pfn);
	rcu_read_unlock();
	return ours;
}

/*
 * Is there a page whose lock somebody holds, or that is being written? alloc_contig_range() waits
 * for both, and if a server of files has gone that is for ever: the worker would be lost, and who
 * waits for it. Such a page that comes after this look is waited for still, so it is the last look.
 */
static bool adopt_would_wait(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		if (PageLocked(pfn_to_page(pfn + i)) || PageWriteback(pfn_to_page(pfn + i)))
			return true;
	return false;
}

static bool adopt_is_candidate(unsigned long pfn, int nid)
{
	return pageblock_order == PTC_BLOCK_ORDER && adopt_zone_allows(pfn, nid) &&
	       !adopt_failed_lately(pfn / PTC_BLOCK_PAGES) && !adopt_holds_ours(pfn) &&
	       ptc_direct_map_is_split(pfn, PTC_BLOCK_PAGES) && !adopt_would_wait(pfn);
}

static void adopt_give_back(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		__free_page(pfn_to_page(pfn + i));
}

/* Take a region. Returns 0; on an error no page of it is ours. */
static int adopt_take(unsigned long pfn)
{
	unsigned int i;
	int err;

	if (ptc_fault(PTC_FAULT_ADOPT) || ptc_pageblock_type(pfn) >= MIGRATE_PCPTYPES)
		return -EBUSY;
	err = ptc_alloc_contig(pfn, PTC_BLOCK_PAGES, GFP_KERNEL | __GFP_NOWARN);
	if (err)
		return err;
	/* only now can nobody change it: was it joined to a large mapping meanwhile? */
	if (!ptc_direct_map_is_split(pfn, PTC_BLOCK_PAGES)) {
		adopt_give_back(pfn);
		return -EAGAIN;
	}
	for (i = 0; i < PTC_BLOCK_PAGES; i++) {
		clear_page(page_address(pfn_to_page(pfn + i)));
		cond_resched();
	}
	return 0;
}

static bool adopt_try(unsigned long pfn, int nid)
{
	unsigned int type = ptc_pageblock_type(pfn), type_after;
	bool was_ours = xa_get_mark(&adopt_regions, pfn / PTC_BLOCK_PAGES, WAS_OURS);
	int err = adopt_take(pfn);

	type_after = ptc_pageblock_type(pfn);
	trace_block_adopt(pfn, nid, was_ours, err, type, type_after);
	if (!err)
		return true;
	ptc_count(PTC_adopt_failed);
	if (type_after != type)
		ptc_count(PTC_adopt_retyped);
	adopt_leave_alone(pfn / PTC_BLOCK_PAGES);
	return false;
}

/* What was ours before. Returns the page frame of a region that is ours now, or 0. */
static unsigned long adopt_again(int nid, int *tries)
{
	unsigned long region;
	void *entry;

	xa_for_each_marked(&adopt_regions, region, entry, WAS_OURS) {
		unsigned long pfn = region * PTC_BLOCK_PAGES;

		cond_resched();
		if (!*tries)
			break;
		if (!adopt_is_candidate(pfn, nid))
			continue;
		--*tries;
		if (adopt_try(pfn, nid))
			return pfn;
	}
	return 0;
}

/* The regions of one run of PTEs; the first and the last may be in other runs as well. */
static unsigned long adopt_of_run(const struct ptc_map_run *run, int nid, int *tries)
{
	unsigned long pfn = ALIGN_DOWN(run->pfn, PTC_BLOCK_PAGES);

	for (; pfn < run->end && *tries; pfn += PTC_BLOCK_PAGES) {
		cond_resched();
		adopt_nodes[nid].cursor = pfn + PTC_BLOCK_PAGES;
		if (!adopt_is_candidate(pfn, nid))
			continue;
		--*tries;
		if (adopt_try(pfn, nid))
			return pfn;
	}
	return 0;
}

/*
 * What others have split, from where the last pass ended. Returns the page frame of a region that
 * is ours now, or 0; @all tells whether the end of the node was reached.
 */
static unsigned long adopt_found(int nid, int *tries, bool *all)
{
	unsigned long start = max(adopt_nodes[nid].cursor, node_start_pfn(nid));
	unsigned long end = min(start + WALK_PER_PASS, node_end_pfn(nid)), pfn;
	struct ptc_map_run run;

	ptc_map_walk_begin(adopt_walk, end);
	while (*tries && ptc_map_walk_next(adopt_walk, start, &run) > 0) {
		start = run.end;
		if (run.level != PT_CACHE_PTE)
			continue;
		pfn = adopt_of_run(&run, nid, tries);
		if (pfn)
			return pfn;
		start = max(start, adopt_nodes[nid].cursor);
	}
	if (!*tries)
		return 0;
	*all = end >= node_end_pfn(nid);
	adopt_nodes[nid].cursor = *all ? 0 : end;
	return 0;
}

/**
 * ptc_adopt_pages - take a 2M region of a node that is split already
 * @nid: the node
 *
 * Context: the worker's, never a caller's; sleeps.
 * Return: the first page frame of 512 pages with one reference each, cleared, mapped by PTEs; 0
 * when there is none to be had for now.
 */
unsigned long ptc_adopt_pages(int nid)
{
	int tries = TRIES_PER_PASS;
	unsigned long pfn = 0;
	bool all = false;

	if (!ptc_adopt_promising(nid))
		return 0;
	mutex_lock(&adopt_mutex);
	if (!READ_ONCE(adopt_going_offline)) {
		pfn = adopt_again(nid, &tries);
		if (!pfn && tries)
			pfn = adopt_found(nid, &tries, &all);
	}
	if (all)
		WRITE_ONCE(adopt_nodes[nid].idle_until, jiffies + IDLE_FOR);
	mutex_unlock(&adopt_mutex);
	return pfn;
}

static void adopt_forget(unsigned long pfn, unsigned long nr_pages)
{
	unsigned long region, last = (pfn + nr_pages - 1) / PTC_BLOCK_PAGES;
	void *entry;

	xa_for_each_range(&adopt_regions, region, entry, pfn / PTC_BLOCK_PAGES, last)
		xa_erase(&adopt_regions, region);
}

static int adopt_memory_notify(struct notifier_block *block, unsigned long action, void *data)
{
	const struct memory_notify *memory = data;

	switch (action) {
	case MEM_GOING_OFFLINE:
		/* whoever takes memory offline may give up, as the kernel lets him elsewhere */
		if (mutex_lock_interruptible(&adopt_mutex))
			return notifier_from_errno(-EINTR);
		WRITE_ONCE(adopt_going_offline, true);
		mutex_unlock(&adopt_mutex);
		break;
	case MEM_OFFLINE:
		adopt_forget(memory->start_pfn, memory->nr_pages);
		fallthrough;
	case MEM_CANCEL_OFFLINE: /* it comes after a refusal, too: nothing to wait for */
		WRITE_ONCE(adopt_going_offline, false);
	}
	return NOTIFY_OK;
}

static struct notifier_block adopt_memory_notifier = { .notifier_call = adopt_memory_notify };

int ptc_adopt_init(void)
{
	int err = -ENOMEM, nid;

	adopt_nodes = ptc_fallible(kcalloc(nr_node_ids, sizeof(*adopt_nodes), GFP_KERNEL), NULL);
	adopt_walk = ptc_fallible(kvmalloc(sizeof(*adopt_walk), GFP_KERNEL), NULL);
	if (!adopt_nodes || !adopt_walk)
		goto free_all;
	for_each_node(nid)
		adopt_nodes[nid].idle_until = jiffies;
	err = ptc_fallible(register_memory_notifier(&adopt_memory_notifier), -ENOMEM);
	if (!err)
		return 0;
free_all:
	kvfree(adopt_walk);
	kfree(adopt_nodes);
	return err;
}

/* At unload, when the worker has stopped and every block is gone. */
void ptc_adopt_exit(void)
{
	unregister_memory_notifier(&adopt_memory_notifier);
	xa_destroy(&adopt_regions);
	kvfree(adopt_walk);
	kfree(adopt_nodes);
}
