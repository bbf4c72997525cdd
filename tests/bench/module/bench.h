/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pt_cache_bench.ko: what pt_cache costs beside what the kernel offers. It runs with pt_cache.ko as
 * it is installed, without the tests' hooks, and calls its exported functions only.
 */
#ifndef PTC_BENCH_H
#define PTC_BENCH_H

#include <linux/types.h>

struct dentry;

/*
 * What hands out pages of 4K. A mix of calls is compiled for each of them, so that what is measured
 * is called directly. Items are what it hands out, whatever that is.
 */
struct rival {
	void *(*alloc)(void);
	void (*free)(void *item);
	/* returns how many */
	unsigned int (*alloc_bulk)(unsigned int nr, void **items);
	void (*free_bulk)(unsigned int nr, void **items);
};

/*
 * A stretch of a mix: short enough to lie between two ticks of the timer. The items from @at on are
 * its own.
 */
enum stretch_kind {
	STRETCH_PAIRS,		/* allocate and free one, @nr times */
	STRETCH_ALLOC,		/* allocate @nr */
	STRETCH_FREE,		/* free @nr */
	STRETCH_BULK_ALLOC,	/* allocate @nr in one call */
	STRETCH_BULK_FREE,
	STRETCH_TOGGLE,		/* @nr times: of a random item, free it if it is out, or get it */
};

struct stretch {
	enum stretch_kind kind;
	unsigned int at, nr;
	void **items;
	const u32 *toggles;	/* which items, for STRETCH_TOGGLE */
	u64 ticks;
	bool failed;
};

struct contender {
	const char *name;
	int (*start)(void);
	void (*stop)(void);
	void (*run)(struct stretch *stretch);
	bool in_softirq;	/* where it is meant to be used */
	bool asks_for_zero;	/* of the page allocator */
	bool clears_items;	/* each one it hands out, by memset() */
};

extern const struct contender contenders[];
extern const unsigned int nr_contenders;

void mixes_init(struct dentry *folder);
int mixes_prepare(void);
void mixes_exit(void);
void supply_init(struct dentry *folder);
void fault_init(struct dentry *folder);
void scale_init(struct dentry *folder);

#endif /* PTC_BENCH_H */
