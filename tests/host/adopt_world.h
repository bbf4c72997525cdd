/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory that regions are adopted from, made up: nodes that reach into each other, zones,
 * pageblocks, sections that go offline, pages that cannot or should not be migrated, and how the
 * direct map maps each region. It is strict: what must never be asked of the page allocator stops
 * the program. And it keeps note of what the adopter was told, and of what it should remember.
 */
#ifndef HOST_ADOPT_WORLD_H
#define HOST_ADOPT_WORLD_H

#include <linux/kernel.h>

#include "alloc/adopt.h"
#include "alloc/block.h"
#include "tap.h"

/* The bounds of a pass, as the adopter promises them. */
#define TRIES_PER_PASS	16
#define WALK_PER_PASS	(16UL << 18)	/* pages: 16G */
#define RETRY_AFTER	60		/* seconds */
#define IDLE_FOR	(10 * HZ)
#define PAGES_TO_SPARE	(4 * PTC_BLOCK_PAGES)

/* As READ_ONCE() and WRITE_ONCE(), but that nothing happens meanwhile. */
#define peek(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define poke(x, value)	__atomic_store_n(&(x), value, __ATOMIC_RELAXED)

#define WORLD_REGIONS	448
#define SECTION_REGIONS	(PAGES_PER_SECTION / PTC_BLOCK_PAGES)

enum mapping { NOT_MAPPED, WHOLE, SPLIT, UNCACHED };	/* UNCACHED: by PTEs, and not write-back */

/* A 2M region that has memory. What is atomic other threads change, too. */
struct region {
	unsigned long pfn;
	int nid;			/* of the first page */
	struct zone *zone, *last_zone;	/* of the first and of the last page */
	enum mapping mapping;
	unsigned int cut;		/* the page at which the protection changes, or 0 */
	bool joins;			/* its mapping, just before its pages are ours */
	bool online;			/* atomic */
	/* UNMOVABLE is seen before the pageblock is isolated, PINNED when the pages are migrated */
	enum { EMPTY, MOVABLE, UNMOVABLE, PINNED } content;
	unsigned int busy;		/* of its pages so many are locked or under writeback */
	bool taken;			/* all of it is ours; atomic */
	bool smaller;			/* a smaller block of ours is in it */
	DECLARE_BITMAP(dirty, PTC_BLOCK_PAGES);	/* pages that are not zero, once they are ours */

	/* as the adopter is to remember it */
	bool was_ours;
	long long leave_until;		/* seconds */

	/* what the adopter was told last: when, if it was what it likes to hear; else 0 */
	unsigned long told_online, told_split;
};

/* The pass that this thread is in. */
struct world_pass {
	int nid;
	unsigned long began;		/* world.told */
	struct region *looked_at;	/* whose pages it has looked at last */
	struct region *tried[TRIES_PER_PASS];
	unsigned int type_before[TRIES_PER_PASS];
	unsigned int tries, walks;
	unsigned long walk_from, walk_at, walk_end;
};

extern __thread struct world_pass pass;

extern struct world {
	struct region regions[WORLD_REGIONS];	/* by rising page frame */
	unsigned int nr_regions;
	unsigned long start[SHIM_NODES], end[SHIM_NODES];
	struct zone zones[SHIM_NODES][MAX_NR_ZONES];
	unsigned long ticks;		/* the time; atomic */
	unsigned long told;		/* goes on with whatever the adopter is told */
	bool newer;			/* a kernel that keeps a pageblock's type */
	bool calm;			/* nothing happens in the middle of a pass */
	bool threads;			/* others adopt at the same time: no note is kept */
	bool short_of_memory;		/* what is to be remembered may not be */
	bool signal;			/* a signal is pending */
	unsigned int faults;		/* of tries, one in so many fails; 0: none */

	/* memory that goes offline: from being isolated, from the notifier's consent */
	struct region *offline_first, *offline_end;
	bool going_offline;		/* atomic */

	/* so many, of a whole run */
	unsigned long tries, failed, joined, late;
} world;

extern __thread unsigned long world_random;
unsigned long below(unsigned long limit);

/* Many regions side by side; or few, all over 48G; or regions of which most cannot be taken. */
enum world_kind { DENSE, WIDE, FULL, WORLD_KINDS };
void world_begin(enum world_kind kind, bool newer);
/* So many regions that all can be adopted, half a section of each node by turns. */
void world_begin_plain(unsigned int nr, unsigned int nodes);
void world_end(void);

struct region *world_region(unsigned long pfn);		/* or NULL */
unsigned int world_type(const struct region *region);
void world_set_type(const struct region *region, unsigned int type);
long long world_seconds(void);

/* The model: may, and can, this region be adopted for the node, as all of it is now? */
bool world_may_adopt(const struct region *region, int nid);

void world_begin_pass(int nid);
void world_end_pass(unsigned long pfn);

/* What others do. */
void world_change(struct region *region);
void world_heal(void);

/* Memory goes offline, as the kernel does it. Each returns whether it came to that. */
bool world_isolate(struct region *first);	/* its section */
int world_go_offline(void);			/* what the notifier says */
bool world_offline(void);
void world_cancel(void);
void world_online(struct region *first);

#endif
