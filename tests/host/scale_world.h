/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine of scale_test, as large as it is told to be, for one thread: included before all of
 * the shim, whose CPUs, locks, RCU, time and work for others scale_world.c stands in for. Nothing
 * happens beside anything, and time passes when the program says so: a run does the same each time.
 */
#ifndef HOST_SCALE_WORLD_H
#define HOST_SCALE_WORLD_H

/* ---- how large it is: set before anything else ---- */

#define WORLD_CPUS_MAX		256

extern int world_cpus, world_nodes;
extern unsigned long world_node_pages;
extern long world_tables[];		/* lent ones in use, by node: what the kernel counts */

#define SHIM_CPUS		world_cpus
#define SHIM_NODES		world_nodes
#define SHIM_NODES_MAX		8
#define SHIM_NODE_PAGES		world_node_pages
#define SHIM_SPARSE		1
#define SHIM_CLEAR_PAGE		world_clear_page

/* ---- what is done with lists and bitmaps, and looks at lent tables ---- */

enum { WORLD_BIT, WORLD_LOOK, WORLD_ENTRY, WORLD_LINK, WORLD_WORD, WORLD_KINDS };

extern unsigned long world_did[WORLD_KINDS];

#define shim_did(what, n)	((void)(world_did[WORLD_##what] += (n)))

/* ---- spinlocks: a word, as in the kernel, so that what has one has its size ---- */

#define SHIM_OWN_SPINLOCKS

typedef struct { unsigned int held; } spinlock_t;
typedef struct { unsigned int held; } raw_spinlock_t;

void world_lock(unsigned int *held);
void world_unlock(unsigned int *held);
/* These are measured. Only nodes have raw spinlocks. */
void world_lock_node(unsigned int *held);
void world_unlock_node(unsigned int *held);

#define DEFINE_SPINLOCK(name)		spinlock_t name = { 0 }
#define spin_lock_init(lock)		((void)((lock)->held = 0))
#define spin_lock(lock)			world_lock(&(lock)->held)
#define spin_unlock(lock)		world_unlock(&(lock)->held)
#define raw_spin_lock_init(lock)	((void)((lock)->held = 0))
#define raw_spin_lock(lock)		world_lock_node(&(lock)->held)
#define raw_spin_unlock(lock)		world_unlock_node(&(lock)->held)

/* The most that was done in one hold of a node's lock, of those that began at one place. */
struct world_hold {
	const void *place;		/* where the call returns to; NULL: no more */
	unsigned long times;
	unsigned long tables;		/* that were moved or looked at */
	unsigned long blocks;		/* entries of lists come by */
	unsigned long work;		/* steps: these, and links and words of bitmaps */
	unsigned long ns_least;		/* of the holds with so much work: the least disturbed */
	unsigned long ns_most;
};

const struct world_hold *world_holds(void);

/* ---- time, and what others do in it ---- */

unsigned long world_cpu_ns(void);	/* of this program, real */
void world_run(void);			/* what is queued is done, and what it queues */
void world_pass(unsigned long nr);	/* so many jiffies go by */

struct world_account {
	unsigned long works, works_ns;	/* work of queues: how often, and the time that it took */
	unsigned long ipis;		/* other CPUs that were interrupted */
	unsigned long cleared;		/* pages */
};

extern struct world_account world_account;

#endif
