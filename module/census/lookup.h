/* SPDX-License-Identifier: GPL-2.0 */
/* Finds the owner of a page frame that is a page table. */
#ifndef PTC_CENSUS_LOOKUP_H
#define PTC_CENSUS_LOOKUP_H

#include <linux/types.h>

#include "census/mm_walk.h"
#include "census/processes.h"

enum ptc_kind {
	PTC_KIND_USER,		/* a table of a process, or handed out by a cache for an mm */
	PTC_KIND_KERNEL,	/* a table of init_mm, or handed out by a cache for no mm */
	PTC_KIND_CACHED_FREE,	/* a page of a cache, not handed out */
	PTC_KIND_UNOWNED,	/* typed as a page table, but no walk finds it */
	PTC_KIND_NONE,		/* not a table */
};

struct ptc_owner {
	enum ptc_kind kind;
	int level;			/* -1: not known */
	unsigned long mm;		/* identity, not dereferenced; 0: none */
	unsigned long va;		/* PTC_NO_VA: not known, or not mapped */
	pid_t pid;			/* 0: none */
	char comm[TASK_COMM_LEN];
	const char *reason;		/* remark for the reader of the report, or NULL */
};

struct ptc_lookup {
	unsigned long pfn;
	struct ptc_owner unnamed;	/* ignored: ptc_lookup_in_space() needs no owner */
	enum {
		PTC_LOOKUP_BEGIN, PTC_LOOKUP_PROCESSES, PTC_LOOKUP_KERNEL, PTC_LOOKUP_DONE
	} stage;
	pid_t pid;			/* where to resume with the processes */
	bool found, shared;
	struct ptc_visitor visitor;
	struct ptc_patience patience;
	struct ptc_owner *owner;
	struct ptc_mm_walk walk;
};

void ptc_lookup_begin(struct ptc_lookup *lookup, unsigned long pfn);
int ptc_lookup_next(struct ptc_lookup *lookup, struct ptc_owner *owner);
int ptc_lookup_in_space(struct ptc_lookup *lookup, const struct ptc_space *space,
			unsigned long pfn);

#endif /* PTC_CENSUS_LOOKUP_H */
