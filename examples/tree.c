// SPDX-License-Identifier: GPL-2.0
/*
 * An example of a module that keeps page tables of its own: a tree that shows a device 1G of
 * memory, except one page. See module/pt_cache.h for what each call guarantees.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "pt_cache.h"

static struct pt_cache *cache;
static struct pt_cache_tree *tree;

/* Called before memory that was mapped in [start, end), or any table, is reused. */
static void flush(struct pt_cache_tree *tree, unsigned long start, unsigned long end, void *device)
{
	/* invalidate the device's cached translations of this range, and wait for that */
}

/* Called for each leaf of the tree, in an RCU read-side section. */
static int show(const struct pt_cache_mapping *mapping, void *shown)
{
	if ((*(unsigned int *)shown)++ < 3)
		pr_info("pt_cache_example: %#lx to %pa, %lu kB\n", mapping->va, &mapping->pa,
			mapping->size >> 10);
	return 0;
}

static int __init example_init(void)
{
	const struct pt_cache_attr cache_attr = { .name = "example", .nid = NUMA_NO_NODE };
	struct pt_cache_tree_attr tree_attr = { .flush = flush };
	unsigned int shown = 0;
	int err;

	cache = pt_cache_create(&cache_attr);
	if (IS_ERR(cache))
		return PTR_ERR(cache);
	tree_attr.cache = cache;
	tree = pt_cache_tree_create(&tree_attr);
	err = PTR_ERR_OR_ZERO(tree);
	if (err)
		goto destroy_cache;

	/* map 1G by one entry, then unmap one page: 511 entries of 2M and 511 of 4K remain */
	err = pt_cache_tree_map(tree, SZ_1G, 6ULL * SZ_1G, SZ_1G, PAGE_KERNEL);
	if (!err)
		err = pt_cache_tree_unmap(tree, SZ_1G, SZ_4K);
	if (!err)
		err = pt_cache_tree_walk(tree, SZ_1G, SZ_1G, show, &shown);
	if (!err)
		return 0;

	pt_cache_tree_destroy(tree);
destroy_cache:
	pt_cache_destroy(cache);
	return err;
}

static void __exit example_exit(void)
{
	pt_cache_tree_destroy(tree); /* unmaps everything; the tables are back in the cache */
	pt_cache_destroy(cache);
}

module_init(example_init);
module_exit(example_exit);

MODULE_DESCRIPTION("Example of a module with its own page tables, from pt_cache");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
