// SPDX-License-Identifier: GPL-2.0
/* What every table that is handed out is like. */
#include <linux/nodemask.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/topology.h>

#include "selftest.h"

#define MANY 1500

static void every_order(struct test *test)
{
	struct pt_cache *single = new_cache(test, "beside", 0, NUMA_NO_NODE);
	/* with a table out, runs do not begin at the start of a block, aligned by chance */
	struct page *beside = pt_cache_alloc_table(single, NULL, PT_CACHE_PTE, GFP_KERNEL);
	struct page *pages[4];
	unsigned int order, i, round;

	for (order = 0; order <= PT_CACHE_ORDER_MAX; order++) {
		struct pt_cache *cache = new_cache(test, "orders", order, NUMA_NO_NODE);

		if (!cache)
			return;
		for (round = 0; round < 3; round++) {
			for (i = 0; i < ARRAY_SIZE(pages); i++) {
				pages[i] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE,
								GFP_KERNEL);
				if (!check(test, pages[i], "order %u", order))
					break;
				check_table(test, pages[i], order);
				memset(page_address(pages[i]), 0xa5, PAGE_SIZE << order);
			}
			while (i--)
				pt_cache_free_table(cache, pages[i]);
		}
		give_up(test, cache);
	}
	pt_cache_free_table(single, beside);
	give_up(test, single);
}

static int by_address(const void *a, const void *b)
{
	const struct page *x = *(struct page * const *)a, *y = *(struct page * const *)b;

	return x < y ? -1 : x > y;
}

static void no_table_twice(struct test *test)
{
	struct pt_cache *single = new_cache(test, "twice0", 0, NUMA_NO_NODE);
	struct pt_cache *pair = new_cache(test, "twice1", 1, NUMA_NO_NODE);
	struct page **singles = kvcalloc(MANY, sizeof(*singles), GFP_KERNEL);
	struct page **pairs = kvcalloc(MANY, sizeof(*pairs), GFP_KERNEL);
	struct page **all = kvcalloc(3 * MANY, sizeof(*all), GFP_KERNEL);
	unsigned int i, n = 0, nr_singles, nr_pairs;

	/* in turns, so that the two orders share blocks */
	nr_singles = pt_cache_alloc_bulk(single, NULL, PT_CACHE_PTE, GFP_KERNEL, MANY / 2, singles);
	nr_pairs = pt_cache_alloc_bulk(pair, NULL, PT_CACHE_PGD, GFP_KERNEL, MANY, pairs);
	nr_singles += pt_cache_alloc_bulk(single, NULL, PT_CACHE_PTE, GFP_KERNEL,
					  MANY - nr_singles, singles + nr_singles);
	check(test, nr_singles == MANY && nr_pairs == MANY, "%u and %u", nr_singles, nr_pairs);
	for (i = 0; i < nr_singles; i++)
		all[n++] = singles[i];
	for (i = 0; i < nr_pairs; i++) {
		all[n++] = pairs[i];
		all[n++] = pairs[i] + 1;
	}
	sort(all, n, sizeof(*all), by_address, NULL);
	for (i = 1; i < n; i++)
		if (!check(test, all[i] != all[i - 1], "pfn %#lx", page_to_pfn(all[i])))
			break;

	pt_cache_free_bulk_zeroed(single, nr_singles, singles);
	pt_cache_free_bulk_zeroed(pair, nr_pairs, pairs);
	give_up(test, single);
	give_up(test, pair);
	kvfree(singles);
	kvfree(pairs);
	kvfree(all);
}

static void recycled_is_zero(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "recycled", 0, NUMA_NO_NODE);
	struct page **pages = kvcalloc(MANY, sizeof(*pages), GFP_KERNEL);
	unsigned int round, i, got, dirty = 0;

	for (round = 0; cache && round < 4; round++) {
		got = pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, MANY, pages);
		check(test, got == MANY, "%u", got);
		for (i = 0; i < got; i++) {
			u64 *entries = page_address(pages[i]);

			if (!table_is_zero(pages[i], 0))
				dirty++;
			entries[i % 512] = ~0ULL;
			if (i & 1) { /* half of them keep their word and come back zero */
				entries[i % 512] = 0;
				pt_cache_free_table_zeroed(cache, pages[i]);
			} else {
				pt_cache_free_table(cache, pages[i]);
			}
		}
	}
	check(test, !dirty, "%u of %u tables", dirty, 4 * MANY);
	give_up(test, cache);
	kvfree(pages);
}

