// SPDX-License-Identifier: GPL-2.0
/* Trees, one CPU at a time: against a model, without memory, and with bad input. */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "tree_model.h"

static struct completion map_ended;

static unsigned int tree_ops = 20000;
module_param(tree_ops, uint, 0400);
MODULE_PARM_DESC(tree_ops, "random operations on a tree, for each size of unit (20000)");

static u64 tree_seed;
module_param(tree_seed, ullong, 0400);
MODULE_PARM_DESC(tree_seed, "the random numbers to repeat (0: others each time)");

/* Not all at the beginning of a table of any level. */
#define BASE_4K		(5UL * SZ_1G + 0x1ffUL * SZ_2M)
#define BASE_2M		(0x1ffUL * SZ_1G)
#define UNITS		1536

static unsigned long table_of_entry(unsigned long va, enum pt_cache_level level)
{
	return va >> (12 + 9 * (level + 1));
}

/* A length: mostly a few units, sometimes whole tables. */
static unsigned long some_length(u64 *random, unsigned long max)
{
	unsigned long n;

	switch (random_below(random, 8)) {
	case 0:
		n = 512;
		break;
	case 1:
		n = 1 + random_below(random, 1100);
		break;
	default:
		n = 1 + random_below(random, 12);
	}
	return min(n, max);
}

/* Unmap all that a table of the window maps: tables come and go only where nothing is left. */
static void sweep(struct tree_model *model)
{
	unsigned long at = random_below(&model->random, model->nr / 512) * 512, end = at + 512;

	while (at < end) {
		unsigned long nr = min(model_run(model, at), end - at);

		if (xa_load(&model->units, at))
			model_unmap(model, at, nr);
		at += nr;
	}
}

/* Most operations are such as succeed: what is mapped here is unmapped, as far as it goes. */
static void random_operation(struct tree_model *model)
{
	u64 *random = &model->random;
	unsigned long at = random_below(random, model->nr), nr, to;
	bool map;

	if (!random_below(random, 16))
		sweep(model);
	if (!random_below(random, 3)) /* where a larger entry could begin */
		at = round_down(at, 512);
	map = !xa_load(&model->units, at);
	nr = some_length(random, model->nr - at);
	if (random_below(random, 4))
		nr = min(nr, model_run(model, at));
	else if (!random_below(random, 4))
		map = !map;
	if (!random_below(random, 4))
		pt_cache_selftest_fault_after(PTC_FAULT_TREE_TABLE, random_below(random, 2));
	if (map) {
		to = random_below(random, 1UL << 17); /* any machine has as many address bits */
		if (random_below(random, 2)) /* as a larger entry needs it */
			to = (to & ~511UL) | at % 512;
		model_map(model, at, nr, to, random_below(random, PROT_KINDS));
	} else {
		model_unmap(model, at, nr);
	}
	pt_cache_selftest_fault(PTC_FAULT_TREE_TABLE, 0);
	model_compare(model, at > 8 ? at - 8 : 0, min(nr + 16, model->nr - (at > 8 ? at - 8 : 0)));
}

static void against_model(struct test *test, unsigned int shift, unsigned long base,
			  unsigned long flags)
{
	struct tree_model *model = kmalloc(sizeof(*model), GFP_KERNEL);
	u64 seed = tree_seed ?: get_random_u32() | 1ULL;
	unsigned int i;

	if (!check(test, model, "no memory"))
		return;
	say("# tree_seed=%llu\n", seed);
	pr_info("tree_seed=%llu\n", seed); /* here, too, if it ends the machine */
	if (model_begin(model, test, shift, base, UNITS, flags)) {
		model->random = seed;
		for (i = 0; i < tree_ops && !test->failed; i++) {
			random_operation(model);
			if (i % 256 == 0) {
				model_compare(model, 0, model->nr);
				model_compare_raw(model);
			}
			cond_resched();
		}
		model_compare_raw(model);
		say("# %lu maps, %lu unmaps, %lu refused, %lu without memory\n", model->maps,
		    model->unmaps, model->refused, model->failed);
		check(test, model->failed > tree_ops / 1000, "%lu without memory", model->failed);
		check(test, model->refused > tree_ops / 50 && model->refused < tree_ops / 2,
		      "%lu refused", model->refused);
	}
	model_end(model);
	kfree(model);
}

