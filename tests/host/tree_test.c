// SPDX-License-Identifier: GPL-2.0
/*
 * Trees of page tables, unchanged, of four levels and of five, against a model: a sorted list of
 * what is mapped. Hardware walks each tree by itself, at any moment, and remembers translations and
 * the ways to tables until the tree's flush names them; nothing that it remembers is stale when an
 * operation has returned, and no table is given back to which it knows a way.
 *
 * First one CPU at a time, with all that others may do between any two accesses of its: hardware
 * that walks, a whole operation on another CPU, at each access in turn (tree_steps.c). Then with
 * threads (tree_threads.c).
 *
 * False here: the cache that the tables come from, see tree_world.h.
 *
 * Usage: tree_test [SEED [OPERATIONS [ROUNDS]]]: so many random operations on each tree, so many
 * rounds of each thread; with 0 operations the threads alone.
 */
#include <stdlib.h>

#include "alloc/cache.h"
#include "alloc/verify.h"
#include "counters.h"
#include "tree_steps.h"
#include "tree_threads.h"

/* ---- random operations ---- */

static const unsigned long prots[] = {
	MANUAL_PRESENT | MANUAL_WRITABLE | MANUAL_NO_EXECUTE,
	MANUAL_PRESENT | MANUAL_NO_EXECUTE | MANUAL_ACCESSED,
	MANUAL_PRESENT | MANUAL_USER | 1UL << 9,
	MANUAL_PRESENT | MANUAL_WRITABLE | MANUAL_PAT_OF_PTE | MANUAL_DIRTY,
};

/* Around these, borders of tables of all levels are crossed. */
static unsigned long some_base(void)
{
	switch (below(6)) {
	case 0:
		return 0;
	case 1:
		return 5 * SZ_1G + 511 * SZ_2M;
	case 2:
		return SZ_512G - SZ_1G;
	case 3:
		return SZ_512G - 3 * SZ_2M;
	case 4:
		return tree_end() / 2 - SZ_2M - 5 * SZ_4K;
	default:
		return tree_end() - 4 * SZ_1G;
	}
}

static unsigned long some_address(void)
{
	unsigned long va = some_base();

	switch (below(5)) {
	case 0:
		return va + below(4) * SZ_1G;
	case 1:
		return va + below(6) * SZ_2M;
	case 2:
		return ((va + below(3) * SZ_1G) & ~(SZ_1G - 1)) + below(3) * SZ_2M;
	default:
		return va + below(1536) * SZ_4K;
	}
}

static unsigned long some_size(unsigned long va)
{
	unsigned long size, most = tree_end() - va;

	switch (below(12)) {
	case 0:
		size = SZ_2M;
		break;
	case 1:
		size = (1 + below(1100)) * SZ_4K;
		break;
	case 2:
		size = (1 + below(3)) * SZ_1G;
		break;
	case 3:
		size = (1 + below(1000)) * SZ_2M;
		break;
	case 4: /* up to the next large border, and a bit more */
		size = (SZ_1G - (va & (SZ_1G - 1))) + below(3) * SZ_4K;
		break;
	case 5:
		size = (SZ_2M - (va & (SZ_2M - 1))) + below(3) * SZ_4K;
		break;
	default:
		size = (1 + below(12)) * SZ_4K;
	}
	if (m.flags & PT_CACHE_TREE_NO_PMD_BLOCKS)
		size = min(size, 1100 * SZ_4K);
	return min(size, most);
}

/* What needs as few tables as can be, and most often as large mappings as can be. */
static unsigned long some_target(unsigned long va, unsigned long size)
{
	unsigned long pa = below(1UL << 14) * SZ_1G + below(SZ_1G / SZ_4K) * SZ_4K;

	if (size > 64 * SZ_2M || below(2))
		return (pa & ~(SZ_1G - 1)) | (va & (SZ_1G - 1));
	if (size > 4 * SZ_2M || below(2))
		return (pa & ~(SZ_2M - 1)) | (va & (SZ_2M - 1));
	return pa;
}