static void owner_is_recorded(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "owner", 0, NUMA_NO_NODE);
	struct mm_struct *mm = current->mm; /* insmod's */
	struct page *page;

	page = pt_cache_alloc_table(cache, mm, PT_CACHE_PMD, GFP_KERNEL);
	check(test, page && pt_cache_table_owner(page) == mm, "owner");
	pt_cache_free_table(cache, page);
	check(test, !pt_cache_table_owner(page), "owner after the free");
	check(test, !pt_cache_table_owner(virt_to_page(mm)), "owner of a page that is no table");
	page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PMD, GFP_KERNEL);
	check(test, page && !pt_cache_table_owner(page), "owner of a table without an mm");
	pt_cache_free_table(cache, page);
	give_up(test, cache);
}

static void from_its_node(struct test *test)
{
	struct page *pages[64];
	int nid, nodes = 0;

	for_each_node_state(nid, N_MEMORY) {
		struct pt_cache *cache = new_cache(test, "node", 0, nid);
		unsigned int i, got;

		nodes++;
		got = pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, 64, pages);
		check(test, got == 64, "%u of 64 on node %d", got, nid);
		for (i = 0; i < got; i++)
			check(test, page_to_nid(pages[i]) == nid, "node %d for %d",
			      page_to_nid(pages[i]), nid);
		pt_cache_free_bulk(cache, got, pages);
		give_up(test, cache);
	}
	if (nodes < 2)
		test->skipped = "one node only";
}

static void from_the_local_node(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "local", 0, NUMA_NO_NODE);
	struct page *page;
	int nid, i;

	for (i = 0; i < 100; i++) {
		migrate_disable(); /* the node that is local must be so until the answer */
		nid = numa_mem_id();
		page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
		migrate_enable();
		if (!check(test, page, "table %d", i))
			break;
		check(test, page_to_nid(page) == nid, "node %d for %d", page_to_nid(page), nid);
		pt_cache_free_table_zeroed(cache, page);
		cond_resched();
	}
	give_up(test, cache);
}

static struct {
	struct pt_cache *cache;
	struct page *page;
} far;

/* On a CPU of another node: what it frees there must not be what it gets next. */
static void free_and_take(void *unused)
{
	pt_cache_free_table_zeroed(far.cache, far.page);
	far.page = pt_cache_alloc_table(far.cache, NULL, PT_CACHE_PTE, GFP_ATOMIC);
}

static void goes_home(struct test *test)
{
	unsigned int cpu;

	far.cache = new_cache(test, "far", 0, NUMA_NO_NODE);
	far.page = pt_cache_alloc_table(far.cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	for_each_online_cpu(cpu)
		if (cpu_to_mem(cpu) != page_to_nid(far.page))
			break;
	if (cpu < nr_cpu_ids) {
		smp_call_function_single(cpu, free_and_take, NULL, true);
		check(test, far.page && page_to_nid(far.page) == cpu_to_mem(cpu), "cpu %u", cpu);
	} else {
		test->skipped = "one node only";
	}
	if (far.page)
		pt_cache_free_table(far.cache, far.page);
	give_up(test, far.cache);
}

static void blocks_are_shared(struct test *test)
{
	struct pt_cache *one = new_cache(test, "share1", 0, NUMA_NO_NODE);
	struct pt_cache *two = new_cache(test, "share2", 0, NUMA_NO_NODE);
	struct page *page = pt_cache_alloc_table(one, NULL, PT_CACHE_PTE, GFP_KERNEL);
	u64 fresh = count_of("fresh");
	struct page *other = pt_cache_alloc_table(two, NULL, PT_CACHE_PTE, GFP_KERNEL);

	check(test, page && other, "tables");
	check(test, count_of("fresh") == fresh || page_to_nid(page) != page_to_nid(other),
	      "the second cache made a block of its own");
	pt_cache_free_table(one, page);
	pt_cache_free_table(two, other);
	give_up(test, one);
	give_up(test, two);
}

struct test alloc_tests[] = {
	{ "a table of any order is zero, aligned, and mapped by write-back PTEs", every_order },
	{ "no page is in two tables at once, of whatever orders", no_table_twice },
	{ "a recycled table is zero, whatever was in it", recycled_is_zero },
	{ "a table's owner is recorded, and forgotten when it is freed", owner_is_recorded },
	{ "a cache for a node hands out tables of that node alone", from_its_node },
	{ "a cache for no node hands out tables of the CPU's node", from_the_local_node },
	{ "a table freed on another node goes home", goes_home },
	{ "caches of one policy share their blocks", blocks_are_shared },
	{ }
};
