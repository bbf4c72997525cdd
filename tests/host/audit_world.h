/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes with page tables, made up, on a machine of any size: what a walk finds in each, who
 * ends, whose mmap lock is held, and what moves while others are walked.
 */
#ifndef HOST_AUDIT_WORLD_H
#define HOST_AUDIT_WORLD_H

#include <linux/mmap_lock.h>

#include "census/mm_walk.h"
#include "tap.h"

#define WORLD_12TB	(3UL << 30)	/* pages */

struct world_table {
	unsigned long pfn, va;		/* deposited: va is that of the PMD table */
	enum pt_cache_level level;
	bool deposited;
	int share_count;
	bool unmarked, ours;
	unsigned long owner;
	const unsigned long *entries;	/* NULL: none */
};

/* When somebody holds the mmap lock. */
enum { WORLD_BUSY_FIRST = 1, WORLD_BUSY_SECOND = 2, WORLD_BUSY_JUDGED = 4 };

struct world_space {
	struct mm_struct own, *mm;	/* mm: its own, or another's; NULL: planted */
	pid_t at;
	unsigned int nr, room;
	struct world_table *tables;	/* as a walk comes to them */
	const unsigned long *top;
	unsigned int busy;		/* bits */
	unsigned int busy_after;	/* tables, in each walk */
	bool ended;
	int refs;
};

extern struct world {
	struct world_space *spaces;	/* by rising at */
	unsigned int nr_spaces;
	unsigned long random;

	/* of an audit */
	unsigned int passes;		/* walks over the processes */
	unsigned long visits;		/* of tables, in passes */
	unsigned long looks;		/* at a place */
	unsigned long patiences;
	bool judging;
	unsigned long events;		/* places where a signal may come */
	unsigned long signal_at;	/* such a place; 0: none */
	bool signal;
	void (*happens)(void);		/* at each event */
	void (*judged)(unsigned long pfn);	/* was found at a place */
} world;

extern unsigned long world_pages;
extern unsigned long world_top[512];

unsigned long below(unsigned long limit);

void world_begin(unsigned long pages, unsigned int nr_spaces, unsigned int nr_tables, bool planted);
void world_end(void);
void world_begin_audit(void);

unsigned long world_new_pfn(void);	/* that no table has */
void world_insert(struct world_space *space, const struct world_table *table);
/* At some place, as a table of a level (enum pt_cache_level) or one that is deposited. */
enum { WORLD_DEPOSIT = -1, WORLD_ANY_LEVEL = -2 };
void world_insert_somewhere(struct world_space *space, unsigned long pfn, int level);
void world_remove(struct world_space *space, unsigned int at);

#endif
