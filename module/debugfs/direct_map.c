// SPDX-License-Identifier: GPL-2.0
/* `direct_map`: one line per node: bytes by mapping size, and how many 2M regions are split. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "alloc/pool.h"
#include "debugfs/debugfs.h"
#include "debugfs/memory.h"
#include "direct_map/walk.h"
#include "fault.h"

struct node_sums {
	u64 bytes_4k, bytes_2m, bytes_1g;
	unsigned long regions_split, regions_uniform;
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

	switch (run->level) {
	case PT_CACHE_PTE:
		regions = direct_map_new_regions(pfn, end, seen);
		sums->bytes_4k += bytes;
		sums->regions_split += regions;
		sums->regions_uniform += run->uniform ? regions : 0;
		break;
	case PT_CACHE_PMD:
		sums->bytes_2m += bytes;
		break;
	default:
		sums->bytes_1g += bytes;
	}
}

static int direct_map_add_up(struct ptc_map_walk *walk, struct node_sums *sums)
{
	unsigned long pfn = 0, end, seen = 0;
	struct ptc_map_run run;
	int nid, got;

	while ((got = ptc_map_walk_next(walk, pfn, &run)) > 0) {
		for (pfn = run.pfn; pfn < run.end; pfn = end) {
			end = ptc_memory_of_node(pfn, run.end, &nid);
			direct_map_add(&sums[nid], &run, pfn, end, &seen);
		}
	}
	return got;
}

static int direct_map_sum_nodes(struct node_sums *sums)
{
	struct ptc_map_walk *walk = ptc_fallible(kvmalloc(sizeof(*walk), GFP_KERNEL), NULL);
	int err;

	if (!walk)
		return -ENOMEM;
	ptc_map_walk_begin(walk, ptc_memory_end());
	err = direct_map_add_up(walk, sums);
	kvfree(walk);
	return err;
}

/* The bytes of all blocks on a node. Context: after ptc_pools_enter(). */
static u64 direct_map_our_bytes(int nid)
{
	struct ptc_pool *pool;
	u64 pages = 0;

	ptc_for_each_pool(pool)
		pages += READ_ONCE(pool->nodes[nid]->sums.pages);
	return pages << PAGE_SHIFT;
}

static int direct_map_show(struct seq_file *m, void *unused)
{
	struct node_sums *sums = ptc_fallible(kvcalloc(nr_node_ids, sizeof(*sums), GFP_KERNEL),
					      NULL);
	int nid, err, cookie;

	if (!sums)
		return -ENOMEM;
	err = direct_map_sum_nodes(sums);
	if (err)
		goto free_sums;

	ptc_report_head(m, "direct_map",
			"node bytes_4k bytes_2m bytes_1g regions_split regions_uniform pt_cache_bytes");
	seq_puts(m, "# the sum over all nodes is that of DirectMap4k, DirectMap2M and DirectMap1G in /proc/meminfo; each of those three may be off by some regions, since at boot the kernel counts mappings that it then changes\n");
	cookie = ptc_pools_enter();
	for_each_online_node(nid)
		seq_printf(m, "%d %llu %llu %llu %lu %lu %llu\n", nid, sums[nid].bytes_4k,
			   sums[nid].bytes_2m, sums[nid].bytes_1g, sums[nid].regions_split,
			   sums[nid].regions_uniform, direct_map_our_bytes(nid));
	ptc_pools_leave(cookie);
free_sums:
	kvfree(sums);
	return err;
}

static int direct_map_open(struct inode *inode, struct file *file)
{
	return single_open(file, direct_map_show, NULL);
}

const struct file_operations ptc_direct_map_fops = {
	.owner = THIS_MODULE,
	.open = direct_map_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};