static struct operation map_or_unmap(void)
{
	struct operation op = { .prot = prots[below(4)] };

	if (m.nr && below(3)) { /* in what is there, or right behind it */
		const struct translation *leaf = &m.leaves[below(m.nr)];

		op.va = leaf->va + (below(2) ? 0 : below(leaf->size / SZ_4K + 1) * SZ_4K);
		if (op.va == tree_end())
			op.va -= SZ_4K;
	} else {
		op.va = some_address();
	}
	op.what = leaf_of(op.va) ? UNMAP : MAP;
	op.size = some_size(op.va);
	if (below(8)) /* most are such as succeed */
		op.size = min(op.size, run_of(op.va));
	else if (!below(4))
		op.what = op.what == MAP ? UNMAP : MAP;
	op.pa = some_target(op.va, op.size);
	return op;
}

static struct operation some_operation(void)
{
	struct operation op = { .va = some_address(), .size = below(8) * SZ_4K };
	const struct translation *leaf;

	switch (below(10)) {
	case 0:
		if (m.nr_holds == HOLDS)
			break;
		op.what = HOLD + below(3);
		return op;
	case 1:
		if (!m.nr_holds)
			break;
		op.what = LET_GO;
		op.va = m.holds[below(m.nr_holds)].va;
		return op;
	case 2:
		leaf = leaf_of(op.va);
		if (leaf && leaf->size > SZ_4K)
			break;
		op.what = leaf ? CLEAR : WRITE;
		op.size = SZ_4K;
		op.pa = below(1UL << 30) * SZ_4K;
		op.prot = prots[below(4)];
		return op;
	}
	return map_or_unmap();
}

/* Pages beside what is going on. */
static void beside(void)
{
	struct operation op = { .size = (1 + below(6)) * SZ_4K, .prot = prots[below(4)] };

	if (below(2))
		op.va = m.hot_end + below(4) * SZ_4K;
	else if (m.hot >= 10 * SZ_4K)
		op.va = m.hot - op.size - below(4) * SZ_4K;
	if (op.va < m.hot_end && op.va + op.size > m.hot)
		return;
	if (op.va + op.size > tree_end())
		return;
	op.what = leaf_of(op.va) ? UNMAP : MAP;
	op.pa = some_target(op.va, op.size);
	met.nested++;
	perform(&op);
}

static void anything_meanwhile(void)
{
	hardware_walks();
	if (others_may_run() && !below(100))
		on_another_cpu(beside);
}

/* While a flush is going on, what it is for has been done. */
static void in_place(void)
{
	struct operation op = {
		.va = m.hot + below((m.hot_end - m.hot) / SZ_4K) * SZ_4K, .prot = prots[below(4)],
	};

	op.size = min((1 + below(600)) * SZ_4K, m.hot_end - op.va);
	op.size = min(op.size, run_of(op.va));
	op.what = leaf_of(op.va) ? UNMAP : MAP;
	op.pa = some_target(op.va, op.size);
	met.in_flush++;
	perform(&op);
}

static void sometimes_in_place(void)
{
	if (!below(3))
		in_place();
}

static void around(const struct operation *op)
{
	m.hot = op->va;
	m.hot_end = op->va + (op->what <= UNMAP ? op->size : SZ_4K);
	m.hot_end = max(m.hot_end, m.hot + SZ_4K);
}

