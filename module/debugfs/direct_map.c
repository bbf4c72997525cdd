// SPDX-License-Identifier: GPL-2.0
/* `direct_map`: a node a line, how large the mappings of its memory are. */
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "alloc/pool.h"
#include "debugfs/debugfs.h"
#include "direct_map/walk.h"

struct node_sums {
	u64 bytes_4k, bytes_2m, bytes_1g;
	unsigned long regions_split, regions_uniform;
};

/*
 * The node that a mapping counts for: that of its first page that is online; memory that is
 * mapped and has no page online (firmware's, mostly) counts for the node whose span holds it.
 */
static int node_of(unsigned long pfn, unsigned long end)
{
	struct page *page = pfn_to_online_page(pfn);
	int nid;

	if (page)
		return page_to_nid(page);
	for_each_online_node(nid)
		if (pfn < node_end_pfn(nid) && end > node_start_pfn(nid))
			return nid;
	return first_online_node;
}

static void add_region(const struct ptc_map_region *region, void *arg)
{
	struct node_sums *all = arg;
	struct node_sums *sums = &all[node_of(region->pfn, region->end)];
	u64 bytes = (u64)region->present_pages << PAGE_SHIFT;

	switch (region->level) {
	case PTC_MAP_4K:
		sums->bytes_4k += bytes;
		sums->regions_split++;
		sums->regions_uniform += region->uniform;
		break;
	case PTC_MAP_2M:
		sums->bytes_2m += bytes;
		break;
	default:
		sums->bytes_1g += bytes;
	}
}

static unsigned long last_pfn(void)
{
	unsigned long end = 0;
	int nid;

	for_each_online_node(nid)
		end = max(end, node_end_pfn(nid));
	return end;
}

/* Pages of ours on a node. ptc_pools_sem is held for reading. */
static u64 our_bytes(int nid)
{
	struct ptc_pool *pool;
	u64 pages = 0;

	list_for_each_entry(pool, &ptc_pools, link)
		pages += READ_ONCE(pool->nodes[nid]->pages);
	return pages << PAGE_SHIFT;
}

static int direct_map_show(struct seq_file *m, void *unused)
{
	struct node_sums *sums = kvcalloc(nr_node_ids, sizeof(*sums), GFP_KERNEL);
	int nid, err;

	if (!sums)
		return -ENOMEM;
	err = ptc_direct_map_walk(last_pfn(), add_region, sums);
	if (!err && down_read_killable(&ptc_pools_sem))
		err = -EINTR;
	if (err)
		goto free_sums;

	ptc_report_head(m, "direct_map",
			"node bytes_4k bytes_2m bytes_1g regions_split regions_uniform pt_cache_bytes");
	for_each_online_node(nid)
		seq_printf(m, "%d %llu %llu %llu %lu %lu %llu\n", nid, sums[nid].bytes_4k,
			   sums[nid].bytes_2m, sums[nid].bytes_1g, sums[nid].regions_split,
			   sums[nid].regions_uniform, our_bytes(nid));
	up_read(&ptc_pools_sem);
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
