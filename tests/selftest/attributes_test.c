// SPDX-License-Identifier: GPL-2.0
/*
 * Holders that change the attributes of a table and free it like that: by set_memory_uc(), which
 * the kernel notes in the page's flags, or by hand, which it does not know of. Such a table is not
 * handed out again, not written to, and not given to the page allocator. In the end each is put
 * right and freed, so that the machine is sound after these tests.
 */
#include <linux/err.h>
#include <linux/pgtable.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <asm/memtype.h>

#include "selftest.h"

#define AT_ONCE		5U
#define MANY		2000U	/* more tables than are clean */

/* Without its block, which has gone, it is a page like any other, if nobody has freed it. */
static void check_kept(struct test *test, struct page *page, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < 1U << order; i++) {
		if (check(test, page_count(page + i) == 1, "pfn %#lx: %d references",
			  page_to_pfn(page + i), page_count(page + i)))
			__free_page(page + i);
	}
}

static u64 kept_pages(void)
{
	return count_of("misattributed_pages");
}

/* Take tables until so many pages are kept, or until there have been too many. */
static void take_until_kept(struct test *test, struct pt_cache *cache, u64 kept,
			    const struct page *never)
{
	struct page **pages = kvcalloc(MANY, sizeof(*pages), GFP_KERNEL);
	unsigned int nr = 0;

	if (!check(test, pages, "no memory"))
		return;
	while (nr < MANY && kept_pages() < kept) {
		pages[nr] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
		if (!check(test, pages[nr], "no table"))
			break;
		check(test, pages[nr] != never, "pfn %#lx came again", page_to_pfn(never));
		nr++;
	}
	while (nr)
		pt_cache_free_table(cache, pages[--nr]);
	kvfree(pages);
}

struct way {
	const char *name;
	void (*one)(struct pt_cache *cache, struct page *page);
	void (*bulk)(struct pt_cache *cache, unsigned int nr, struct page **pages);
};

static const struct way ways[] = {
	{ "as it is", .one = pt_cache_free_table },
	{ "as zeroed", .one = pt_cache_free_table_zeroed },
	{ "in bulk", .bulk = pt_cache_free_bulk },
	{ "in bulk, as zeroed", .bulk = pt_cache_free_bulk_zeroed },
};

static void free_by(const struct way *way, struct pt_cache *cache, struct page **pages)
{
	unsigned int i;

	if (way->bulk)
		way->bulk(cache, AT_ONCE, pages);
	for (i = 0; way->one && i < AT_ONCE; i++)
		way->one(cache, pages[i]);
}

/* One of the tables freed together has a page that is uncached: its last. */
static void free_uncached(struct test *test, const struct way *way, unsigned int order)
{
	struct pt_cache *cache = new_cache(test, "uncached", order, NUMA_NO_NODE);
	u64 kept = kept_pages(), quarantined = count_of("quarantined_pages");
	struct page *pages[AT_ONCE] = {};
	unsigned long addr;
	unsigned int got;
	int err = 0;

	if (!cache)
		return;
	got = pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, AT_ONCE, pages);
	if (!check(test, got == AT_ONCE, "%u tables", got)) {
		pt_cache_free_bulk(cache, got, pages);
		give_up(test, cache);
		return;
	}
	addr = (unsigned long)page_address(pages[2]) + (PAGE_SIZE << order) - PAGE_SIZE;
	err = set_memory_uc(addr, 1);
	check(test, !err, "set_memory_uc: %d", err);
	free_by(way, cache, pages);
	check(test, kept_pages() == kept + (1UL << order), "order %u, %s: %llu pages are kept",
	      order, way->name, kept_pages() - kept);
	check(test, count_of("quarantined_pages") == quarantined + (1UL << order),
	      "order %u, %s: %llu pages are quarantined", order, way->name,
	      count_of("quarantined_pages") - quarantined);
	if (!order)
		take_until_kept(test, cache, U64_MAX, pages[2]);
	give_up(test, cache);
	err = set_memory_wb(addr, 1);
	if (check(test, !err, "set_memory_wb: %d", err))
		check_kept(test, pages[2], order);
}