/* Each step that can fail does, and nothing is changed: its want of memory, or a fatal signal. */
static void fail_in_turn(const struct operation *op)
{
	struct flushes flushes = {};
	unsigned int nth;
	int err;

	m.flushes = &flushes;
	meanwhile = hardware_walks;
	for (nth = 1; nth < 200; nth++) {
		unsigned int nr = m.nr_holds;

		WRITE_ONCE(shim_fail_nth, nth);
		err = run_operation(op);
		if (READ_ONCE(shim_fail_nth)) {
			WRITE_ONCE(shim_fail_nth, 0);
			break;
		}
		must(err == -ENOMEM, "step %u of operation %d fails, and it says %d", nth, op->what,
		     err);
		must(m.nr_holds == nr, "held");
		met.no_memory++;
		compare_all(op->what != UNMAP);
		if (op->what == UNMAP) /* what sticks out may be split, on one side */
			take_over_seen();
		compare_hardware();
	}
	meanwhile = NULL;
	must(err == expected_of(op), "operation %d: %d after all its failures", op->what, err);
	if (!err && op->what != HOLD && op->what != HOLD_PMD && op->what != INSTALL)
		apply_operation(op);
	compare_all(true);
	compare_hardware();
}

static void kill_in_turn(const struct operation *op)
{
	struct flushes flushes = {};
	unsigned int looks;

	m.flushes = &flushes;
	meanwhile = hardware_walks;
	for (looks = 1; looks < 60; looks++) {
		int err;

		signal_after = looks;
		err = run_operation(op);
		if (signal_after > 1) { /* it came to its end before */
			must(err == expected_of(op), "%d", err);
			if (!err)
				apply_operation(op);
			break;
		}
		must(err == -EINTR, "killed at look %u, and map says %d", looks, err);
		signal_after = 0;
		met.killed++;
		compare_all(true);
		compare_hardware();
	}
	signal_after = 0;
	meanwhile = NULL;
}

static void random_operation(void)
{
	struct operation op = some_operation();

	/* what is there goes when it gets too much */
	if (m.nr > LEAVES / 8 || world_tables_out() > 200)
		op = (struct operation){ UNMAP, m.leaves[0].va, run_of(m.leaves[0].va) };
	around(&op);
	if (op.what != LET_GO && op.what != WRITE && op.what != CLEAR && !below(6)) {
		fail_in_turn(&op);
	} else if (op.what == MAP && !below(12)) {
		kill_in_turn(&op);
	} else {
		if (op.what <= UNMAP) {
			meanwhile = anything_meanwhile;
			m.in_flush = sometimes_in_place;
		} else {
			meanwhile = hardware_walks;
		}
		perform(&op);
	}
	meanwhile = NULL;
	m.in_flush = NULL;
	compare_walk(m.hot, min(m.hot_end - m.hot, 2 * SZ_2M), false);
	compare_hardware();
	if (!below(32))
		compare_all(true);
}

static void test_random(unsigned long operations)
{
	static const unsigned long flags[] = {
		0, PT_CACHE_TREE_NO_PUD_BLOCKS, PT_CACHE_TREE_NO_PMD_BLOCKS,
	};
	unsigned int levels, i;
	unsigned long done;
	char promise[100];

	for (levels = 4; levels <= 5; levels++) {
		shim_set_levels(levels);
		for (i = 0; i < ARRAY_SIZE(flags); i++) {
			begin_tree(flags[i]);
			for (done = 0; done < operations; done++)
				random_operation();
			compare_all(true);
			compare_walk(0, tree_end(), true);
			end_tree();
		}
		snprintf(promise, sizeof(promise),
			 "%u levels: the tree maps what the model does, and hardware remembers no other",
			 levels);
		test_ends(promise);
	}
	shim_set_levels(4);
}

/* ---- mappings that are cut ---- */

static void cut_and_fail(const struct operation *map, unsigned long va, unsigned long size)
{
	const struct operation cut = { UNMAP, va, size };
	unsigned int i;

	begin_tree(0);
	perform(map);
	around(map);
	for (i = 0; i < 20; i++)
		touch(va, va + size);
	around(&cut);
	fail_in_turn(&cut);
	end_tree();
}