static void pages_against_model(struct test *test)
{
	against_model(test, 12, BASE_4K, 0);
}

static void blocks_against_model(struct test *test)
{
	against_model(test, 21, BASE_2M, 0);
}

static void pages_alone_against_model(struct test *test)
{
	against_model(test, 12, BASE_4K, PT_CACHE_TREE_NO_PMD_BLOCKS);
}

struct count_by_level {
	unsigned long n[PT_CACHE_PGD + 1];
};

static int count_level(const struct pt_cache_mapping *mapping, void *data)
{
	((struct count_by_level *)data)->n[mapping->level]++;
	return 0;
}

/* "1G 2M 4K" leaves. */
static void check_leaves(struct tree_model *model, unsigned long puds, unsigned long pmds,
			 unsigned long ptes)
{
	struct count_by_level count = {};

	pt_cache_tree_walk(model->tree, model->base, model->nr << model->shift, count_level,
			   &count);
	check(model->test, count.n[PT_CACHE_PUD] == puds && count.n[PT_CACHE_PMD] == pmds &&
	      count.n[PT_CACHE_PTE] == ptes, "%lu of 1G, %lu of 2M, %lu of 4K, not %lu %lu %lu",
	      count.n[PT_CACHE_PUD], count.n[PT_CACHE_PMD], count.n[PT_CACHE_PTE], puds, pmds,
	      ptes);
}

/* Blocks where they fit, split where they are cut; a page table for each level that is there. */
static void blocks(struct test *test)
{
	const unsigned long gig = SZ_1G >> PAGE_SHIFT;
	struct tree_model *model = kmalloc(sizeof(*model), GFP_KERNEL);
	unsigned long tables, upper = pgtable_l5_enabled() ? 3 : 2;
	bool flushed = false;
	unsigned int i;
	int err;

	if (!check(test, model, "no memory"))
		return;
	/* not by the model's own map and unmap: a page for each of 262,144 would take long */
	if (!model_begin(model, test, PAGE_SHIFT, SZ_1G, 3 * gig, 0))
		goto end;
	err = pt_cache_tree_map(model->tree, SZ_1G, 4UL * SZ_1G, 2UL * SZ_1G, prot_of_kind(3));
	check(test, !err, "map: %d", err);
	check_leaves(model, 2, 0, 0);
	tables = tables_of(model->tree);
	check(test, tables == upper, "%lu tables for two leaves of 1G", tables);

	for (i = 0; i < 3; i++) { /* 1G to 2M to 4K: two tables */
		pt_cache_selftest_fault(PTC_FAULT_TREE_TABLE, i < 2);
		if (i == 1)
			pt_cache_selftest_fault_after(PTC_FAULT_TREE_TABLE, 1);
		err = pt_cache_tree_unmap(model->tree, SZ_1G + SZ_2M + SZ_4K, SZ_4K);
		check(test, err == (i < 2 ? -ENOMEM : 0), "unmap, failure %u: %d", i, err);
		if (i < 2)
			check_leaves(model, 2 - i, i * 512, 0);
		flushed |= model->flush_start <= SZ_1G && model->flush_end >= 2UL * SZ_1G;
	}
	check_leaves(model, 1, 511, 511);
	check(test, flushed, "what was split was not flushed");
	tables = tables_of(model->tree);
	check(test, tables == upper + 2, "%lu tables after one page", tables);

	/* from the middle of one to the middle of the other; what is empty has gone */
	err = pt_cache_tree_unmap(model->tree, SZ_1G + SZ_512M, SZ_1G);
	check(test, !err, "unmap: %d", err);
	check_leaves(model, 0, 255 + 256, 511);
	err = pt_cache_tree_unmap(model->tree, 2UL * SZ_1G + SZ_512M, SZ_512M);
	check(test, !err, "unmap: %d", err);
	tables = tables_of(model->tree);
	check(test, tables == upper + 2, "%lu tables with the second 1G gone", tables);

	/* a hole of one page at the end: nothing is unmapped */
	err = pt_cache_tree_unmap(model->tree, SZ_1G, SZ_2M + SZ_8K);
	check(test, err == -ENOENT, "unmap of a hole: %d", err);
	check_leaves(model, 0, 255, 511);
	/* and mapped over: nothing is mapped */
	err = pt_cache_tree_map(model->tree, SZ_1G + SZ_2M + SZ_4K, 0, SZ_8K, prot_of_kind(0));
	check(test, err == -EEXIST, "map of two pages where there is a hole of one: %d", err);
	check_leaves(model, 0, 255, 511);
end:
	model_end(model);
	kfree(model);
}

