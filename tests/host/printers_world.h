/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the reports print, made up: processes with lists of tables, cgroups, caches, blocks, runs of
 * the direct map. A signal comes where the test says.
 */
#ifndef HOST_PRINTERS_WORLD_H
#define HOST_PRINTERS_WORLD_H

#include <linux/kernel.h>

#include "alloc/block.h"
#include "alloc/cache.h"
#include "alloc/pool.h"
#include "alloc/record.h"
#include "census/mm_walk.h"
#include "census/processes.h"
#include "direct_map/walk.h"

#define WORLD_MMS	200
#define WORLD_BLOCKS	6
#define WORLD_CACHES	4
#define WORLD_RUNS	40
#define NEVER		UINT_MAX

struct mm_struct {
	pid_t pid;
	u64 start, cgroup;
	char comm[TASK_COMM_LEN];
	int nid;
	unsigned int nr;
	struct ptc_mm_table *tables;	/* as a walk finds them */
	unsigned int busy_at;		/* the table before which the lock is lost for good */
	unsigned int exits_after;	/* so many references of its users; NEVER: it stays */
	unsigned long kernel_bytes;	/* VmPTE */
};

struct pid { const struct mm_struct *mm; };

extern struct world {
	unsigned int nr_mms, nr_kernel, nr_blocks, nr_caches, nr_runs;
	struct mm_struct mms[WORLD_MMS];	/* by pid */
	struct pid pid;			/* the one that pt_mm_tables finds */
	struct ptc_mm_table kernel[600];
	struct ptc_block blocks[WORLD_BLOCKS];
	struct ptc_node nodes[SHIM_NODES];
	struct pt_cache caches[WORLD_CACHES];
	struct ptc_map_run runs[WORLD_RUNS];
	int references;			/* of mms and pids, that were not given back */
	/* the signal */
	unsigned long looks, signal_at;	/* at which look at signals it comes; 0: at none */
	bool signal;			/* it waits, until a read has returned */
} world;

extern unsigned long long world_random;
unsigned int below(unsigned int limit);

void world_make(unsigned int nr_mms, unsigned int most_tables, bool busy);
void world_make_rest(void);		/* blocks, tables that are out, caches, runs */
void world_forget(void);
struct ptc_cache_sums world_sums(const struct pt_cache *cache);

/* How many of its tables a walk comes to. */
unsigned int world_walked(const struct mm_struct *mm);

#endif
