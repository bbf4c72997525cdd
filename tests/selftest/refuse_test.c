// SPDX-License-Identifier: GPL-2.0
/* What is refused, and that nothing changes then. */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "selftest.h"

static void bad_attributes(struct test *test)
{
	static const char long_name[] = "a-name-of-thirty-two-characters!";
	const struct {
		struct pt_cache_attr attr;
		int err;
	} bad[] = {
		{ { .name = NULL,	.nid = NUMA_NO_NODE },			-EINVAL },
		{ { .name = "",		.nid = NUMA_NO_NODE },			-EINVAL },
		{ { .name = "a b",	.nid = NUMA_NO_NODE },			-EINVAL },
		{ { .name = "a\nb",	.nid = NUMA_NO_NODE },			-EINVAL },
		{ { .name = "\xc3\xa9",	.nid = NUMA_NO_NODE },			-EINVAL },
		{ { .name = long_name,	.nid = NUMA_NO_NODE },			-EINVAL },
		{ { .name = "flags",	.nid = NUMA_NO_NODE, .flags = 1 },	-EINVAL },
		{ { .name = "flags",	.nid = NUMA_NO_NODE, .flags = 1UL << 63 }, -EINVAL },
		{ { .name = "order",	.nid = NUMA_NO_NODE, .order = 10 },	-EINVAL },
		{ { .name = "order",	.nid = NUMA_NO_NODE, .order = UINT_MAX }, -EINVAL },
		{ { .name = "node",	.nid = -2 },				-EINVAL },
		{ { .name = "node",	.nid = MAX_NUMNODES },			-EINVAL },
		{ { .name = "node",	.nid = INT_MAX },			-EINVAL },
		{ { .name = "there",	.nid = NUMA_NO_NODE },			-EEXIST },
	};
	struct pt_cache *there = new_cache(test, "there", 0, NUMA_NO_NODE);
	struct pt_cache *cache;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		cache = pt_cache_create(&bad[i].attr);
		check(test, PTR_ERR(cache) == bad[i].err, "case %d: %ld", i, PTR_ERR(cache));
		if (!IS_ERR(cache))
			pt_cache_destroy(cache);
	}
	cache = pt_cache_create(NULL);
	check(test, PTR_ERR(cache) == -EINVAL, "no attributes: %ld", PTR_ERR(cache));
	check(test, pt_cache_destroy(NULL) == 0, "destroying nothing");
	give_up(test, there);

	/* the name is free again, and the longest name fits */
	there = new_cache(test, "there", 0, NUMA_NO_NODE);
	cache = new_cache(test, long_name + 1, 0, NUMA_NO_NODE);
	give_up(test, cache);
	give_up(test, there);
}

static void name_is_copied(struct test *test)
{
	char *name = kstrdup("volatile", GFP_KERNEL);
	struct pt_cache *cache = new_cache(test, name, 0, NUMA_NO_NODE);
	const struct pt_cache_attr attr = { .name = "volatile", .nid = NUMA_NO_NODE };

	memset(name, 'x', 8);
	check(test, PTR_ERR(pt_cache_create(&attr)) == -EEXIST, "the name went with its buffer");
	kfree(name);
	give_up(test, cache);
}

static void bad_requests(struct test *test)
{
	static const gfp_t gfps[] = {
		GFP_KERNEL | __GFP_DMA, GFP_KERNEL | __GFP_DMA32, GFP_KERNEL | __GFP_HIGHMEM,
		GFP_KERNEL | __GFP_MOVABLE, GFP_KERNEL | __GFP_NOFAIL, GFP_KERNEL | __GFP_COMP,
		GFP_KERNEL | __GFP_THISNODE,
	};
	struct pt_cache *cache = new_cache(test, "requests", 0, NUMA_NO_NODE);
	u64 before = count_of("bad_argument"), asked = 0;
	struct page *page;
	int i;

	expect_warning("alloc_refuse");
	for (i = 0; i < ARRAY_SIZE(gfps); i++, asked++)
		check(test, !pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, gfps[i]), "gfp %d", i);
	check(test, !pt_cache_alloc_table(cache, NULL, PT_CACHE_PGD + 1, GFP_KERNEL), "level 5");
	check(test, !pt_cache_alloc_table(cache, NULL, -1, GFP_KERNEL), "level -1");
	check(test, !pt_cache_alloc_table(NULL, NULL, PT_CACHE_PTE, GFP_KERNEL), "no cache");
	check(test, !pt_cache_alloc_table(ERR_PTR(-ENOMEM), NULL, PT_CACHE_PTE, GFP_KERNEL),
	      "an error for a cache");
	check(test, !pt_cache_alloc_bulk(cache, NULL, 7, GFP_KERNEL, 1, &page), "bulk, level 7");
	expect_end();
	asked += 5;
	check(test, count_of("bad_argument") == before + asked, "%llu counted of %llu",
	      count_of("bad_argument") - before, asked);
	give_up(test, cache);
}