static void each_alloc_fails_once(struct test *test, struct tree_model *model, bool map,
				  unsigned long at, unsigned long nr, unsigned long to,
				  unsigned int allocations)
{
	unsigned int passes;
	int err;

	for (passes = 0; passes < 100; passes++) {
		pt_cache_selftest_fault_after(PTC_FAULT_TREE_TABLE, passes);
		err = map ? model_map(model, at, nr, to, 0) : model_unmap(model, at, nr);
		if (pt_cache_selftest_fault_waits(PTC_FAULT_TREE_TABLE))
			break;
		check(test, err == -ENOMEM, "allocation %u failed, and it says %d", passes, err);
		if (!model_compare(model, 0, model->nr) || !model_compare_raw(model))
			break;
	}
	pt_cache_selftest_fault(PTC_FAULT_TREE_TABLE, 0);
	check(test, !err && passes == allocations, "%u failures, not %u, then %d", passes,
	      allocations, err);
	model_compare_raw(model);
}

static void without_memory(struct test *test)
{
	struct tree_model *model = kmalloc(sizeof(*model), GFP_KERNEL);
	/* the border of two tables of each level but the highest is in the middle */
	unsigned long middle = 1UL << 39;

	if (!check(test, model, "no memory"))
		return;
	if (!model_begin(model, test, PAGE_SHIFT, middle - 3 * SZ_2M, 6 * 512, 0))
		goto end;
	each_alloc_fails_once(test, model, true, 3 * 512 - 2, 4, 7, pgtable_l5_enabled() ? 7 : 6);
	each_alloc_fails_once(test, model, true, 5, 512, 7, 2);
	each_alloc_fails_once(test, model, true, 3 * 512 + 2, 1022, 1, 1);
	model_unmap(model, 5, 512);
	each_alloc_fails_once(test, model, true, 0, 1024, 0, 0); /* two blocks ... */
	each_alloc_fails_once(test, model, false, 511, 2, 0, 2); /* ... that are both split */
	check(test, table_of_entry(model->base, PT_CACHE_PUD) !=
	      table_of_entry(model->base + (model->nr << PAGE_SHIFT) - 1, PT_CACHE_PUD),
	      "the window lies in one table");
end:
	model_end(model);
	kfree(model);
}