/* Also when only one side could be split: the hardware knows the large mapping no more. */
static void test_cuts(void)
{
	const struct operation blocks = { MAP, BLOCK, 2 * SZ_2M, PLACE(1) + BLOCK, RW };
	const struct operation large = { MAP, 5 * SZ_1G, 2 * SZ_1G, PLACE(1) + 5 * SZ_1G, RW };

	cut_and_fail(&blocks, HERE - SZ_4K, 2 * SZ_4K);
	cut_and_fail(&blocks, BLOCK + SZ_4K, 2 * SZ_2M - 2 * SZ_4K);
	cut_and_fail(&large, 5 * SZ_1G + 7 * SZ_2M + SZ_4K, SZ_4K);
	cut_and_fail(&large, 6 * SZ_1G - SZ_2M, 2 * SZ_2M);
	cut_and_fail(&large, 6 * SZ_1G - SZ_4K, 2 * SZ_4K);
	test_ends("mappings are split where they are cut, or on one side, and hardware knows it");
}

/* ---- input that is refused, users that nobody took ---- */

static void refuse_bad_input(void)
{
	const unsigned long last = tree_end();
	const struct {
		unsigned long va, pa, size, prot;
		int map, unmap;
	} bad[] = {
		{ 0,		0,	0,	RW,	-EINVAL, -EINVAL },
		{ 1,		0,	SZ_4K,	RW,	-EINVAL, -EINVAL },
		{ 0,		1,	SZ_4K,	RW,	-EINVAL, -ENOENT },
		{ 0,		0,	1,	RW,	-EINVAL, -EINVAL },
		{ 0,		0,	SZ_4K,	0,	-EINVAL, -ENOENT },
		{ 0,		0,	SZ_4K,	0x1001,	-EINVAL, -ENOENT },
		{ last,		0,	SZ_4K,	RW,	-ERANGE, -ERANGE },
		{ last - SZ_4K,	0,	2 * SZ_4K, RW,	-ERANGE, -ERANGE },
		{ SZ_4K,	0,	-SZ_4K,	RW,	-ERANGE, -ERANGE },
		{ -SZ_4K,	0,	SZ_4K,	RW,	-ERANGE, -ERANGE },
		{ -SZ_4K,	0,	2 * SZ_4K, RW,	-ERANGE, -ERANGE },
		{ 0,		-SZ_4K,	SZ_4K,	RW,	-ERANGE, -ENOENT },
		{ 0,		-SZ_4K,	2 * SZ_4K, RW,	-ERANGE, -ENOENT },
		{ 0,		1UL << 46, SZ_4K, RW,	-ERANGE, -ENOENT },
	};
	const struct operation fit[] = {
		{ MAP, last - SZ_4K, SZ_4K, (1UL << 46) - SZ_4K, RW },
		{ UNMAP, last - SZ_4K, SZ_4K },
	};
	unsigned int i;
	int err;

	begin_tree(0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		err = pt_cache_tree_map(m.tree, bad[i].va, bad[i].pa, bad[i].size,
					__pgprot(bad[i].prot));
		must(err == bad[i].map, "map, case %u: %d", i, err);
		err = pt_cache_tree_unmap(m.tree, bad[i].va, bad[i].size);
		must(err == bad[i].unmap, "unmap, case %u: %d", i, err);
		compare_all(true);
	}
	must(PTR_ERR(pt_cache_tree_pmd_get(m.tree, last)) == -ERANGE, "a PMD beyond the end");
	perform(&fit[0]);
	perform(&fit[1]);
	end_tree();
}

