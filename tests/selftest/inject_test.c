// SPDX-License-Identifier: GPL-2.0
/*
 * Every step that can fail, made to fail once: the first, then the second, and so on, until a run
 * has none left to fail. After each failure nothing is lost, and the next try works. (What loading
 * and the reports do is walked by tests/guest/inject.sh in the same way.)
 */
#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "selftest.h"

#define TABLES		600U	/* more than one block has */
#define MOST_STEPS	400
#define TIMES		8	/* a block that were lost each time would show in the free memory */

/*
 * One run, in which the @nth step fails; *@away becomes how far it was still away in the end.
 * Returns whether all was had. It leaves nothing behind: no cache, no table.
 */
typedef bool (*scenario_fn)(struct test *test, unsigned int nth, unsigned int *away);

static u64 blocks_made(void)
{
	return count_of("adopted") + count_of("fresh") + count_of("smaller") + count_of("single");
}

static void each_step_fails_once(struct test *test, scenario_fn scenario)
{
	unsigned int nth, away = 0, refused = 0;

	for (nth = 1; nth <= MOST_STEPS && !away && !test->failed; nth++) {
		u64 lost = count_of("leaked_pages"), bad = count_of("bad_argument");
		u64 made = blocks_made(), freed = count_of("blocks_freed");
		unsigned int i, unused;

		for (i = 0; i < TIMES && !away; i++) {
			bool had = scenario(test, nth, &away);

			refused += !had;
			check(test, had || !away, "it failed, though step %u did not come", nth);
		}
		check(test, scenario(test, 0, &unused), "after step %u the next try failed", nth);
		check(test, count_of("leaked_pages") == lost, "step %u: pages leaked", nth);
		check(test, count_of("bad_argument") == bad, "step %u: a bad argument", nth);
		check(test, blocks_made() - made == count_of("blocks_freed") - freed,
		      "step %u: blocks of %llu were not given back", nth, blocks_made() - made);
	}
	check(test, away, "it does not end: %u steps", nth - 1);
	check(test, nth > 2, "nothing can fail");
	say("# %u steps failed one by one, each %u times; %u times something was refused\n",
	    nth - 2, TIMES, refused);
	say("# held: %u steps failed one by one, of making caches, requests, trees and lending\n",
	    (nth - 2) * TIMES);
}

static bool create(struct test *test, unsigned int nth, unsigned int *away)
{
	const struct pt_cache_attr attr = { .name = "inject", .nid = NUMA_NO_NODE };
	struct pt_cache *cache;

	pt_cache_selftest_fail_step(nth);
	cache = pt_cache_create(&attr);
	*away = pt_cache_selftest_fail_step(0);
	if (!IS_ERR(cache))
		give_up(test, cache);
	return !IS_ERR(cache);
}

/* Whatever is had is as good as ever. */
static bool alloc_and_free(struct test *test, unsigned int order, unsigned int nr,
			   unsigned int nth, unsigned int *away)
{
	struct page **pages = kvcalloc(TABLES, sizeof(*pages), GFP_KERNEL);
	struct pt_cache *cache = new_cache(test, "inject", order, NUMA_NO_NODE);
	unsigned int i, got = 0;

	if (!check(test, pages && cache, "no memory"))
		goto end;
	pt_cache_selftest_fail_step(nth);
	got = pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, nr, pages);
	*away = pt_cache_selftest_fail_step(0);
	for (i = 0; i < got; i++)
		check_table(test, pages[i], order);
	pt_cache_free_bulk(cache, got, pages);
end:
	if (cache)
		give_up(test, cache);
	kvfree(pages);
	return got == nr;
}

static bool alloc(struct test *test, unsigned int nth, unsigned int *away)
{
	return alloc_and_free(test, 0, TABLES, nth, away);
}

/* Whole blocks, and none of those that were adopted ahead of need. */
static bool alloc_runs(struct test *test, unsigned int nth, unsigned int *away)
{
	bool had;

	pt_cache_selftest_adopt(false);
	had = alloc_and_free(test, PT_CACHE_ORDER_MAX, 3, nth, away);
	pt_cache_selftest_adopt(true);
	return had;
}