static void bad_input(struct test *test)
{
	const unsigned long last = pgtable_l5_enabled() ? 1UL << 57 : 1UL << 48;
	const struct {
		unsigned long va, pa, size;
		pgprot_t prot;
		int map, unmap;
	} bad[] = {
		{ 0,		0,	0,	prot_of_kind(0),	-EINVAL, -EINVAL },
		{ 1,		0,	SZ_4K,	prot_of_kind(0),	-EINVAL, -EINVAL },
		{ 0,		1,	SZ_4K,	prot_of_kind(0),	-EINVAL, -ENOENT },
		{ 0,		0,	1,	prot_of_kind(0),	-EINVAL, -EINVAL },
		{ 0,		0,	SZ_4K,	__pgprot(0),		-EINVAL, -ENOENT },
		{ 0,		0,	SZ_4K,	__pgprot(0x1001),	-EINVAL, -ENOENT },
		{ last,		0,	SZ_4K,	prot_of_kind(0),	-ERANGE, -ERANGE },
		{ last - SZ_4K,	0,	SZ_8K,	prot_of_kind(0),	-ERANGE, -ERANGE },
		{ SZ_4K,	0,	-SZ_4K,	prot_of_kind(0),	-ERANGE, -ERANGE },
		{ -SZ_4K,	0,	SZ_4K,	prot_of_kind(0),	-ERANGE, -ERANGE },
		{ -SZ_4K,	0,	SZ_8K,	prot_of_kind(0),	-ERANGE, -ERANGE },
		{ 0,		-SZ_4K,	SZ_4K,	prot_of_kind(0),	-ERANGE, -ENOENT },
		{ 0,		-SZ_4K,	SZ_8K,	prot_of_kind(0),	-ERANGE, -ENOENT },
		{ 0,		1UL << 52, SZ_4K, prot_of_kind(0),	-ERANGE, -ENOENT },
	};
	struct pt_cache_tree_attr attr = {};
	struct pt_cache_tree *tree;
	struct tree_model *model = kmalloc(sizeof(*model), GFP_KERNEL);
	struct pt_cache *pairs;
	int i, err;

	if (!check(test, model, "no memory"))
		return;
	if (!model_begin(model, test, PAGE_SHIFT, 0, 512, 0))
		goto end;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		err = pt_cache_tree_map(model->tree, bad[i].va, bad[i].pa, bad[i].size,
					bad[i].prot);
		check(test, err == bad[i].map, "map, case %d: %d", i, err);
		err = pt_cache_tree_unmap(model->tree, bad[i].va, bad[i].size);
		check(test, err == bad[i].unmap, "unmap, case %d: %d", i, err);
		check(test, tables_of(model->tree) == 1, "case %d left tables", i);
	}
	err = pt_cache_tree_map(model->tree, last - SZ_4K, 0, SZ_4K, prot_of_kind(0));
	check(test, !err, "the last page there is: %d", err);
	err = pt_cache_tree_unmap(model->tree, last - SZ_4K, SZ_4K);
	check(test, !err, "and unmapped: %d", err);

	tree = pt_cache_tree_create(NULL);
	check(test, PTR_ERR(tree) == -EINVAL, "no attributes: %ld", PTR_ERR(tree));
	tree = pt_cache_tree_create(&attr);
	check(test, PTR_ERR(tree) == -EINVAL, "no cache: %ld", PTR_ERR(tree));
	attr.cache = model->cache;
	attr.flags = 1UL << 7;
	tree = pt_cache_tree_create(&attr);
	check(test, PTR_ERR(tree) == -EINVAL, "an unknown flag: %ld", PTR_ERR(tree));
	pairs = new_cache(test, "pairs", 1, NUMA_NO_NODE);
	if (pairs) {
		attr.cache = pairs;
		attr.flags = 0;
		tree = pt_cache_tree_create(&attr);
		check(test, PTR_ERR(tree) == -EINVAL, "tables of two pages: %ld", PTR_ERR(tree));
		give_up(test, pairs);
	}
	attr.cache = model->cache;
	pt_cache_selftest_fault(PTC_FAULT_TREE_TABLE, 1);
	tree = pt_cache_tree_create(&attr);
	check(test, PTR_ERR(tree) == -ENOMEM, "no memory for the top: %ld", PTR_ERR(tree));
	check(test, !pt_cache_tree_destroy(NULL), "no tree cannot be destroyed");
end:
	model_end(model);
	kfree(model);
}

/* Does a range have a PTE table, and how many users, as `tables` would say? */
static int users_at(struct pt_cache_tree *tree, pmd_t *pmd)
{
	return pmd_none(*pmd) ? 0 : pt_cache_selftest_users(pmd_page(*pmd));
}

#define AT	(7UL * SZ_1G)
#define MANY	2000U	/* more than are clean */

