/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The address space of a process, made up: areas, and tables of pages under them, which others
 * change as the kernel's locks allow. What a table was freed from cannot be read any more.
 */
#ifndef HOST_MM_WORLD_H
#define HOST_MM_WORLD_H

#include <linux/mmap_lock.h>

#include "pt_cache.h"
#include "tap.h"

#define WORLD_PAGES	4096	/* that tables are made of */
#define WORLD_BLOCK	512	/* of them the first, which are a cache's */
#define WORLD_AREAS	8192

/* What a page is used for, and since when it is that, and there. */
struct table {
	enum { FREE, IN_TREE, DEPOSIT } use;
	enum pt_cache_level level;
	unsigned long va;		/* the first address it maps, or its table of PMDs */
	unsigned long since;		/* world.now */
	unsigned int found;		/* by a walk, since then */
	bool shared;			/* hugetlb's: other mms have it, too */
	const struct mm_struct *owner;	/* of a cache's: handed out for */
};

extern struct world {
	struct mm_struct mm;
	struct vm_area_struct areas[WORLD_AREAS];	/* by rising address; since: now */
	unsigned int nr_areas;
	struct table tables[WORLD_PAGES];
	unsigned long now;		/* goes on with each change of use or place */
	unsigned long random;
	unsigned long changes;		/* so many were made */
	bool has_ldt_tables;
	unsigned long unmapped, unmapped_end;	/* it ends with world_unmap_ends() */
} world;

unsigned long below(unsigned long limit);

void world_begin(unsigned int levels, bool pti);
void world_end(void);

/* Areas, tables and entries, at random; or very many areas, or tables; or no area. */
enum world_kind { RANDOM, AREAS, TABLES, NOTHING };
void world_populate(enum world_kind kind);

/* Tables alone, in no area, that nobody changes: under a top of their own. */
pgd_t *world_plant(void);

struct table *world_table_of(const volatile void *entries);
unsigned long world_span(enum pt_cache_level level);
bool world_in_area(unsigned long start, unsigned long size);
bool world_in_old_area(unsigned long start, unsigned long size, unsigned long since);
int world_entries(const unsigned long *entries);
unsigned long world_pmd(unsigned long va);	/* the entry, or 0 */

/*
 * What others do who hold the lock for writing, or any lock. What they unmap may be there for a
 * while, though in no area: it goes when they have come to its tables, while others have the lock
 * for reading.
 */
void world_change(void);
void world_unmap_ends(void);

/*
 * What others may do who hold the lock for reading, or none. @rcu: somebody is in an RCU section,
 * or has interrupts off: what is freed stays until world_rcu_ends().
 */
void world_change_meanwhile(bool rcu);
void world_change_at(unsigned long va, bool rcu);
void world_rcu_ends(void);

#endif
