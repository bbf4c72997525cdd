// SPDX-License-Identifier: GPL-2.0
/*
 * Adopt: take a 2M region that the direct map already maps by PTEs, so that a block made of it
 * costs no split. The proposal of 2021 left this open ("neighbour pages"). Regions that held a
 * block of ours are tried first, then regions found by a walk of the direct map.
 *
 * Only the worker adopts: alloc_contig_range() isolates the pageblock, drains every CPU's page
 * lists and migrates pages. That takes milliseconds, and locks that a caller may hold.
 *
 * Whole pageblocks only. A region with a single unmovable page yields nothing: 6.1 and 6.12 check
 * the whole pageblock, whatever part of it is requested.
 *
 * Locks: each node has a mutex, adopt_nodes[].lock, held over a pass: one region of the node at a
 * time. Nodes do not wait for each other here, so a slow migration on one holds up that node alone;
 * inside alloc_contig_range() they share the kernel's lru_cache_disable() and its drains of per-CPU
 * lists. The page allocator is entered with the mutex held, so reclaim must not acquire it
 * (ptc_adopt_remember() does not). Nobody holds two of them.
 *
 * Memory hotplug: a page frame that a pass finds online under its mutex stays online until the pass
 * ends. For before memory goes offline the notifier sets adopt_going_offline, and then acquires and
 * releases the mutex of each node in turn. A pass that had its mutex before that has ended when the
 * notifier returns. A pass that acquires its mutex after that sees the flag, which was set before
 * the notifier released the mutex, and does nothing. Only offlining that has ended clears the flag.
 * All nodes, and not only that of the memory: a pass looks at page frames of its node's span, in
 * which another node's memory may lie, and at remembered regions of all nodes. Passes look at the
 * flag between regions, too, so that the notifier waits for one region of a node, and not for a
 * pass.
 *
 * But offlining isolates the pageblocks before it calls the notifier, and an isolated pageblock
 * must not be passed to alloc_contig_range(): the call fails, and on its way out it ends the
 * isolation that the offlining task relies on (undo_isolate_page_range()), so that offline_pages()
 * retries until a signal arrives. So the pageblock type is checked right before the call. A window
 * of some instructions is left on every kernel.
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

/* Bounds of one pass: regions to attempt, and page frames to walk. */
#define TRIES_PER_PASS	16
#define WALK_PER_PASS	(16UL << (30 - PAGE_SHIFT))

/* Seconds before a region that could not be adopted is tried again. */
#define RETRY_AFTER	60

/*
 * Jiffies without a further pass, and without a request that waits for one, after a pass that
 * reached the end of the node and found nothing. A region of ours that is given back ends this
 * early.
 */
#define IDLE_FOR	(10 * HZ)

/*
 * alloc_contig_range() ignores watermarks. Adopt only while the zone has this many free pages above
 * its high watermark.
 */
#define PAGES_TO_SPARE	(4 * PTC_BLOCK_PAGES)

bool ptc_adopt_enabled = true;

/*
 * Remembered regions by pfn / 512. The value is the time in seconds before which the region is not
 * tried again. WAS_OURS marks regions that held a block of ours. Their entries are reserved when
 * the block is made, so that giving it back allocates nothing.
 */
static DEFINE_XARRAY(adopt_regions);
#define WAS_OURS	XA_MARK_0

static bool adopt_going_offline;	/* memory is; no pass begins, and each ends soon */

static struct adopt_node {
	struct mutex lock;		/* held over a pass */
	struct ptc_map_walk *walk;	/* lock */
	unsigned long cursor;		/* where the walk resumes; lock */
	unsigned long idle_until;	/* jiffies */
} *adopt_nodes;				/* by node id */

/* Is a pass likely to find a region? A hint whether waiting for one is worth it. Context: any. */
bool ptc_adopt_promising(int nid)
{
	return READ_ONCE(ptc_adopt_enabled) && IS_ENABLED(CONFIG_CONTIG_ALLOC) &&
	       node_state(nid, N_MEMORY) &&
	       time_after_eq(jiffies, READ_ONCE(adopt_nodes[nid].idle_until));
}

/* Reserve the entry of a region that becomes ours. On failure the region may not be remembered. */
void ptc_adopt_prepare(unsigned long pfn)
{
	if (xa_reserve(&adopt_regions, pfn / PTC_BLOCK_PAGES, GFP_KERNEL | __GFP_NOWARN))
		return;
	xa_clear_mark(&adopt_regions, pfn / PTC_BLOCK_PAGES, WAS_OURS);
}