static void users(struct test *test)
{
	struct tree_model *model = kmalloc(sizeof(*model), GFP_KERNEL);
	struct page *table, *spare;
	struct pt_cache_tree *tree;
	spinlock_t *ptl;
	pmd_t *pmd;
	pte_t *pte;
	int err;

	if (!check(test, model, "no memory"))
		return;
	if (!model_begin(model, test, PAGE_SHIFT, AT, 512, 0))
		goto end;
	tree = model->tree;
	pmd = pt_cache_tree_pmd_get(tree, AT);
	if (!check(test, !IS_ERR(pmd), "%ld", PTR_ERR(pmd)))
		goto end;
	check(test, !pt_cache_pte_try_get(tree, pmd), "a user of no table");
	check(test, !pt_cache_pte_get_unless_zero(pmd), "a user of no table");

	pt_cache_selftest_fault(PTC_FAULT_TREE_TABLE, 2);
	err = pt_cache_pte_alloc_get(tree, pmd);
	check(test, err == -ENOMEM && pmd_none(*pmd), "%d", err);
	pte = pt_cache_pte_alloc_get_map(tree, pmd, AT);
	check(test, !pte && pmd_none(*pmd), "a table without memory");
	err = pt_cache_pte_alloc_get(tree, pmd);
	check(test, !err && users_at(tree, pmd) == 1, "%d, %d users", err, users_at(tree, pmd));
	pt_cache_pte_get(pmd);
	pt_cache_pte_get_many(pmd, 5);
	check(test, pt_cache_pte_get_unless_zero(pmd), "there is a table");
	check(test, pt_cache_pte_try_get(tree, pmd), "there is a table");
	check(test, users_at(tree, pmd) == 9, "%d users", users_at(tree, pmd));
	pt_cache_pte_put_many(tree, pmd, AT, 8);
	check(test, users_at(tree, pmd) == 1, "%d users", users_at(tree, pmd));

	/* each mapping is one more */
	err = pt_cache_tree_map(tree, AT + SZ_4K, 0, 3 * SZ_4K, prot_of_kind(0));
	check(test, !err && users_at(tree, pmd) == 4, "%d, %d users", err, users_at(tree, pmd));
	pt_cache_pte_put(tree, pmd, AT);
	check(test, users_at(tree, pmd) == 3, "%d users", users_at(tree, pmd));
	pte = pt_cache_pte_alloc_get_map_lock(tree, pmd, AT, &ptl);
	if (check(test, pte && pte_none(*pte) && spin_is_locked(ptl), "no entry")) {
		__acquire(ptl); /* which sparse cannot see */
		WRITE_ONCE(*pte, pfn_pte(42, prot_of_kind(0)));
		pt_cache_pte_get(pmd);
		spin_unlock(ptl);
		pt_cache_pte_put(tree, pmd, AT);
	}
	check(test, users_at(tree, pmd) == 4, "%d users", users_at(tree, pmd));
	err = pt_cache_tree_map(tree, AT, 0, SZ_4K, prot_of_kind(0));
	check(test, err == -EEXIST, "the caller's own entry is not seen: %d", err);

	/* another one's table is not installed where there is one */
	spare = pt_cache_alloc_table(model->cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	table = spare;
	err = pt_cache_pmd_install_get(tree, pmd, &table);
	check(test, !err && table == spare && users_at(tree, pmd) == 5, "%d, %d users", err,
	      users_at(tree, pmd));
	pt_cache_pte_put(tree, pmd, AT);

	/* the last user goes, and the table with it */
	err = pt_cache_tree_unmap(tree, AT, 4 * SZ_4K);
	check(test, !err && pmd_none(*pmd), "%d, %d users", err, users_at(tree, pmd));
	err = pt_cache_pmd_install_get(tree, pmd, &table);
	check(test, !err && !table && pmd_page(*pmd) == spare && users_at(tree, pmd) == 1,
	      "%d, %d users", err, users_at(tree, pmd));
	pte = pt_cache_pte_alloc_get_map(tree, pmd, AT + SZ_4K);
	check(test, pte && virt_to_page(pte) == spare, "another table's entry");
	pt_cache_pte_put_many(tree, pmd, AT, 2);
	check(test, pmd_none(*pmd), "%d users", users_at(tree, pmd));

	/* a block is in the way of a table */
	err = pt_cache_tree_map(tree, AT, 0, SZ_2M, prot_of_kind(0));
	check(test, !err, "%d", err);
	check(test, pt_cache_pte_alloc_get(tree, pmd) == -EEXIST, "a table where 2M are mapped");
	check(test, !pt_cache_pte_alloc_get_map(tree, pmd, AT), "an entry where 2M are mapped");
	check(test, !pt_cache_pte_try_get(tree, pmd), "a user where 2M are mapped");
	pt_cache_tree_pmd_put(tree, AT);
	err = pt_cache_tree_unmap(tree, AT, SZ_2M);
	check(test, !err && tables_of(tree) == 1, "%d, %lu tables are left", err, tables_of(tree));

	pt_cache_selftest_fault_after(PTC_FAULT_TREE_TABLE, 1);
	pmd = pt_cache_tree_pmd_get(tree, AT);
	check(test, PTR_ERR(pmd) == -ENOMEM && tables_of(tree) == 1, "%d, %lu tables are left",
	      PTR_ERR_OR_ZERO(pmd), tables_of(tree));
	pmd = pt_cache_tree_pmd_get(tree, -SZ_4K);
	check(test, PTR_ERR(pmd) == -ERANGE, "%d", PTR_ERR_OR_ZERO(pmd));
end:
	model_end(model);
	kfree(model);
}

static void bad_puts(struct test *test)
{
	struct tree_model *model = kmalloc(sizeof(*model), GFP_KERNEL);
	u64 before = count_of("bad_put"), bad;
	struct pt_cache_tree *tree;
	struct page *table;
	pmd_t *pmd;
	int err;

	if (!check(test, model, "no memory"))
		return;
	if (!model_begin(model, test, PAGE_SHIFT, AT, 512, 0))
		goto end;
	tree = model->tree;
	pmd = pt_cache_tree_pmd_get(tree, AT);
	if (!check(test, !IS_ERR(pmd), "%ld", PTR_ERR(pmd)))
		goto end;
	expect_warning("pte_refuse");
	pt_cache_pte_put(tree, pmd, AT);
	expect_end();
	pt_cache_pte_get(pmd);
	pt_cache_tree_pmd_put(tree, AT + 4UL * SZ_1G);
	pt_cache_tree_pmd_put(tree, -SZ_4K);
	check(test, pmd_none(*pmd) && count_of("bad_put") == before + 4, "%llu counted",
	      count_of("bad_put") - before);

	model_map(model, 3, 2, 3, 0);
	expect_warning("users_refuse_put");
	pt_cache_pte_put_many(tree, pmd, AT, 3);
	expect_end();
	pt_cache_pte_get_many(pmd, INT_MAX);
	check(test, users_at(tree, pmd) == 2 && count_of("bad_put") == before + 6, "%d users",
	      users_at(tree, pmd));

	/* a table of the tree is not given back by hand, nor is what is free installed */
	bad = count_of("bad_free");
	expect_warning("free_refuse");
	pt_cache_free_table_zeroed(model->cache, pmd_page(*pmd));
	expect_end();
	check(test, count_of("bad_free") == bad + 1 && users_at(tree, pmd) == 2, "freed");
	model_unmap(model, 3, 2);
	table = pt_cache_alloc_table(model->cache, NULL, PT_CACHE_PMD, GFP_KERNEL);
	expect_warning("pt_cache_pmd_install_get");
	err = pt_cache_pmd_install_get(tree, pmd, &table);
	expect_end();
	check(test, err == -EINVAL && pmd_none(*pmd), "a PMD table installed as one of PTEs: %d",
	      err);
	pt_cache_free_table_zeroed(model->cache, table);
	err = pt_cache_pmd_install_get(tree, pmd, &table);
	check(test, err == -EINVAL && pmd_none(*pmd), "a free table installed: %d", err);

	/* the tree cannot go while somebody uses a table of it */
	err = pt_cache_pte_alloc_get(tree, pmd);
	check(test, !err, "%d", err);
	expect_warning("pt_cache_tree_destroy");
	err = pt_cache_tree_destroy(tree);
	expect_end();
	check(test, err == -EBUSY && users_at(tree, pmd) == 1, "%d", err);
	pt_cache_pte_put(tree, pmd, AT);
	pt_cache_tree_pmd_put(tree, AT);
end:
	model_end(model);
	kfree(model);
}

/* Take tables until this one comes again; each must be zero. */
static void take_until(struct test *test, struct pt_cache *cache, const struct page *wanted)
{
	struct page **pages = kvcalloc(MANY, sizeof(*pages), GFP_KERNEL);
	unsigned int nr = 0;
	bool found = false;

	if (!check(test, pages, "no memory"))
		return;
	while (nr < MANY && !found) {
		struct page *page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);

		if (!check(test, page, "no table"))
			break;
		check(test, table_is_zero(page, 0), "pfn %#lx", page_to_pfn(page));
		found = page == wanted;
		pages[nr++] = page;
	}
	check(test, found, "it does not come again");
	pt_cache_free_bulk(cache, nr, pages);
	kvfree(pages);
}

