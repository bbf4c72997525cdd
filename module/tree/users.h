/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Users of the tables of a tree. A table has one user for each entry of it that is not none, and
 * one for each caller that works on it and would not have it go. The last one takes the table out
 * of the tree: an entry that leads to a table is a user of the table that it is in, so tables
 * without use go all the way up. The top of a tree has the tree for a user, and stays.
 *
 * No lock is needed for an entry above the PTEs: it goes from none to something, and from a mapping
 * to none or to a table that maps the same, by cmpxchg(). From a table to none it is taken by the
 * one who put the last user; until then whoever comes along finds a table without users, and waits
 * for that store. So CPUs in different ranges of 2M never wait for each other.
 */
#ifndef PTC_TREE_USERS_H
#define PTC_TREE_USERS_H

#include "pgtable/entry.h"
#include "tree/tree.h"

/* What an operation took out of the tree: flushed once, at its end. */
struct ptc_gather {
	unsigned long start, end;	/* addresses; nothing: start >= end */
	struct ptc_record *dying;
	bool unflushed;			/* counted in the tree's */
};

#define PTC_GATHER_INIT		{ .start = ULONG_MAX }

/* What an entry above the PTEs turned out to be. */
enum ptc_found {
	PTC_FOUND_NONE,
	PTC_FOUND_LEAF,
	PTC_FOUND_TABLE,	/* with one user more: the caller's */
	PTC_FOUND_DYING,	/* its last user has gone; soon it is none */
	PTC_FOUND_FOREIGN,	/* a table that is not ours: somebody else wrote this entry */
};

enum ptc_found ptc_table_get(enum pt_cache_level level, unsigned long *entry, unsigned long *value,
			     unsigned long **table);
bool ptc_users_get(unsigned long *table, unsigned int nr);
void ptc_users_add(unsigned long *table, unsigned int nr);
void ptc_users_sub(unsigned long *table, unsigned int nr);
bool ptc_users_put(struct pt_cache_tree *tree, unsigned long *table, unsigned long *entry,
		   unsigned int nr, struct ptc_gather *gather);
void ptc_gather_table(struct pt_cache_tree *tree, enum pt_cache_level level,
		      unsigned long *table, unsigned long va, struct ptc_gather *gather);
void ptc_gather_unflushed(struct pt_cache_tree *tree, struct ptc_gather *gather);
void ptc_gather_range(struct ptc_gather *gather, unsigned long start, unsigned long end);
void ptc_gather_finish(struct pt_cache_tree *tree, struct ptc_gather *gather);

#endif /* PTC_TREE_USERS_H */