static void uncached(struct test *test)
{
	static const unsigned int orders[] = { 0, 1, 5 };
	unsigned int i, j;

	if (!pat_enabled()) {
		test->skipped = "the kernel keeps no account of memory types without PAT";
		return;
	}
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		for (j = 0; j < ARRAY_SIZE(orders); j++)
			free_uncached(test, &ways[i], orders[j]);
}

/* A cache, and a table of it that was changed by hand, with something in it. */
static struct pt_cache *begin(struct test *test, struct changed *changed, struct page **page,
			      pteval_t bits)
{
	struct pt_cache *cache = new_cache(test, "changed", 0, NUMA_NO_NODE);

	if (!cache)
		return NULL;
	*page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	if (check(test, *page, "no table")) {
		*(u64 *)page_address(*page) = 1;
		if (change_entry(test, changed, *page, bits))
			return cache;
		pt_cache_free_table(cache, *page);
	}
	give_up(test, cache);
	return NULL;
}

/* The block goes, and the page stays. */
static void end(struct test *test, struct pt_cache *cache, const struct changed *changed,
		struct page *page, u64 kept)
{
	give_up(test, cache);
	check(test, kept_pages() == kept, "%llu pages are kept, not %llu", kept_pages(), kept);
	restore_entry(changed);
	check_kept(test, page, 0);
}

static void the_worker_clears(struct test *test, pteval_t bits)
{
	u64 kept = kept_pages() + 1;
	struct changed changed;
	struct pt_cache *cache;
	struct page *page;

	cache = begin(test, &changed, &page, bits);
	if (!cache)
		return;
	pt_cache_free_bulk(cache, 1, &page); /* the node's at once, not the magazine's */
	pt_cache_selftest_collect(true);
	check(test, kept_pages() == kept, "the worker kept none");
	end(test, cache, &changed, page, kept);
}

static void a_caller_clears(struct test *test, pteval_t bits)
{
	u64 kept = kept_pages() + 1;
	struct changed changed;
	struct pt_cache *cache;
	struct page *page;

	pt_cache_selftest_adopt(false); /* or the worker would see to it that none runs short */
	cache = begin(test, &changed, &page, bits);
	if (cache) {
		pt_cache_free_table(cache, page);
		take_until_kept(test, cache, kept, page);
		end(test, cache, &changed, page, kept);
	}
	pt_cache_selftest_adopt(true);
}

static void clearing(struct test *test)
{
	the_worker_clears(test, _PAGE_RW | _PAGE_DIRTY);
	a_caller_clears(test, _PAGE_RW | _PAGE_DIRTY);
	the_worker_clears(test, _PAGE_PRESENT);
	a_caller_clears(test, _PAGE_PRESENT);
}

/* Freed as zeroed: nobody looks at it before it leaves. */
static void leaving(struct test *test)
{
	u64 kept = kept_pages() + 1;
	struct changed changed;
	struct pt_cache *cache;
	struct page *page;

	cache = begin(test, &changed, &page, _PAGE_RW | _PAGE_DIRTY);
	if (!cache)
		return;
	pt_cache_free_table_zeroed(cache, page);
	end(test, cache, &changed, page, kept);
}

/* As leaving(), but verify_zero=1 looks first: what is not present cannot be read. */
static void verifying(struct test *test)
{
	u64 kept = kept_pages() + 1, non_zero = count_of("non_zero");
	struct changed changed;
	struct pt_cache *cache;
	struct page *page;

	pt_cache_selftest_verify(true);
	cache = begin(test, &changed, &page, _PAGE_PRESENT);
	if (cache) {
		pt_cache_free_table_zeroed(cache, page);
		take_until_kept(test, cache, kept, page);
		end(test, cache, &changed, page, kept);
		check(test, count_of("non_zero") == non_zero, "it is taken for a dirty one");
	}
	pt_cache_selftest_verify(false);
}

struct test attributes_tests[] = {
	{ "a table that comes back uncached, by whichever way, is nobody's any more", uncached },
	{ "a table that comes back read-only or not present is not cleared", clearing },
	{ "a page that is not as it came does not go to the page allocator with its block",
	  leaving },
	{ "verify_zero=1 does not touch what it may not", verifying },
	{ }
};