/*
 * Remember a region whose pages went back to the page allocator: it is still split, so it is the
 * first candidate.
 * Context: process context, including reclaim. Allocates nothing if ptc_adopt_prepare() succeeded.
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

/*
 * Do not retry the region for RETRY_AFTER; its mark stays. If the store fails for lack of memory,
 * the region is retried sooner.
 */
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
 * May the memory of this region be taken? It must be on the node and in one zone. ZONE_MOVABLE is
 * left for hot-unplug and large pages, ZONE_DMA for old devices. The pageblock must be of a plain
 * type: CMA, high-atomic reserve and isolated pageblocks have an accounting of their own, which
 * alloc_contig_range() would end. The answer may be stale; adopt_take() and alloc_contig_range()
 * check again.
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
 * Does the region have a page that must stay where it is, for now or for good?
 *
 * alloc_contig_range() waits for pages that are locked or under writeback. If the page belongs to a
 * file server that is gone, it waits forever, and so does every task that waits for the worker.
 *
 * And it migrates mlocked and other unevictable pages, whatever vm.compact_unevictable_allowed
 * says: a task that has locked its memory, for the sake of its response time, would take faults. A
 * module cannot read that setting from 6.12 on, so they are left alone always.
 *
 * A page that is locked or mlocked after this check is still waited for or migrated, so this is the
 * last check.
 */
static bool adopt_must_not_migrate(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++) {
		struct page *page = pfn_to_page(pfn + i);

		if (PageLocked(page) || PageWriteback(page) || ptc_page_is_unevictable(page))
			return true;
	}
	return false;
}

static bool adopt_is_candidate(unsigned long pfn, int nid)
{
	return pageblock_order == PTC_BLOCK_ORDER && adopt_zone_allows(pfn, nid) &&
	       !adopt_failed_lately(pfn / PTC_BLOCK_PAGES) && !adopt_holds_ours(pfn) &&
	       ptc_direct_map_is_split(pfn, PTC_BLOCK_PAGES) && !adopt_must_not_migrate(pfn);
}

static void adopt_give_back(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		__free_page(pfn_to_page(pfn + i));
}

