/* SPDX-License-Identifier: GPL-2.0 */
/* struct pt_cache_tree, for the files of this directory. */
#ifndef PTC_TREE_TREE_H
#define PTC_TREE_TREE_H

#include <linux/atomic.h>
#include <linux/log2.h>

#include "pgtable/level.h"

struct pt_cache_tree {
	struct pt_cache *cache;
	struct mm_struct *mm;		/* owner of the tables, or NULL; pinned by mmgrab() */
	void (*flush)(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		      void *private);
	void *private;
	unsigned long flags;
	unsigned long *top;
	atomic_t unflushed;		/* operations that clear entries and have not flushed yet */
};

/* The last address of a tree; the first one is 0. */
static inline unsigned long ptc_tree_last(void)
{
	unsigned int bits = PGDIR_SHIFT + ilog2(PTC_ENTRIES);

	return bits < BITS_PER_LONG ? (1UL << bits) - 1 : ULONG_MAX;
}

#endif /* PTC_TREE_TREE_H */
