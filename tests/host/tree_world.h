/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What trees live in: a cache that looks at each table that comes and goes, and hardware that walks
 * a tree by itself and remembers what it has seen. The hardware reads entries as the CPU's manual
 * has them, with none of the kernel's macros.
 */
#ifndef HOST_TREE_WORLD_H
#define HOST_TREE_WORLD_H

#include <linux/kernel.h>

#include "pt_cache.h"
#include "tap.h"

/* As the manual has it (Intel SDM volume 3, 4.5; AMD APM volume 2, 5.3). */
#define MANUAL_PRESENT		(1UL << 0)
#define MANUAL_WRITABLE		(1UL << 1)
#define MANUAL_USER		(1UL << 2)
#define MANUAL_ACCESSED		(1UL << 5)
#define MANUAL_DIRTY		(1UL << 6)
#define MANUAL_LARGE		(1UL << 7)	/* in a PTE: PAT */
#define MANUAL_PAT_OF_PTE	(1UL << 7)
#define MANUAL_PAT_OF_LARGE	(1UL << 12)
#define MANUAL_ADDRESS		0x000ffffffffff000UL
#define MANUAL_NO_EXECUTE	(1UL << 63)

#define SZ_4K	(1UL << 12)
#define SZ_2M	(1UL << 21)
#define SZ_1G	(1UL << 30)
#define SZ_512G	(1UL << 39)

struct mm_struct {
	int grabbed;
};

/* A level counts from 1, for PTEs. */
static inline unsigned int manual_shift(int level)
{
	return 12 + 9 * (level - 1);
}

unsigned long random_of(unsigned long *state, unsigned long below);

/* ---- what happens meanwhile ---- */

/* May another CPU do anything here, without waiting for this one? */
static inline bool others_may_run(void)
{
	return shim_atomic == shim_rcu;
}

/* This task is killed when it has looked so often; 0: it is not. */
extern __thread unsigned int signal_after;

/* ---- the cache ---- */

extern struct pt_cache *world_cache;

void world_begin(void);
void world_end(void);
unsigned int world_tables_out(void);
int world_users_of(const void *table);

/* ---- hardware ---- */

#define WORLD_TREES	2

/* What an address is mapped to, as the hardware reads and remembers it. */
struct translation {
	unsigned long va, size, pa;
	unsigned long prot;		/* as a PTE has it */
};

/* The way to a table: where a walk begins that remembers it. */
struct way {
	int level;			/* of the table; 0: nothing is remembered here */
	unsigned long va;
	unsigned long *table;
};

#define TRANSLATIONS	32
#define WAYS		24

struct hardware {
	pthread_mutex_t lock;		/* of all that follows */
	struct pt_cache_tree *tree;	/* NULL: it walks nothing */
	unsigned long random;
	struct translation translations[TRANSLATIONS];	/* of size 0: nothing is remembered here */
	struct way ways[WAYS];
	unsigned long walks, hits, shortcuts;
};

extern struct hardware world_hardware[WORLD_TREES];

void hardware_begin(struct hardware *hw, struct pt_cache_tree *tree);
void hardware_end(struct hardware *hw);
bool hardware_access(struct hardware *hw, unsigned long va, bool write, struct translation *found);
void hardware_forget(struct hardware *hw, unsigned long start, unsigned long end);
void hardware_forget_all(struct hardware *hw);

/* An entry that maps, at @level, as a translation. */
struct translation translation_of(unsigned long entry, int level, unsigned long va);

#endif