static void refuse_bad_attributes(void)
{
	struct mm_struct mm = {};
	struct pt_cache pairs = *world_cache;
	struct pt_cache_tree_attr attr = { .mm = &mm };
	struct pt_cache_tree *tree;
	unsigned int nth;

	must(PTR_ERR(pt_cache_tree_create(NULL)) == -EINVAL, "no attributes");
	must(PTR_ERR(pt_cache_tree_create(&attr)) == -EINVAL, "no cache");
	pairs.order = 1;
	attr.cache = &pairs;
	must(PTR_ERR(pt_cache_tree_create(&attr)) == -EINVAL, "tables of two pages");
	attr.cache = world_cache;
	attr.flags = 1UL << 7;
	must(PTR_ERR(pt_cache_tree_create(&attr)) == -EINVAL, "an unknown flag");
	attr.flags = 0;
	for (nth = 1; ; nth++) {
		WRITE_ONCE(shim_fail_nth, nth);
		tree = pt_cache_tree_create(&attr);
		if (!IS_ERR(tree))
			break;
		must(PTR_ERR(tree) == -ENOMEM && !mm.grabbed && !world_tables_out(), "%ld",
		     PTR_ERR(tree));
	}
	WRITE_ONCE(shim_fail_nth, 0);
	must(nth == 3, "%u steps that can fail", nth - 1);
	must(mm.grabbed == 1 && pt_cache_table_owner(pt_cache_tree_top(tree)) == &mm,
	     "not the mm's");
	must(!pt_cache_tree_destroy(tree) && !mm.grabbed, "destroy");
	must(!pt_cache_tree_destroy(NULL), "no tree cannot be destroyed");
	must(!shim_warnings, "%u warnings", shim_warnings);
	must(pt_cache_tree_destroy(ERR_PTR(-ENOMEM)) == -EINVAL && shim_warnings == 1,
	     "an error is destroyed");
	shim_warnings = 0;
}

static void test_bad_input(void)
{
	refuse_bad_input();
	shim_set_levels(5);
	refuse_bad_input();
	shim_set_levels(4);
	refuse_bad_attributes();
	test_ends("bad input is refused, and a tree is its mm's");
}

/* What was refused: a warning, and so many in the counter. */
static void expect_refused(unsigned int nr)
{
	static unsigned long long before;

	must(shim_warnings == nr && ptc_counter_sum(PTC_bad_put) == before + nr,
	     "%u warnings and %llu counted, %u are right", shim_warnings,
	     ptc_counter_sum(PTC_bad_put) - before, nr);
	before += nr;
	shim_warnings = 0;
}

static void test_bad_users(void)
{
	const struct operation map = { MAP, HERE, 2 * SZ_4K, PLACE(1) + HERE, RW };
	const struct operation unmap = { UNMAP, HERE, 2 * SZ_4K };
	const struct operation hold_here = { HOLD_PMD, HERE };
	struct pt_cache_tree *tree;
	struct page *table = NULL;
	pmd_t *pmd;

	begin_tree(0);
	tree = m.tree;
	perform(&hold_here);
	pmd = m.holds[0].pmd;
	expect_refused(0);
	must(!pt_cache_pte_try_get(tree, pmd) && !pt_cache_pte_get_unless_zero(pmd),
	     "a user of no table");
	pt_cache_pte_put(tree, pmd, HERE);
	pt_cache_pte_get(pmd);
	pt_cache_tree_pmd_put(tree, HERE + 4 * SZ_1G);
	pt_cache_tree_pmd_put(tree, -SZ_4K);
	expect_refused(4);
	perform(&map);
	must(pt_cache_pte_try_get(tree, pmd), "no user of a table");
	pt_cache_pte_put_many(tree, pmd, HERE, 4);
	pt_cache_pte_get_many(pmd, INT_MAX);
	expect_refused(2);
	pt_cache_pte_put(tree, pmd, HERE);
	compare_all(true);

	/* a table of the tree is not given back by hand, nor is what is none of PTEs installed */
	pt_cache_free_table_zeroed(world_cache, pmd_page(*pmd));
	must(shim_warnings == 1, "freed");
	perform(&unmap);
	must(pt_cache_pmd_install_get(tree, pmd, &table) == -EINVAL, "nothing is installed");
	table = pt_cache_alloc_table(world_cache, NULL, PT_CACHE_PMD, GFP_KERNEL);
	must(pt_cache_pmd_install_get(tree, pmd, &table) == -EINVAL, "a PMD table as one of PTEs");
	pt_cache_free_table_zeroed(world_cache, table);
	must(pt_cache_pmd_install_get(tree, pmd, &table) == -EINVAL, "a free table is installed");
	must(pmd_none(*pmd) && shim_warnings == 4, "%u warnings", shim_warnings);

	/* it does not go while somebody uses a table of it */
	must(pt_cache_tree_destroy(tree) == -EBUSY && shim_warnings == 5, "destroyed");
	shim_warnings = 0;
	end_tree();
	test_ends("a user that nobody took is not put, and a table that is none not taken");
}