static void bad_frees(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "frees", 0, NUMA_NO_NODE);
	struct pt_cache *other = new_cache(test, "other", 0, NUMA_NO_NODE);
	struct pt_cache *runs = new_cache(test, "runs", 2, NUMA_NO_NODE);
	struct page *foreign = alloc_page(GFP_KERNEL);
	struct page *page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	struct page *run = pt_cache_alloc_table(runs, NULL, PT_CACHE_PTE, GFP_KERNEL);
	u64 before = count_of("bad_free");
	struct page *again[2];

	if (!check(test, foreign && page && run, "no memory"))
		return;
	expect_warning("free_refuse");
	pt_cache_free_table(cache, foreign);
	check(test, page_count(foreign) == 1, "a foreign page lost its reference");
	pt_cache_free_table(other, page);		/* the wrong cache */
	pt_cache_free_table_zeroed(runs, run + 1);	/* the middle of a run */
	pt_cache_free_table(cache, run);
	pt_cache_free_table(cache, NULL);
	pt_cache_free_table(NULL, page);
	check(test, count_of("bad_free") == before + 6, "%llu", count_of("bad_free") - before);

	pt_cache_free_table_zeroed(cache, page);
	pt_cache_free_table_zeroed(cache, page);	/* twice */
	pt_cache_free_table(cache, page);
	expect_end();
	check(test, count_of("bad_free") == before + 8, "%llu", count_of("bad_free") - before);

	/* had the second free counted, the page would come twice */
	again[0] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	again[1] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	check(test, again[0] && again[1] && again[0] != again[1], "the same table twice");
	pt_cache_free_bulk(cache, 2, again);
	pt_cache_free_table(runs, run);
	__free_page(foreign);
	give_up(test, cache);
	give_up(test, other);
	give_up(test, runs);
}

static void destroy_with_tables_out(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "busy", 0, NUMA_NO_NODE);
	struct page *page = pt_cache_alloc_table(cache, current->mm, PT_CACHE_PUD, GFP_KERNEL);
	int err;

	expect_warning("pt_cache_destroy");
	err = pt_cache_destroy(cache);
	check(test, err == -EBUSY, "%d", err);
	err = pt_cache_destroy(cache);
	check(test, err == -EBUSY, "%d the second time", err);
	expect_end();
	check(test, pt_cache_table_owner(page) == current->mm, "its table lost its owner");
	pt_cache_free_table(cache, page);
	give_up(test, cache);
}

static void sleep_in_atomic(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "sleeper", 5, NUMA_NO_NODE); /* no magazine */
	struct page *page;

	expect_warning("miss_refuse_to_sleep");
	preempt_disable();
	page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	preempt_enable();
	expect_end();
	if (page) /* from the blocks or the reserve: it was served like GFP_ATOMIC */
		pt_cache_free_table(cache, page);
	give_up(test, cache);
}

struct test refuse_tests[] = {
	{ "create refuses bad attributes and says why", bad_attributes },
	{ "a cache keeps a copy of its name", name_is_copied },
	{ "a bad level or gfp gets NULL, is counted and changes nothing", bad_requests },
	{ "a foreign, double or wrong free is counted and changes nothing", bad_frees },
	{ "a cache with tables out is not destroyed, and works on", destroy_with_tables_out },
	{ "GFP_KERNEL where nothing may sleep warns, and does not sleep", sleep_in_atomic },
	{ }
};
