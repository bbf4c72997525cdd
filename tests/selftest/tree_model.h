/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tree and a brute-force model of it: an xarray that maps each unit (a page, or 2M) by itself.
 * Each operation is done to both, and what the tree maps is read in two ways: by
 * pt_cache_tree_walk(), and from the entries as the CPU's manual describes them, with none of the
 * kernel's macros.
 */
#ifndef PTC_TREE_MODEL_H
#define PTC_TREE_MODEL_H

#include <linux/xarray.h>

#include "selftest.h"

#define PROT_KINDS	4

struct tree_model {
	struct test *test;
	struct pt_cache *cache;
	struct pt_cache_tree *tree;
	struct xarray units;		/* of a unit: its physical unit and kind of protection */
	unsigned int shift;		/* of a unit */
	unsigned long base, nr;		/* where in the tree, and how many units: all that is used */
	u64 random;
	unsigned long maps, unmaps, refused, failed, flushes;
	unsigned long flush_start, flush_end;
};

u64 random_below(u64 *state, u64 limit);
pgprot_t prot_of_kind(unsigned int kind);
bool model_begin(struct tree_model *model, struct test *test, unsigned int shift,
		 unsigned long base, unsigned long nr, unsigned long flags);
void model_end(struct tree_model *model);
int model_map(struct tree_model *model, unsigned long at, unsigned long nr, unsigned long to,
	      unsigned int kind);
int model_unmap(struct tree_model *model, unsigned long at, unsigned long nr);
unsigned long model_run(struct tree_model *model, unsigned long at);
bool model_compare(struct tree_model *model, unsigned long at, unsigned long nr);
bool model_compare_raw(struct tree_model *model);
unsigned long tables_of(struct pt_cache_tree *tree);

#endif /* PTC_TREE_MODEL_H */