/*
 * @mapped entries of a table, of which a put too many lets the table go with @left of them. The cache
 * of tree_world.c falls over a table that is given back as zeroed and is not.
 */
static void put_too_many(unsigned int mapped, unsigned int left)
{
	const struct pt_cache_tree_attr attr = { .cache = world_cache };
	struct pt_cache_tree *tree = pt_cache_tree_create(&attr);
	pmd_t *pmd = pt_cache_tree_pmd_get(tree, HERE);
	int err = pt_cache_tree_map(tree, HERE, 0, mapped * SZ_4K, __pgprot(RW));

	must(!err, "map: %d", err);
	pt_cache_pte_put(tree, pmd, HERE);
	must(left == mapped || !pmd_none(*pmd), "the table is gone already");
	if (left < mapped)
		err = pt_cache_tree_unmap(tree, HERE, (mapped - left) * SZ_4K);
	must(!err && pmd_none(*pmd), "unmap: %d", err);
	pt_cache_tree_pmd_put(tree, HERE);
	must(!pt_cache_tree_destroy(tree), "destroy");
}

/* Likewise a PMD table, with the entry of a 2M block still in it. */
static void pmd_put_too_many(void)
{
	const struct pt_cache_tree_attr attr = { .cache = world_cache };
	struct pt_cache_tree *tree = pt_cache_tree_create(&attr);
	int err = pt_cache_tree_map(tree, HERE & ~(SZ_2M - 1), 0, SZ_2M, __pgprot(RW));

	must(!err, "map: %d", err);
	pt_cache_tree_pmd_put(tree, HERE);
	must(!pt_cache_tree_destroy(tree), "destroy");
}

static void test_put_too_many(void)
{
	put_too_many(1, 1);
	put_too_many(3, 1);
	put_too_many(511, 1);
	pmd_put_too_many();
	rcu_barrier();
	must(!shim_warnings && !world_tables_out(), "%u warnings, %u tables are out",
	     shim_warnings, world_tables_out());
	test_ends("a table that one put too many has removed is not taken for zero");
}

static void test_alone(unsigned long operations)
{
	test_bad_input();
	test_bad_users();
	test_put_too_many();
	test_cuts();
	try_each_step();
	test_ends("another CPU beside an operation, at each access of it");
	try_same_place();
	test_ends("another CPU in the same place: as if one had come after the other");
	test_random(operations);
	printf("# %lu maps, %lu unmaps, %lu refused, %lu without memory, %lu killed\n", met.maps,
	       met.unmaps, met.refused, met.no_memory, met.killed);
	printf("# on another CPU: %lu beside, %lu in a flush, %lu each at another step\n", met.nested,
	       met.in_flush, met.trials);
}

static void test_threads(unsigned long seed, unsigned long rounds)
{
	run_threads(seed, rounds);
	test_ends("threads in the same 2M of two trees; what walks sees nothing freed or foreign");
	shim_set_levels(5);
	static_branch_enable(&ptc_verify_key);
	WRITE_ONCE(shim_fail_one_in, 20);
	run_threads(seed, rounds);
	WRITE_ONCE(shim_fail_one_in, 0);
	test_ends("and where one table in 20 cannot be had");
	show_threads();
}

int main(int argc, char **argv)
{
	unsigned long seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long operations = argc > 2 ? strtoul(argv[2], NULL, 0) : 1000;
	unsigned long rounds = argc > 3 ? strtoul(argv[3], NULL, 0) : 300;

	m.random = seed;
	world_begin();
	if (operations)
		test_alone(operations);
	test_threads(seed, rounds);
	world_end();
	return tests_end();
}