/* A caller's put too many takes the user of an entry: the table goes with that entry in it. */
static void put_too_many(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "toomany", 0, NUMA_NO_NODE);
	const struct pt_cache_tree_attr attr = { .cache = cache };
	u64 bad = count_of("bad_put");
	struct pt_cache_tree *tree;
	struct page *table = NULL;
	pmd_t *pmd;
	int err;

	if (!cache)
		return;
	tree = pt_cache_tree_create(&attr);
	pmd = IS_ERR(tree) ? ERR_CAST(tree) : pt_cache_tree_pmd_get(tree, AT);
	if (check(test, !IS_ERR(pmd), "%ld", PTR_ERR(pmd))) {
		err = pt_cache_tree_map(tree, AT, 0, SZ_4K, prot_of_kind(0));
		check(test, !err, "%d", err);
		table = pmd_page(*pmd);
		pt_cache_pte_put(tree, pmd, AT);
		check(test, pmd_none(*pmd), "%d users", users_at(tree, pmd));
		pt_cache_tree_pmd_put(tree, AT);
	}
	if (!IS_ERR(tree))
		check(test, !pt_cache_tree_destroy(tree), "the tree stays");
	check(test, count_of("bad_put") == bad, "it was told from a good one");
	if (table)
		take_until(test, cache, table);
	give_up(test, cache);
}

