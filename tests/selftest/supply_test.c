// SPDX-License-Identifier: GPL-2.0
/*
 * Where blocks come from when things fail, by making them fail: each failure of a split ends in a
 * usable block, in memory given back, or in memory kept for good; never in between.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "selftest.h"

#define SIZE 513	/* more than the free rest of any one block */
#define ROUNDS 128

struct outcome {
	u64 fresh, smaller, single, split_failed, leaked;
};

static struct outcome outcome_now(void)
{
	return (struct outcome){
		count_of("fresh"), count_of("smaller"), count_of("single"),
		count_of("split_failed"), count_of("leaked_pages"),
	};
}

/*
 * Fail @point @times while a new cache, whose pool is empty but for the reserve, asks for more
 * tables than one block has; if @all_of_them, for more until every failure has happened: a 2M page
 * is often one that we gave back before, whose part of the direct map needs no split any more.
 * Every table that is had must be as good as ever.
 */
static struct outcome ask_with_fault(struct test *test, enum ptc_fault_point point,
				     unsigned int times, bool all_of_them)
{
	struct page **pages = vzalloc(ROUNDS * SIZE * sizeof(*pages));
	unsigned int i, round, got = 0;
	struct outcome before, after;
	struct pt_cache *cache;

	pt_cache_selftest_adopt(false); /* what is adopted needs none of what fails */
	cache = new_cache(test, "supply", 0, NUMA_NO_NODE);
	before = outcome_now();
	pt_cache_selftest_fault(point, times);
	for (round = 0; round < ROUNDS; round++) {
		got += pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, SIZE, pages + got);
		if (!check(test, got == (round + 1) * SIZE, "%u tables in round %u", got, round))
			break;
		if (!all_of_them || !pt_cache_selftest_fault_waits(point))
			break;
	}
	check(test, !all_of_them || !pt_cache_selftest_fault_waits(point), "no failure happened");
	pt_cache_selftest_fault(point, 0);
	after = outcome_now();

	for (i = 0; i < got && !test->failed; i++)
		check_table(test, pages[i], 0);
	pt_cache_free_bulk(cache, got, pages);
	give_up(test, cache);
	pt_cache_selftest_adopt(true);
	vfree(pages);
	return (struct outcome){
		after.fresh - before.fresh, after.smaller - before.smaller,
		after.single - before.single, after.split_failed - before.split_failed,
		after.leaked - before.leaked,
	};
}

static void no_2m_page(struct test *test)
{
	struct outcome o = ask_with_fault(test, PTC_FAULT_BLOCK_PAGES, 1000, false);

	check(test, !o.fresh && o.smaller >= 2, "%llu fresh, %llu smaller", o.fresh, o.smaller);
}

/* Only pages whose part of the direct map is split already cost no split of a 2M mapping. */
static void single_pages_only(struct test *test)
{
	struct outcome o;

	pt_cache_selftest_fault(PTC_FAULT_RUN_PAGES, 1000000);
	o = ask_with_fault(test, PTC_FAULT_BLOCK_PAGES, 1000000, false);
	pt_cache_selftest_fault(PTC_FAULT_RUN_PAGES, 0);
	check(test, !o.fresh && !o.smaller && o.single >= SIZE, "%llu fresh, %llu smaller, %llu single",
	      o.fresh, o.smaller, o.single);
}

static void no_side_table(struct test *test)
{
	struct outcome o = ask_with_fault(test, PTC_FAULT_RECORDS, 1, true);

	check(test, o.leaked == 0, "%llu leaked", o.leaked);
	o = ask_with_fault(test, PTC_FAULT_INDEX, 1, true);
	check(test, o.leaked == 0, "%llu leaked", o.leaked);
}

static void split_fails_clean(struct test *test)
{
	struct outcome o = ask_with_fault(test, PTC_FAULT_SET_UC, 1, true);

	check(test, o.split_failed == 1, "%llu undone", o.split_failed);
	check(test, o.leaked == 0, "%llu leaked", o.leaked);
}

static void restore_fails_once(struct test *test)
{
	struct outcome o = ask_with_fault(test, PTC_FAULT_SET_WB, 1, true);

	check(test, o.split_failed == 0 && o.leaked == 0, "%llu undone, %llu leaked",
	      o.split_failed, o.leaked);
}

static void restore_fails_twice(struct test *test)
{
	struct outcome o = ask_with_fault(test, PTC_FAULT_SET_WB, 2, true);

	check(test, o.leaked == 512, "%llu pages leaked", o.leaked);
	check(test, o.split_failed == 0, "%llu undone", o.split_failed);
}

struct test supply_tests[] = {
	{ "without 2M pages tables come from smaller runs, as good as others", no_2m_page },
	{ "without any run they come from single pages, as good as others", single_pages_only },
	{ "without memory for side tables the pages go back, none is lost", no_side_table },
	{ "a split that fails is undone, and its pages go back", split_fails_clean },
	{ "a failure to restore write-back is tried again, and the block is used",
	  restore_fails_once },
	{ "a block that stays uncached is kept for good and counted", restore_fails_twice },
	{ }
};
