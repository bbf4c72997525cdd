/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tree and a model of it: a sorted list of its leaves, and of the users that we have. Operations
 * are done to both, and the tree is held against the model in three ways: by pt_cache_tree_walk(),
 * from the entries and the users of each table, and as hardware has it that remembers.
 */
#ifndef HOST_TREE_MODEL_H
#define HOST_TREE_MODEL_H

#include "tree_world.h"

#define LEAVES		16384
#define HOLDS		6

#define RW	(MANUAL_PRESENT | MANUAL_WRITABLE)

/* Users that we have: of the PMD table, and so many of the PTE table. */
struct hold {
	unsigned long va;
	unsigned int users;
	pmd_t *pmd;
};

/* What one operation has had flushed. */
struct flushes {
	unsigned int nr;
	unsigned long start, end;
};

extern struct model {
	struct pt_cache_tree *tree;
	struct hardware *hw;
	unsigned long flags, random;
	struct translation leaves[LEAVES];	/* by rising address */
	unsigned int nr;
	struct hold holds[HOLDS];
	unsigned int nr_holds;
	struct flushes *flushes;		/* of the operation that is going on */
	void (*in_flush)(void);			/* another CPU, while a flush is going on */
	unsigned long hot, hot_end;		/* where the operation is going on */
} m;

/* What is counted, so that a run that met nothing is seen. */
extern struct met {
	unsigned long maps, unmaps, refused, no_memory, killed, nested, in_flush, holds, steps,
		      trials;
} met;

enum what {
	MAP, UNMAP,
	HOLD,		/* a user of a PMD table, and some of a PTE table */
	HOLD_PMD,	/* of a PMD table alone */
	INSTALL,	/* as HOLD, with a table of our own */
	LET_GO,		/* of the last that is held at the address */
	WRITE,		/* an entry, by hand */
	CLEAR,
	WALK,
};

struct operation {
	enum what what;
	unsigned long va, size, pa, prot;
};

unsigned long below(unsigned long limit);
unsigned long tree_end(void);

/* ---- the leaves ---- */

static inline unsigned long end_of(const struct translation *leaf)
{
	return leaf->va + leaf->size;
}

const struct translation *leaf_of(unsigned long va);
unsigned long run_of(unsigned long va);

/* ---- operations ---- */

void begin_tree(unsigned long flags);
void end_tree(void);
int expected_of(const struct operation *op);
int run_operation(const struct operation *op);
void apply_operation(const struct operation *op);
void perform(const struct operation *op);

/* ---- the tree, held against the model ---- */

void compare_walk(unsigned long va, unsigned long size, bool exactly);
void compare_all(bool exactly);
void compare_hardware(void);
void take_over_seen(void);

/* ---- others ---- */

void touch(unsigned long start, unsigned long end);
void hardware_walks(void);
void on_another_cpu(void (*what)(void));

#endif
