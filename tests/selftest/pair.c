// SPDX-License-Identifier: GPL-2.0
/*
 * `pair`: read it, and the TSC's ticks for an allocation and zeroed free of one table that the
 * magazine holds are measured. In a guest under `boot --icount` a tick is an instruction.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <asm/msr.h>

#include "selftest.h"

#define PAIRS 1000

static u64 time_pairs(struct pt_cache *cache, struct mm_struct *mm)
{
	u64 start, least = U64_MAX;
	unsigned int round, i;

	/* the least of some rounds: an interrupt is in the others */
	for (round = 0; round < 20; round++) {
		start = rdtsc();
		for (i = 0; i < PAIRS; i++) {
			struct page *page = pt_cache_alloc_table(cache, mm, PT_CACHE_PTE, GFP_KERNEL);

			if (!page)
				return 0;
			pt_cache_free_table_zeroed(cache, page);
		}
		least = min(least, rdtsc() - start);
	}
	return least;
}

static int pair_show(struct seq_file *m, void *unused)
{
	const struct pt_cache_attr attr = { .name = "pair", .nid = NUMA_NO_NODE };
	struct pt_cache *cache = pt_cache_create(&attr);

	if (IS_ERR(cache))
		return PTR_ERR(cache);
	seq_printf(m, "with_mm %llu\n", time_pairs(cache, current->mm) / PAIRS);
	seq_printf(m, "without_mm %llu\n", time_pairs(cache, NULL) / PAIRS);
	return pt_cache_destroy(cache);
}
DEFINE_SHOW_ATTRIBUTE(pair);

void pair_init(struct dentry *parent)
{
	debugfs_create_file("pair", 0400, parent, NULL, &pair_fops);
}
