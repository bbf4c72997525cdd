/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Users of the tables of a tree. A table has one user for each of its entries that is not none, and
 * one for each caller that works on it and needs it to stay. The put of the last user removes the
 * table from the tree. An entry that points to a table is a user of the table that contains the
 * entry, so the removal of a table may remove those above it as well. The top stays: the tree
 * itself is a user of it.
 *
 * Entries above the PTE level need no lock. An entry goes from none to a leaf or a table, and from
 * a leaf to none or to an equivalent table, by cmpxchg(). From a table to none it is cleared by the
 * CPU that put the last user. Until that store, other CPUs find a table without users and spin for
 * the few instructions that it takes. Apart from that, CPUs in different 2M ranges never wait for
 * each other.
 */
#ifndef PTC_TREE_USERS_H
#define PTC_TREE_USERS_H

#include "pgtable/entry.h"
#include "tree/tree.h"

/* The range and the tables that an operation removed. They are flushed once, at its end. */
struct ptc_gather {
	unsigned long start, end;	/* range to flush; empty if start >= end */
	struct ptc_record *dying;
	bool unflushed;			/* counted in tree->unflushed */
};

#define PTC_GATHER_INIT		{ .start = ULONG_MAX }

/* What ptc_table_get() found at an entry above the PTE level. */
enum ptc_found {
	PTC_FOUND_NONE,
	PTC_FOUND_LEAF,
	PTC_FOUND_TABLE,	/* with a user for the caller */
	PTC_FOUND_DYING,	/* a table without users; the entry is none soon */
	PTC_FOUND_FOREIGN,	/* not a table of ours: somebody else wrote the entry */
};

enum ptc_found ptc_table_get(enum pt_cache_level level, unsigned long *entry, unsigned long *value,
			     unsigned long **table);
bool ptc_users_get(unsigned long *table, unsigned int nr);
void ptc_users_add(unsigned long *table, unsigned int nr);
void ptc_users_doubt(unsigned long *table);
void ptc_users_sub(unsigned long *table, unsigned int nr);
bool ptc_users_put(struct pt_cache_tree *tree, unsigned long *table, unsigned long *entry,
		   unsigned int nr, struct ptc_gather *gather);
void ptc_gather_table(struct pt_cache_tree *tree, enum pt_cache_level level,
		      unsigned long *table, unsigned long va, struct ptc_gather *gather);
void ptc_gather_unflushed(struct pt_cache_tree *tree, struct ptc_gather *gather);
void ptc_gather_range(struct ptc_gather *gather, unsigned long start, unsigned long end);
void ptc_gather_finish(struct pt_cache_tree *tree, struct ptc_gather *gather);

#endif /* PTC_TREE_USERS_H */
