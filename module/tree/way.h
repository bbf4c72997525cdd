/* SPDX-License-Identifier: GPL-2.0 */
/* Descends a tree from the top to an entry, and allocates the tables that the path lacks. */
#ifndef PTC_TREE_WAY_H
#define PTC_TREE_WAY_H

#include "tree/tree.h"
#include "tree/users.h"

int ptc_tree_check(const struct pt_cache_tree *tree, unsigned long va, unsigned long size);
void ptc_table_enter_tree(struct ptc_record *record);
void ptc_table_leave_tree(struct ptc_record *record);
unsigned long *ptc_tree_new_table(struct pt_cache_tree *tree, enum pt_cache_level level);
void ptc_tree_free_new(struct pt_cache_tree *tree, unsigned long *table);
unsigned long *ptc_tree_table_below(enum pt_cache_level level, unsigned long entry);
unsigned long *ptc_tree_entry(struct pt_cache_tree *tree, enum pt_cache_level level,
			      unsigned long va);
void ptc_table_put(struct pt_cache_tree *tree, enum pt_cache_level level, unsigned long *entry,
		   unsigned long *table, unsigned long va, unsigned int nr,
		   struct ptc_gather *gather);

#endif /* PTC_TREE_WAY_H */