/* Take a region from the page allocator. Returns 0, or an error, then none of its pages is ours. */
static int adopt_take(unsigned long pfn)
{
	unsigned int i;
	int err;

	if (ptc_fault(PTC_FAULT_ADOPT) || ptc_pageblock_type(pfn) >= MIGRATE_PCPTYPES)
		return -EBUSY;
	err = ptc_alloc_contig(pfn, PTC_BLOCK_PAGES, GFP_KERNEL | __GFP_NOWARN);
	if (err)
		return err;
	/* check again: the kernel may have joined the region before its pages became ours */
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

static bool adopt_may_try(int tries)
{
	return tries && !READ_ONCE(adopt_going_offline);
}

/* Try regions that held a block of ours. Returns the first page frame of an adopted one, or 0. */
static unsigned long adopt_again(int nid, int *tries)
{
	unsigned long region;
	void *entry;

	xa_for_each_marked(&adopt_regions, region, entry, WAS_OURS) {
		unsigned long pfn = region * PTC_BLOCK_PAGES;

		cond_resched();
		if (!adopt_may_try(*tries))
			break;
		if (!adopt_is_candidate(pfn, nid))
			continue;
		--*tries;
		if (adopt_try(pfn, nid))
			return pfn;
	}
	return 0;
}

/*
 * Try the regions of one run of PTEs. The first and the last region may extend into other runs.
 * Returns the first page frame of an adopted region, or 0.
 */
static unsigned long adopt_of_run(const struct ptc_map_run *run, int nid, int *tries)
{
	unsigned long pfn = ALIGN_DOWN(run->pfn, PTC_BLOCK_PAGES);

	for (; pfn < run->end && adopt_may_try(*tries); pfn += PTC_BLOCK_PAGES) {
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
 * Try regions that others split, from where the last pass ended.
 * Returns the first page frame of an adopted region, or 0. @all tells whether the walk reached the
 * end of the node.
 */
static unsigned long adopt_found(int nid, int *tries, bool *all)
{
	struct adopt_node *node = &adopt_nodes[nid];
	unsigned long start = max(node->cursor, node_start_pfn(nid));
	unsigned long end = min(start + WALK_PER_PASS, node_end_pfn(nid)), pfn;
	struct ptc_map_run run;
	int found = 0;

	ptc_map_walk_begin(node->walk, end);
	while (adopt_may_try(*tries)) {
		found = ptc_map_walk_next(node->walk, start, &run);
		if (found <= 0)
			break;
		start = run.end;
		if (run.level != PT_CACHE_PTE)
			continue;
		pfn = adopt_of_run(&run, nid, tries);
		if (pfn)
			return pfn;
		start = max(start, node->cursor);
	}
	if (found < 0 || !adopt_may_try(*tries))
		return 0; /* the rest is for another pass */
	*all = end >= node_end_pfn(nid);
	node->cursor = *all ? 0 : end;
	return 0;
}

/**
 * ptc_adopt_pages - adopt a 2M region of a node
 * @nid: the node
 *
 * Context: the worker only; sleeps.
 * Return: the first page frame of 512 cleared pages, each with one reference and mapped by a PTE,
 * or 0 if no region can be adopted for now.
 */
unsigned long ptc_adopt_pages(int nid)
{
	struct adopt_node *node = &adopt_nodes[nid];
	unsigned long idle_until = READ_ONCE(node->idle_until), pfn = 0;
	int tries = TRIES_PER_PASS;
	bool all = false;

	if (!ptc_adopt_promising(nid))
		return 0;
	mutex_lock(&node->lock);
	if (adopt_may_try(tries))
		pfn = adopt_again(nid, &tries);
	if (!pfn && adopt_may_try(tries))
		pfn = adopt_found(nid, &tries, &all);
	/* not if a region of ours was given back meanwhile, perhaps behind this pass */
	if (all)
		cmpxchg(&node->idle_until, idle_until, jiffies + IDLE_FOR);
	mutex_unlock(&node->lock);
	return pfn;
}

static void adopt_forget(unsigned long pfn, unsigned long nr_pages)
{
	unsigned long region, last = (pfn + nr_pages - 1) / PTC_BLOCK_PAGES;
	void *entry;

	xa_for_each_range(&adopt_regions, region, entry, pfn / PTC_BLOCK_PAGES, last)
		xa_erase(&adopt_regions, region);
}

/*
 * Wait until each pass that began before the flag was set has ended. Interruptible: a signal ends
 * offlining elsewhere in the kernel, too. Returns 0 or -EINTR.
 */
static int adopt_wait_for_passes(void)
{
	int nid;

	for_each_node(nid) {
		if (mutex_lock_interruptible(&adopt_nodes[nid].lock))
			return -EINTR;
		mutex_unlock(&adopt_nodes[nid].lock);
	}
	return 0;
}

static int adopt_memory_notify(struct notifier_block *block, unsigned long action, void *data)
{
	const struct memory_notify *memory = data;
	int err = 0;

	switch (action) {
	case MEM_GOING_OFFLINE:
		WRITE_ONCE(adopt_going_offline, true);
		err = adopt_wait_for_passes();
		if (err) /* whether MEM_CANCEL_OFFLINE comes or not */
			WRITE_ONCE(adopt_going_offline, false);
		break;
	case MEM_OFFLINE:
		adopt_forget(memory->start_pfn, memory->nr_pages);
		fallthrough;
	case MEM_CANCEL_OFFLINE:
		WRITE_ONCE(adopt_going_offline, false);
	}
	return notifier_from_errno(err);
}

static struct notifier_block adopt_memory_notifier = { .notifier_call = adopt_memory_notify };

static int adopt_node_init(struct adopt_node *node, int nid)
{
	int near = node_state(nid, N_MEMORY) ? nid : NUMA_NO_NODE;

	node->walk = ptc_fallible(kvmalloc_node(sizeof(*node->walk), GFP_KERNEL, near), NULL);
	if (!node->walk)
		return -ENOMEM;
	mutex_init(&node->lock);
	node->idle_until = jiffies;
	return 0;
}

/* Nodes that were not initialized have no walk. */
static void adopt_free_nodes(void)
{
	int nid;

	for_each_node(nid)
		kvfree(adopt_nodes[nid].walk);
	kfree(adopt_nodes);
}

int ptc_adopt_init(void)
{
	int err, nid;

	adopt_nodes = ptc_fallible(kcalloc(nr_node_ids, sizeof(*adopt_nodes), GFP_KERNEL), NULL);
	if (!adopt_nodes)
		return -ENOMEM;
	for_each_node(nid) {
		err = adopt_node_init(&adopt_nodes[nid], nid);
		if (err)
			goto free_nodes;
	}
	err = ptc_fallible(register_memory_notifier(&adopt_memory_notifier), -ENOMEM);
	if (!err)
		return 0;
free_nodes:
	adopt_free_nodes();
	return err;
}

/* Called at unload, after the worker has stopped and every block is gone. */
void ptc_adopt_exit(void)
{
	unregister_memory_notifier(&adopt_memory_notifier);
	xa_destroy(&adopt_regions);
	adopt_free_nodes();
}
