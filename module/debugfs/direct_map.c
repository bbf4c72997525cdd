// SPDX-License-Identifier: GPL-2.0
/*
 * `direct_map`: one line per node: bytes by mapping size, bytes that were taken out of the direct
 * map, and how many 2M regions are split.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "alloc/pool.h"
#include "debugfs/debugfs.h"
#include "debugfs/memory.h"
#include "direct_map/walk.h"

struct node_sums {
	u64 bytes_4k, bytes_2m, bytes_1g, bytes_not_present;
	unsigned long regions_split, regions_uniform;
};

struct direct_map_state {
	int nid;			/* the line; NUMA_NO_NODE before the first one */
	struct node_sums sums[MAX_NUMNODES];
	struct ptc_map_walk walk;
};

/*
 * Return how many 2M regions of [@pfn, @end) no earlier part of the walk has touched: a region
 * whose PTEs differ yields several runs. A region on two nodes is counted for the first one.
 */
static unsigned long direct_map_new_regions(unsigned long pfn, unsigned long end,
					    unsigned long *seen)
{
	unsigned long first = max(pfn / PTC_ENTRIES, *seen);

	*seen = max(*seen, DIV_ROUND_UP(end, PTC_ENTRIES));
	return *seen - first;
}

static void direct_map_add(struct node_sums *sums, const struct ptc_map_run *run, unsigned long pfn,
			   unsigned long end, unsigned long *seen)
{
	u64 bytes = PFN_PHYS(end - pfn);
	unsigned long regions;

	if (run->level == PT_CACHE_PTE) {
		regions = direct_map_new_regions(pfn, end, seen);
		sums->regions_split += regions;
		sums->regions_uniform += run->uniform ? regions : 0;
	}
	if (!run->present)
		sums->bytes_not_present += bytes;
	else if (run->level == PT_CACHE_PTE)
		sums->bytes_4k += bytes;
	else if (run->level == PT_CACHE_PMD)
		sums->bytes_2m += bytes;
	else
		sums->bytes_1g += bytes;
}

static int direct_map_add_up(struct ptc_map_walk *walk, struct node_sums *sums)
{
	unsigned long pfn = 0, end, seen = 0;
	struct ptc_map_run run;
	int nid, got;

	while ((got = ptc_map_walk_next_any(walk, pfn, &run)) > 0) {
		for (pfn = run.pfn; pfn < run.end; pfn = end) {
			end = ptc_memory_of_node(pfn, run.end, &nid);
			direct_map_add(&sums[nid], &run, pfn, end, &seen);
		}
	}
	return got;
}

/* The bytes of all blocks on a node. */
static u64 direct_map_our_bytes(int nid)
{
	struct ptc_pool *pool;
	u64 pages = 0;
	int cookie;

	cookie = ptc_pools_enter();
	ptc_for_each_pool(pool)
		pages += READ_ONCE(pool->nodes[nid]->sums.pages);
	ptc_pools_leave(cookie);
	return pages << PAGE_SHIFT;
}

/* Add up all of it: a node's memory may lie anywhere. */
static int direct_map_begin(void *state)
{
	struct direct_map_state *all = state;

	all->nid = NUMA_NO_NODE;
	memset(all->sums, 0, sizeof(all->sums));
	ptc_map_walk_begin(&all->walk, ptc_memory_end());
	return direct_map_add_up(&all->walk, all->sums);
}

static int direct_map_next(void *state)
{
	struct direct_map_state *all = state;
	int nid = all->nid == NUMA_NO_NODE ? first_online_node : next_online_node(all->nid);

	if (nid >= MAX_NUMNODES)
		return 0;
	all->nid = nid;
	return 1;
}

static void direct_map_show(struct seq_file *m, const void *state)
{
	const struct direct_map_state *all = state;
	const struct node_sums *sums = &all->sums[all->nid];

	seq_printf(m, "%d %llu %llu %llu %llu %lu %lu %llu\n", all->nid, sums->bytes_4k,
		   sums->bytes_2m, sums->bytes_1g, sums->bytes_not_present, sums->regions_split,
		   sums->regions_uniform, direct_map_our_bytes(all->nid));
}

static void direct_map_remarks(struct seq_file *m, const void *state)
{
	seq_puts(m, "# the sum over all nodes, bytes_not_present included, is that of DirectMap4k, DirectMap2M and DirectMap1G in /proc/meminfo; each of those three may be off by some regions, since at boot the kernel counts mappings that it then changes\n");
}

const struct ptc_report ptc_report_direct_map = {
	.name = "direct_map",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "node bytes_4k bytes_2m bytes_1g bytes_not_present regions_split regions_uniform pt_cache_bytes",
	.size = sizeof(struct direct_map_state),
	.remarks = direct_map_remarks,
	.begin = direct_map_begin,
	.next = direct_map_next,
	.show = direct_map_show,
};
