// SPDX-License-Identifier: GPL-2.0
/*
 * verify_zero=1 against a caller that breaks its word. After this suite no table is recycled any
 * more, so it wants pt_cache.ko loaded for itself.
 */
#include <linux/err.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "selftest.h"

static void broken_promise(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "liar", 0, NUMA_NO_NODE);
	struct page *page, *next, *pages[200];
	u64 dirty = count_of("non_zero"), gone = count_of("quarantined_pages");
	unsigned int i, got;

	pt_cache_selftest_verify(true);
	got = pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, ARRAY_SIZE(pages), pages);
	check(test, got == ARRAY_SIZE(pages), "%u", got);
	check(test, count_of("non_zero") == dirty, "a clean table was found dirty");
	page = pages[0];
	((u64 *)page_address(page))[511] = 0x8000000000000067ULL;
	pt_cache_free_table_zeroed(cache, page); /* it is not */
	next = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	check(test, next && next != page, "the dirty table was handed out");
	check(test, next && table_is_zero(next, 0), "another dirty one was");
	check(test, count_of("non_zero") == dirty + 1, "%llu found", count_of("non_zero") - dirty);
	check(test, count_of("quarantined_pages") == gone + 1, "%llu in quarantine",
	      count_of("quarantined_pages") - gone);

	/* recycling is off: what was used before does not come again, zero or not */
	pages[0] = next;
	for (i = 0; i < got; i++) {
		memset(page_address(pages[i]), 0, PAGE_SIZE);
		pt_cache_free_table(cache, pages[i]);
	}
	for (i = 0; i < got; i++) {
		struct page *fresh = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
		int used;

		if (!check(test, fresh, "table %u", i))
			break;
		for (used = 0; used < got; used++)
			if (!check(test, fresh != pages[used], "pfn %#lx came again",
				   page_to_pfn(fresh)))
				break;
		check(test, fresh != page, "the quarantined table came again");
		pt_cache_free_table(cache, fresh);
	}
	pt_cache_selftest_verify(false);
	give_up(test, cache);
}

/* An entry that no user stands for: the table of a tree goes with it still in. */
static void entry_without_user(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "treeliar", 0, NUMA_NO_NODE);
	struct pt_cache_tree_attr attr = { .cache = cache };
	u64 dirty = count_of("non_zero"), gone = count_of("quarantined_pages");
	const unsigned long va = 5UL << PMD_SHIFT;
	struct pt_cache_tree *tree;
	pmd_t *pmd;
	pte_t *pte;

	pt_cache_selftest_verify(true);
	tree = pt_cache_tree_create(&attr);
	pmd = IS_ERR(tree) ? ERR_CAST(tree) : pt_cache_tree_pmd_get(tree, va);
	if (check(test, !IS_ERR(pmd), "%ld", PTR_ERR(pmd))) {
		pte = pt_cache_pte_alloc_get_map(tree, pmd, va);
		if (check(test, pte, "no table"))
			WRITE_ONCE(*pte, pfn_pte(42, PAGE_KERNEL)); /* and no pt_cache_pte_get() */
		pt_cache_pte_put(tree, pmd, va);
		pt_cache_tree_pmd_put(tree, va);
		rcu_barrier();
		check(test, count_of("non_zero") == dirty + 1, "%llu found",
		      count_of("non_zero") - dirty);
		check(test, count_of("quarantined_pages") == gone + 1, "%llu in quarantine",
		      count_of("quarantined_pages") - gone);
	}
	if (!IS_ERR(tree))
		check(test, !pt_cache_tree_destroy(tree), "the tree stays");
	pt_cache_selftest_verify(false);
	give_up(test, cache);
}

struct test verify_tests[] = {
	{ "a table that is not zero is quarantined, and recycling ends", broken_promise },
	{ "a table of a tree with an entry that no user stands for is quarantined",
	  entry_without_user },
	{ }
};