/* No 2M page can be had: the steps of the smaller runs, and of the single pages. */
static bool alloc_fragmented(struct test *test, unsigned int nth, unsigned int *away)
{
	bool had;

	pt_cache_selftest_adopt(false);
	pt_cache_selftest_fault(PTC_FAULT_BLOCK_PAGES, 1000000);
	had = alloc_and_free(test, 0, 40, nth, away);
	pt_cache_selftest_fault(PTC_FAULT_BLOCK_PAGES, 0);
	pt_cache_selftest_adopt(true);
	return had;
}

static void no_flush(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		     void *private)
{
}

/* Two tables of each level, then a leaf of 2M that is cut. */
static int map_and_cut(struct pt_cache_tree *tree)
{
	int err = pt_cache_tree_map(tree, SZ_1G - SZ_4K, 0, SZ_8K, PAGE_KERNEL);

	if (!err)
		err = pt_cache_tree_map(tree, SZ_1G + SZ_2M, SZ_2M, SZ_2M, PAGE_KERNEL);
	if (!err)
		err = pt_cache_tree_unmap(tree, SZ_1G + SZ_2M, SZ_4K);
	return err;
}

static int count_leaf(const struct pt_cache_mapping *mapping, void *data)
{
	*(unsigned int *)data += mapping->size >> PAGE_SHIFT;
	return 0;
}

static bool tree_map(struct test *test, unsigned int nth, unsigned int *away)
{
	struct pt_cache *cache = new_cache(test, "inject", 0, NUMA_NO_NODE);
	const struct pt_cache_tree_attr attr = { .cache = cache, .flush = no_flush };
	struct pt_cache_tree *tree;
	unsigned int pages = 0;
	int err;

	if (!cache)
		return false;
	pt_cache_selftest_fail_step(nth);
	tree = pt_cache_tree_create(&attr);
	err = IS_ERR(tree) ? PTR_ERR(tree) : map_and_cut(tree);
	*away = pt_cache_selftest_fail_step(0);
	check(test, !err || err == -ENOMEM, "it says %d", err);
	if (!IS_ERR(tree)) {
		/* a call is done whole, or not at all */
		pt_cache_tree_walk(tree, 0, 4UL * SZ_1G, count_leaf, &pages);
		check(test, err ? pages == 0 || pages == 2 || pages == 514 : pages == 513,
		      "step %u: %u pages are mapped after %d", nth, pages, err);
		err = err ?: pt_cache_tree_unmap(tree, SZ_1G - SZ_4K, SZ_8K);
		check(test, !pt_cache_tree_destroy(tree), "it cannot be given up");
	}
	give_up(test, cache);
	return !err;
}

/* A lender has blocks ahead of need: what its worker does fails too. */
static bool lend(struct test *test, unsigned int nth, unsigned int *away)
{
	const struct pt_cache_lender_attr attr = { .name = "inject", .max_blocks = 4 };
	struct pt_cache_lender *lender;
	struct page *page = NULL;
	int tries;

	pt_cache_selftest_fail_step(nth);
	lender = pt_cache_lender_create(&attr);
	for (tries = 0; !IS_ERR(lender) && !page && tries < 100; tries++) {
		page = pt_cache_lend(lender, NULL, PT_CACHE_PTE);
		pt_cache_selftest_collect(true); /* waits for the worker */
	}
	*away = pt_cache_selftest_fail_step(0);
	if (page)
		__free_page(page);
	if (!IS_ERR(lender))
		pt_cache_lender_destroy(lender);
	return page;
}

static void create_fails(struct test *test)
{
	each_step_fails_once(test, create);
}

static void alloc_fails(struct test *test)
{
	each_step_fails_once(test, alloc);
}

static void runs_fail(struct test *test)
{
	each_step_fails_once(test, alloc_runs);
}

static void fragmented_fails(struct test *test)
{
	each_step_fails_once(test, alloc_fragmented);
}

static void tree_fails(struct test *test)
{
	each_step_fails_once(test, tree_map);
}

static void lending_fails(struct test *test)
{
	each_step_fails_once(test, lend);
}

struct test inject_tests[] = {
	{ "each step of making a cache fails once, and nothing is lost", create_fails },
	{ "each step of a request fails once, and nothing is lost", alloc_fails },
	{ "each step of a request for runs of pages fails once, and nothing is lost", runs_fail },
	{ "each step of a request without 2M pages fails once, and nothing is lost",
	  fragmented_fails },
	{ "each step of mapping and cutting fails once, and nothing is lost", tree_fails },
	{ "each step of lending fails once, and nothing is lost", lending_fails },
	{ }
};
