/* SPDX-License-Identifier: GPL-2.0 */
/* A tree: whose it is, and its top. */
#ifndef PTC_TABLE_TREE_H
#define PTC_TABLE_TREE_H

#include "table/users.h"

struct pt_cache_tree {
	struct pt_cache *cache;
	struct mm_struct *mm;		/* whose the tables are, or NULL; its struct is pinned */
	void (*flush)(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		      void *private);
	void *private;
	unsigned long flags;
	unsigned long *top;
	atomic_t unflushed;		/* operations that took something out, and have yet to flush */
};

/* The addresses of a tree are 0 to here, both included. */
static inline unsigned long ptc_tree_last(void)
{
	unsigned int bits = PGDIR_SHIFT + ilog2(PTC_ENTRIES);

	return bits < BITS_PER_LONG ? (1UL << bits) - 1 : ULONG_MAX;
}

int ptc_tree_check(const struct pt_cache_tree *tree, unsigned long va, unsigned long size);
unsigned long *ptc_tree_new_table(struct pt_cache_tree *tree, enum pt_cache_level level);
void ptc_tree_free_new(struct pt_cache_tree *tree, unsigned long *table);
unsigned long *ptc_tree_entry(struct pt_cache_tree *tree, enum pt_cache_level level,
			      unsigned long va);
int ptc_tree_clear(struct pt_cache_tree *tree);

#endif /* PTC_TABLE_TREE_H */
