/* SPDX-License-Identifier: GPL-2.0 */
/* Who owns a page frame, if it is a page table. */
#ifndef PTC_CENSUS_LOOKUP_H
#define PTC_CENSUS_LOOKUP_H

#include <linux/types.h>

#include "census/mm_walk.h"
#include "census/processes.h"

enum ptc_kind {
	PTC_KIND_USER,		/* a process's, or handed out by a cache for one */
	PTC_KIND_KERNEL,	/* init_mm's, or handed out by a cache for no mm */
	PTC_KIND_CACHED_FREE,	/* a cache's, not handed out */
	PTC_KIND_UNOWNED,	/* marked as a table, but no walk comes to it */
	PTC_KIND_NONE,		/* not a table */
};

struct ptc_owner {
	enum ptc_kind kind;
	int level;			/* or -1 */
	unsigned long mm;		/* an identity, or 0 */
	unsigned long va;		/* or PTC_NO_VA */
	pid_t pid;			/* 0: none */
	char comm[TASK_COMM_LEN];
	const char *reason;		/* what a person should know, or NULL */
};

struct ptc_lookup {
	unsigned long pfn;
	struct ptc_owner unnamed;	/* where nobody wants to know */
	enum {
		PTC_LOOKUP_BEGIN, PTC_LOOKUP_PROCESSES, PTC_LOOKUP_KERNEL, PTC_LOOKUP_DONE
	} stage;
	pid_t pid;			/* where the processes are gone on with */
	bool found, shared;
	struct ptc_visitor visitor;
	struct ptc_owner *owner;
	struct ptc_mm_walk walk;
};

void ptc_lookup_begin(struct ptc_lookup *lookup, unsigned long pfn);
int ptc_lookup_next(struct ptc_lookup *lookup, struct ptc_owner *owner);
int ptc_lookup_in_space(struct ptc_lookup *lookup, const struct ptc_space *space,
			unsigned long pfn);

#endif /* PTC_CENSUS_LOOKUP_H */
