// SPDX-License-Identifier: GPL-2.0
/*
 * What a block costs. `supply`: tables are taken until some of them had a new block made for them,
 * and the ticks of the cheapest of these calls are told; how many there were, the reader sees in
 * `stats`, and where the blocks came from. `create`: the ticks of making a cache, whose reserve and
 * stock the worker fills meanwhile, and of giving it up. `sizes`: bytes of what there is once a
 * cache.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <asm/msr.h>

#include "alloc/cache.h"
#include "bench.h"
#include "pt_cache.h"

/* A call that makes a block clears more than this of it. */
#define TABLES		2600U
#define NEW_BLOCK	100000U	/* ticks; no other call takes so many */

static int supply_show(struct seq_file *m, void *unused)
{
	const struct pt_cache_attr attr = { .name = "supply", .nid = NUMA_NO_NODE };
	struct page **pages = kvcalloc(TABLES, sizeof(*pages), GFP_KERNEL);
	unsigned int taken, blocks = 0;
	struct pt_cache *cache;
	u64 least = U64_MAX;

	if (!pages)
		return -ENOMEM;
	cache = pt_cache_create(&attr);
	if (IS_ERR(cache)) {
		kvfree(pages);
		return PTR_ERR(cache);
	}
	for (taken = 0; taken < TABLES && !signal_pending(current); taken++) {
		u64 start = rdtsc_ordered();

		pages[taken] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
		start = rdtsc_ordered() - start;
		if (!pages[taken])
			break;
		if (start > NEW_BLOCK) {
			blocks++;
			least = min(least, start);
		}
		cond_resched();
	}
	seq_printf(m, "tables %u\nblocks %u\nticks %llu\n", taken, blocks, blocks ? least : 0);
	while (taken--)
		pt_cache_free_table_zeroed(cache, pages[taken]);
	kvfree(pages);
	return pt_cache_destroy(cache);
}
DEFINE_SHOW_ATTRIBUTE(supply);

static int create_show(struct seq_file *m, void *unused)
{
	const struct pt_cache_attr attr = { .name = "create", .nid = NUMA_NO_NODE };
	u64 start = rdtsc_ordered();
	struct pt_cache *cache = pt_cache_create(&attr);

	if (IS_ERR(cache))
		return PTR_ERR(cache);
	seq_printf(m, "create %llu\n", rdtsc_ordered() - start);
	start = rdtsc_ordered();
	pt_cache_destroy(cache);
	seq_printf(m, "destroy %llu\n", rdtsc_ordered() - start);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(create);

static int sizes_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "cache %zu\n", sizeof(struct pt_cache));
	seq_printf(m, "magazine %zu\n", sizeof(struct ptc_magazine));
	seq_printf(m, "node %zu\n", sizeof(struct ptc_node));
	seq_printf(m, "possible_cpus %u\n", num_possible_cpus());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(sizes);

void supply_init(struct dentry *folder)
{
	debugfs_create_file("supply", 0400, folder, NULL, &supply_fops);
	debugfs_create_file("create", 0400, folder, NULL, &create_fops);
	debugfs_create_file("sizes", 0400, folder, NULL, &sizes_fops);
}
