// SPDX-License-Identifier: GPL-2.0
/*
 * Two CPUs, in every order: while an operation is going on, another one is done in full on another
 * CPU, at each access of the first in turn. Each time in a new tree.
 */
#include "tree_steps.h"

/* What is there before. */
enum { ANY, EMPTY, MAPPED, HELD };

struct trial {
	struct operation op;
	int here, there, block;
	struct operation then;		/* on the same CPU, unless it is empty */
};

static const struct trial firsts[] = {
	{ { MAP, HERE, SZ_4K, PLACE(1) + HERE, RW }, EMPTY },
	{ { MAP, HERE, 3 * SZ_4K, PLACE(1) + HERE, RW }, EMPTY },
	{ { MAP, HERE, SZ_4K, PLACE(1) + HERE, RW }, MAPPED },
	{ { MAP, BLOCK, SZ_2M, PLACE(1) + BLOCK, RW }, ANY, ANY, EMPTY },
	{ { MAP, BLOCK + SZ_4K, SZ_2M, PLACE(1) + BLOCK + SZ_4K, RW }, EMPTY, ANY, EMPTY },
	{ { UNMAP, HERE, SZ_4K }, MAPPED },
	{ { UNMAP, BLOCK, SZ_2M }, ANY, ANY, MAPPED },
	{ { UNMAP, BLOCK, 3 * SZ_4K }, ANY, ANY, MAPPED },
	{ { UNMAP, BLOCK + SZ_4K, SZ_2M }, MAPPED, ANY, MAPPED },
	{ { HOLD, HERE, SZ_4K }, ANY },
	{ { HOLD_PMD, HERE }, ANY },
	{ { INSTALL, HERE }, ANY },
	{ { LET_GO, HERE }, HELD },
	{ { WRITE, HERE, SZ_4K, PLACE(1) + HERE, RW }, EMPTY },
	{ { CLEAR, HERE, SZ_4K }, MAPPED },
	{ { WALK, BLOCK - SZ_2M, 4 * SZ_2M }, ANY },
};

static const struct trial seconds[] = {
	{ { MAP, THERE, SZ_4K, PLACE(2) + THERE, RW }, ANY, EMPTY },
	{ { UNMAP, THERE, SZ_4K }, ANY, MAPPED },
	{ { UNMAP, THERE, SZ_4K }, ANY, MAPPED, ANY,
	  { MAP, NEXT + SZ_2M, SZ_4K, PLACE(2) + NEXT + SZ_2M, RW } },
	{ { HOLD, THERE, SZ_4K }, ANY },
	{ { INSTALL, THERE }, ANY },
	{ { WRITE, THERE, SZ_4K, PLACE(2) + THERE, RW }, ANY, EMPTY },
	{ { CLEAR, THERE, SZ_4K }, ANY, MAPPED },
	{ { MAP, NEXT + SZ_2M, SZ_4K, PLACE(2) + NEXT + SZ_2M, RW }, ANY },
	{ { UNMAP, BLOCK + 4 * SZ_4K, SZ_4K }, ANY, ANY, MAPPED },
};

static struct {
	const struct operation *op, *then;
	unsigned long step, at;		/* others may run, so often; and do, the how manieth time */
	bool ran, in_rcu;
	int err;
} other;

static bool overlap(const struct operation *a, const struct operation *b)
{
	return a->va < b->va + b->size && b->va < a->va + a->size;
}

static void run_other(void)
{
	struct flushes flushes = {}, *outer = m.flushes;

	other.ran = true;
	m.flushes = &flushes;
	other.err = run_operation(other.op);
	m.flushes = outer;
}

static void perform_other(void)
{
	other.ran = true;
	perform(other.op);
	if (!other.in_rcu)
		rcu_barrier(); /* its tables are used again */
	if (other.then->size)
		perform(other.then);
}

static void at_that_step(void (*happens)(void))
{
	switch (below(8)) {
	case 0:
	case 1:
		touch(HERE, HERE + 16 * SZ_4K);
		break;
	case 2:
		touch(BLOCK, BLOCK + 8 * SZ_4K);
	}
	met.steps++;
	if (others_may_run() && ++other.step == other.at) {
		other.in_rcu = shim_rcu;
		on_another_cpu(happens);
	}
}

static void other_at_that_step(void)
{
	at_that_step(perform_other);
}

static void other_overlapping(void)
{
	at_that_step(run_other);
}

static void prepare(int here, int there, int block)
{
	static const struct operation hold_here = { HOLD, HERE, SZ_4K };
	const struct operation map_here = { MAP, HERE, SZ_4K, PLACE(3) + HERE, RW };
	const struct operation map_there = { MAP, THERE, SZ_4K, PLACE(3) + THERE, RW };
	const struct operation map_block = { MAP, BLOCK, SZ_2M, PLACE(3) + BLOCK, RW };

	begin_tree(0);
	m.hot = HERE;
	m.hot_end = NEXT;
	if (here == HELD)
		perform(&hold_here);
	if (here == MAPPED)
		perform(&map_here);
	if (there == MAPPED)
		perform(&map_there);
	if (block == MAPPED)
		perform(&map_block);
	other.step = 0;
	other.ran = false;
	met.trials++;
}

static bool suits(const struct trial *trial, int here, int there, int block)
{
	return (!trial->here || trial->here == here) &&
	       (!trial->there || trial->there == there) &&
	       (!trial->block || trial->block == block);
}

