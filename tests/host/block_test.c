// SPDX-License-Identifier: GPL-2.0
/*
 * module/alloc/block.c, unchanged, against the model of block_model.c: after each step every page
 * is where the model has it, and all counts and the group say so.
 *
 * Usage: block_test [SEED [SEQUENCES]]
 */
#include <stdlib.h>
#include <string.h>

#include "block_model.h"
#include "tap.h"

#define FIRST_PFN	(1UL << 34)	/* 64 TB: offsets must not be cut to 32 bits */

static unsigned long long random_state;

static unsigned int random_number(unsigned int below)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % below;
}

static bool ok(const char *trouble)
{
	return check(!trouble, "%s", trouble);
}

static bool step(struct block_model *model, enum block_op_kind kind, unsigned int order,
		 unsigned int nr, bool dirty)
{
	struct block_op op = { kind, order, nr, dirty };

	return ok(block_model_step(model, &op));
}

/* ---- directed ---- */

static void test_all_orders(struct block_model *model)
{
	unsigned int of_block, order;

	for (of_block = 0; of_block <= PTC_BLOCK_ORDER; of_block++) {
		for (order = 0; order <= PTC_BLOCK_ORDER; order++) {
			ok(block_model_init(model, FIRST_PFN, of_block));
			step(model, OP_TAKE, order, 0, false);
			step(model, OP_TAKE, order, 1, false);
			step(model, OP_TAKE, order, PTC_BLOCK_PAGES, false);
			step(model, OP_TAKE, order, 1, false);
			while (!failing && !ptc_block_empty(&model->block) &&
			       step(model, OP_PUT, 0, 0, order & 1))
				;
			step(model, OP_TAKE_DIRTY, order, PTC_BLOCK_PAGES, false);
		}
	}
	test_ends("runs of every order fill a block of every order, and none is found beyond it");
}

static void test_one_page_out(struct block_model *model)
{
	unsigned int order, at, runs;
	unsigned long pfns[PTC_BLOCK_PAGES];

	for (at = 0; at < PTC_BLOCK_PAGES; at += 101) {
		for (order = 0; order <= PTC_BLOCK_ORDER; order++) {
			ok(block_model_init(model, FIRST_PFN, PTC_BLOCK_ORDER));
			step(model, OP_TAKE, 0, PTC_BLOCK_PAGES, false);
			for (runs = 0; runs < PTC_BLOCK_PAGES - 1; runs++)
				step(model, OP_PUT, 0, runs < at ? 0 : 1, false);
			check(model->state[at] == PAGE_OUT, "page %u", at);
			runs = ptc_block_take(&model->block, order, PTC_BLOCK_PAGES, pfns);
			check(runs == PTC_BLOCK_PAGES / (1U << order) - 1, "%u runs of order %u",
			      runs, order);
		}
	}
	test_ends("one page out costs one run of each order, the one that it lies in");
}

static void test_every_other_page(struct block_model *model)
{
	unsigned int i;

	ok(block_model_init(model, FIRST_PFN, PTC_BLOCK_ORDER));
	step(model, OP_TAKE, 0, PTC_BLOCK_PAGES, false);
	for (i = 0; i < PTC_BLOCK_PAGES / 2; i++)
		step(model, OP_PUT, 0, i, i & 1);
	for (i = 1; i <= PTC_BLOCK_ORDER; i++) {
		step(model, OP_TAKE, i, 1, false);
		step(model, OP_TAKE_DIRTY, i, 1, false);
	}
	check(model->block.nr_clean == 128 && model->block.nr_dirty == 128, "%u clean, %u dirty",
	      model->block.nr_clean, model->block.nr_dirty);
	test_ends("pages that are in, but no two side by side, make no run");
}

static void test_dirty(struct block_model *model)
{
	unsigned long pfn;

	ok(block_model_init(model, FIRST_PFN, 3));
	check(!ptc_block_take_dirty(&model->block, 0, 1, &pfn), "pfn 0x%lx", pfn);
	step(model, OP_TAKE, 0, 1, false);
	step(model, OP_PUT, 0, 0, true);
	step(model, OP_TAKE_DIRTY, 1, 1, false);
	check(model->state[0] == PAGE_OUT && model->state[1] == PAGE_OUT_TAIL,
	      "the clean page beside the dirty one is not in the run");
	step(model, OP_PUT, 0, 0, true);
	step(model, OP_TAKE_DIRTY, 0, 8, false);
	check(model->block.nr_clean == 6, "%u clean", model->block.nr_clean);
	test_ends("a caller that clears gets dirty single pages only, and runs of both");
}