static int map_much(void *data)
{
	struct tree_model *model = data;
	int err;

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	/* a gigabyte of tables, if nobody looked */
	err = pt_cache_tree_map(model->tree, 0, 0, 512UL * SZ_1G, prot_of_kind(0));
	check(model->test, err == -EINTR, "%d", err);
	complete(&map_ended);
	return 0;
}

/* What a killed task maps comes to an end, and to nothing. */
static void killed(struct test *test)
{
	struct tree_model *model = kmalloc(sizeof(*model), GFP_KERNEL);
	struct task_struct *task;

	if (!check(test, model, "no memory"))
		return;
	if (model_begin(model, test, PAGE_SHIFT, AT, 512, PT_CACHE_TREE_NO_PMD_BLOCKS)) {
		init_completion(&map_ended);
		task = kthread_run(map_much, model, "ptc_killed");
		if (check(test, !IS_ERR(task), "%ld", PTR_ERR(task)))
			wait_for_completion(&map_ended);
		check(test, tables_of(model->tree) == 1, "%lu tables are left",
		      tables_of(model->tree));
	}
	model_end(model);
	kfree(model);
}

/* The tables of a tree are its mm's, and of their levels. */
static void owner(struct test *test)
{
	struct pt_cache_tree_attr attr = { .mm = current->mm };
	struct pt_cache *cache = new_cache(test, "owned", 0, NUMA_NO_NODE);
	struct pt_cache_tree *tree;
	int err;

	if (!cache)
		return;
	attr.cache = cache;
	tree = pt_cache_tree_create(&attr);
	if (check(test, !IS_ERR(tree), "%ld", PTR_ERR(tree))) {
		err = pt_cache_tree_map(tree, AT, 0, SZ_4K, prot_of_kind(0));
		check(test, !err, "%d", err);
		check(test, pt_cache_table_owner(pt_cache_tree_top(tree)) == current->mm,
		      "the top is another one's");
		err = pt_cache_tree_destroy(tree);
		check(test, !err, "%d", err);
	}
	give_up(test, cache);
}

struct test tree_tests[] = {
	{ "pages: the tree maps what a model of it maps", pages_against_model },
	{ "2M and 1G: the tree maps what a model of it maps", blocks_against_model },
	{ "no blocks: the tree maps what a model of it maps", pages_alone_against_model },
	{ "blocks of 2M and 1G are mapped where they fit, and split where they are cut", blocks },
	{ "each allocation on the way may fail, and nothing has changed", without_memory },
	{ "bad input is refused, and nothing changes", bad_input },
	{ "a table lives as long as it has users", users },
	{ "a user that nobody took is not put", bad_puts },
	{ "a table that one put too many has removed comes again as zeroes", put_too_many },
	{ "what a killed task maps comes to an end, and to nothing", killed },
	{ "the tables of a tree are its mm's", owner },
	{ }
};