static void try_at_each_step(const struct trial *first, const struct trial *second, int here,
			     int there, int block)
{
	other.op = &second->op;
	other.then = &second->then;
	for (other.at = 1; ; other.at++) {
		prepare(here, there, block);
		meanwhile = other_at_that_step;
		perform(&first->op);
		meanwhile = NULL;
		compare_all(first->op.what != MAP);
		compare_hardware();
		end_tree();
		if (!other.ran)
			break;
	}
}

/* Each state of what the operations are about, or of what keeps their tables. */
static void try_all_states(const struct trial *first, const struct trial *second)
{
	bool blocks = first->block || second->block;
	int here, there, block;

	for (here = EMPTY; here <= HELD; here++)
		for (there = EMPTY; there <= MAPPED; there++)
			for (block = EMPTY; block <= (blocks ? MAPPED : EMPTY); block++)
				if (suits(first, here, there, block) &&
				    suits(second, here, there, block))
					try_at_each_step(first, second, here, there, block);
}

/* What the model is after two operations, in one order. */
struct outcome {
	int err[2];
	unsigned int nr;
	struct translation leaves[1100];
};

static void foresee(struct outcome *outcome, const struct operation *first,
		    const struct operation *second, bool swapped, bool whatever)
{
	static struct translation before[1100];
	unsigned int nr = m.nr, i;

	must(nr < ARRAY_SIZE(before), "too many leaves");
	memcpy(before, m.leaves, nr * sizeof(before[0]));
	for (i = 0; i < 2; i++) {
		bool is_second = i ^ swapped;
		const struct operation *op = is_second ? second : first;

		outcome->err[is_second] = whatever ? 0 : expected_of(op);
		if (!outcome->err[is_second])
			apply_operation(op);
	}
	outcome->nr = m.nr;
	must(m.nr < ARRAY_SIZE(before), "too many leaves");
	memcpy(outcome->leaves, m.leaves, m.nr * sizeof(before[0]));
	memcpy(m.leaves, before, nr * sizeof(before[0]));
	m.nr = nr;
}

/*
 * In the same place: it is as if one had come after the other. Of two that unmap, each may find all
 * mapped, and unmap what is left.
 */
static void try_overlapping(const struct operation *first, const struct operation *second,
			    int here, int block)
{
	static struct outcome outcomes[3];
	int nr = first->what == UNMAP && second->what == UNMAP ? 3 : 2;
	struct flushes flushes = {};
	struct translation found;
	int err, i;

	other.op = second;
	for (other.at = 1; ; other.at++) {
		prepare(here, EMPTY, block);
		foresee(&outcomes[0], first, second, false, false);
		foresee(&outcomes[1], first, second, true, false);
		if (nr == 3)
			foresee(&outcomes[2], first, second, false, true);
		m.flushes = &flushes;
		meanwhile = other_overlapping;
		err = run_operation(first);
		meanwhile = NULL;
		if (!other.ran) {
			end_tree();
			break;
		}
		for (i = 0; i < nr; i++)
			if (outcomes[i].err[0] == err && outcomes[i].err[1] == other.err)
				break;
		must(i < nr, "operations %d at 0x%lx and %d at 0x%lx: %d and %d", first->what,
		     first->va, second->what, second->va, err, other.err);
		m.nr = outcomes[i].nr;
		memcpy(m.leaves, outcomes[i].leaves, m.nr * sizeof(m.leaves[0]));
		compare_all(false);
		take_over_seen();
		compare_hardware();
		if (leaf_of(second->va))
			must(hardware_access(m.hw, second->va, false, &found) &&
			     found.pa + (second->va - found.va) ==
			     leaf_of(second->va)->pa + (second->va - leaf_of(second->va)->va),
			     "0x%lx is not mapped for hardware", second->va);
		end_tree();
	}
}

void try_each_step(void)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(firsts); i++)
		for (j = 0; j < ARRAY_SIZE(seconds); j++)
			if (!overlap(&firsts[i].op, &seconds[j].op))
				try_all_states(&firsts[i], &seconds[j]);
}

void try_same_place(void)
{
	static const struct operation maps[] = {
		{ MAP, HERE, SZ_4K, PLACE(1) + HERE, RW },
		{ MAP, HERE, 2 * SZ_4K, PLACE(1) + HERE, RW },
		{ MAP, BLOCK, SZ_2M, PLACE(1) + BLOCK, RW },
		{ MAP, BLOCK + SZ_2M - SZ_4K, 2 * SZ_4K, PLACE(1) + HERE - SZ_4K, RW },
	};
	static const struct operation unmaps[] = {
		{ UNMAP, HERE, SZ_4K },
		{ UNMAP, BLOCK, SZ_2M },
		{ UNMAP, BLOCK, 5 * SZ_4K },
	};
	struct operation second;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		for (j = 0; j < ARRAY_SIZE(maps); j++) {
			second = maps[j];
			second.pa += PLACE(1);
			if (!overlap(&maps[i], &second))
				continue;
			try_overlapping(&maps[i], &second, EMPTY, EMPTY);
			try_overlapping(&maps[i], &second, HELD, EMPTY);
		}
		for (j = 0; j < ARRAY_SIZE(unmaps); j++) {
			if (!overlap(&maps[i], &unmaps[j]))
				continue;
			try_overlapping(&maps[i], &unmaps[j], MAPPED, MAPPED);
			try_overlapping(&unmaps[j], &maps[i], MAPPED, MAPPED);
		}
	}
	for (i = 0; i < ARRAY_SIZE(unmaps); i++)
		for (j = 0; j < ARRAY_SIZE(unmaps); j++)
			if (overlap(&unmaps[i], &unmaps[j]))
				try_overlapping(&unmaps[i], &unmaps[j], MAPPED, MAPPED);
}