static void test_distrust(struct block_model *model)
{
	ok(block_model_init(model, FIRST_PFN, PTC_BLOCK_ORDER));
	step(model, OP_TAKE, 2, 3, false);
	step(model, OP_PUT, 0, 1, true);
	step(model, OP_DISTRUST, 0, 0, false);
	check(model->block.nr_clean == 0 && model->block.nr_dirty == 504, "%u clean, %u dirty",
	      model->block.nr_clean, model->block.nr_dirty);
	check(ptc_block_group(&model->block) == PTC_GROUP_SPENT, "group %d",
	      ptc_block_group(&model->block));
	step(model, OP_TAKE, 0, 1, false);
	step(model, OP_DISTRUST, 0, 0, false);
	step(model, OP_PUT, 0, 0, true);
	step(model, OP_PUT, 0, 0, true);
	check(ptc_block_group(&model->block) == PTC_GROUP_EMPTY_DIRTY, "group %d",
	      ptc_block_group(&model->block));
	test_ends("after distrust no page is clean, and none is lost");
}

static void test_groups(struct block_model *model)
{
	unsigned int order, out;

	for (order = 0; order <= PTC_BLOCK_ORDER; order++) {
		ok(block_model_init(model, FIRST_PFN, order));
		for (out = 0; out < 1U << order; out++) {
			step(model, OP_TAKE, 0, 1, false);
			step(model, OP_RESERVE, 0, 0, true);
			step(model, OP_RESERVE, 0, 0, false);
		}
		for (; out; out--)
			step(model, OP_RETIRE, 0, 0, false);
		check(ptc_block_empty(&model->block), "of order %u", order);
	}
	test_ends("each number of clean pages has its group, down to a block that has lost all pages");
}

/* ---- random ---- */

static struct block_op random_op(void)
{
	static const enum block_op_kind kinds[] = {
		OP_TAKE, OP_TAKE, OP_TAKE, OP_TAKE_DIRTY, OP_TAKE_DIRTY, OP_PUT, OP_PUT, OP_PUT,
		OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_PUT, OP_PUT,
	};
	unsigned int rare = random_number(300);
	struct block_op op = {
		.kind = rare == 0 ? OP_DISTRUST : rare == 1 ? OP_RETIRE : rare == 2 ? OP_RESERVE :
			kinds[random_number(sizeof(kinds) / sizeof(*kinds))],
		/* the larger, the rarer */
		.order = random_number(1 + random_number(PTC_BLOCK_ORDER + 1)),
		.nr = random_number(1 + random_number(64)),
		.dirty = random_number(2),
	};

	if (op.kind == OP_PUT)
		op.nr = random_number(PTC_BLOCK_PAGES);
	return op;
}

static void test_random(struct block_model *model, unsigned long seed, unsigned long sequences)
{
	unsigned long i, steps;

	for (i = 0; i < sequences && !failing; i++) {
		unsigned int order = random_number(4) ? PTC_BLOCK_ORDER :
				     random_number(PTC_BLOCK_ORDER);

		ok(block_model_init(model, FIRST_PFN + (i << PTC_BLOCK_ORDER), order));
		for (steps = 0; steps < 400 && !failing; steps++) {
			struct block_op op = random_op();
			const char *trouble = block_model_step(model, &op);

			check(!trouble,
			      "seed %lu, sequence %lu, step %lu (kind %d order %u nr %u dirty %d): %s",
			      seed, i, steps, op.kind, op.order, op.nr, op.dirty, trouble);
		}
	}
	printf("# held: %lu random operations on a block, each compared with a model\n", sequences * 400);
	test_ends("random operations: each page is where the model has it, after every step");
}

int main(int argc, char **argv)
{
	/* not static: the sanitizer sees what is read or written behind it */
	struct block_model *model = malloc(sizeof(*model));
	unsigned long seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long sequences = argc > 2 ? strtoul(argv[2], NULL, 0) : 200;

	random_state = seed;
	test_all_orders(model);
	test_one_page_out(model);
	test_every_other_page(model);
	test_dirty(model);
	test_distrust(model);
	test_groups(model);
	test_random(model, seed, sequences);
	free(model);
	return tests_end();
}
