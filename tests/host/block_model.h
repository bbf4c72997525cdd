/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What module/alloc/block.c is compared with: a state for each page, and everything that a block
 * counts or finds looked up one page at a time. It shares no code with block.c.
 */
#ifndef HOST_BLOCK_MODEL_H
#define HOST_BLOCK_MODEL_H

#include "alloc/block.h"

enum page_state {
	PAGE_NOT_OURS,		/* beyond a shorter run, or retired */
	PAGE_CLEAN,
	PAGE_DIRTY,
	PAGE_OUT,		/* the first of a run that was taken; its order is beside it */
	PAGE_OUT_TAIL,
};

struct block_model {
	struct ptc_block block;		/* the real one */
	enum page_state state[PTC_BLOCK_PAGES];
	unsigned int order[PTC_BLOCK_PAGES];
};

enum block_op_kind {
	OP_TAKE,
	OP_TAKE_DIRTY,
	OP_PUT,			/* the run that is out with number @nr, counted round and round */
	OP_DISTRUST,
	OP_RESERVE,		/* in or out of it, as the pool does */
	OP_RETIRE,		/* as OP_PUT, but the run is never used again */
	OP_KINDS,
};

struct block_op {
	enum block_op_kind kind;
	unsigned int order;
	unsigned int nr;
	bool dirty;
};

/*
 * Each returns NULL, or what was wrong, in words; the model is of no use then.
 */
const char *block_model_init(struct block_model *model, unsigned long pfn, unsigned int order);
const char *block_model_step(struct block_model *model, const struct block_op *op);

#endif
