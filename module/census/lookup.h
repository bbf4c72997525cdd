/* SPDX-License-Identifier: GPL-2.0 */
/* Finds the owners of page frames that are page tables. */
#ifndef PTC_CENSUS_LOOKUP_H
#define PTC_CENSUS_LOOKUP_H

#include <linux/types.h>

#include "census/mm_walk.h"
#include "census/processes.h"

/* So many page frames are looked up together. */
#define PTC_LOOKUP_PFNS		512U

/* At least so many more owners are kept of tables that hugetlb shares, of all frames together. */
#define PTC_LOOKUP_SHARERS	256U

#define PTC_REASON_LEN		224

enum ptc_kind {
	PTC_KIND_USER,		/* a table of a process, or handed out by a cache for an mm */
	PTC_KIND_KERNEL,	/* a table of init_mm, or handed out by a cache for no mm */
	PTC_KIND_CACHED_FREE,	/* a page of a cache, not handed out */
	PTC_KIND_UNOWNED,	/* marked as a page table, but no walk finds it */
	PTC_KIND_UNKNOWN,	/* no walk finds it, and nothing proves what it is */
	PTC_KIND_UNSEARCHED,	/* not found, and not all processes could be searched */
	PTC_KIND_NONE,		/* no table: its page type or flags prove it */
	PTC_NR_KINDS,
};

/* The answer for a page frame: one of its owners. */
struct ptc_owner {
	unsigned long pfn;
	enum ptc_kind kind;
	int level;			/* -1: not known */
	unsigned long mm;		/* identity, not dereferenced; 0: none */
	unsigned long va;		/* PTC_NO_VA: not known, or not mapped */
	pid_t pid;			/* 0: none */
	char comm[TASK_COMM_LEN];	/* "": none */
	char reason[PTC_REASON_LEN];	/* remark for the reader of the report, or "" */
};

/* ---- the state of a lookup: private to lookup.c ---- */

/* As struct ptc_owner, in less room. */
struct ptc_lookup_owner {
	unsigned long mm, va;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	u16 next;			/* the next owner of the page frame; 0: none */
	s8 level;
	u8 source, place;		/* what is remarked of them */
};

struct ptc_lookup_frame {
	unsigned long unlisted_mm;	/* the last of the owners that there was no room for */
	u16 unlisted;			/* so many they are */
	u16 last;			/* the last owner that is kept */
	u8 kind;			/* of a frame that is found */
	u8 searches;			/* those that it needs, and, of these, those that go on */
	u8 open;
	bool found;
	bool marked;			/* when the lookup began */
};

struct ptc_lookup {
	enum {
		PTC_LOOKUP_PAGES, PTC_LOOKUP_KERNEL, PTC_LOOKUP_PROCESSES, PTC_LOOKUP_VA,
		PTC_LOOKUP_DONE
	} stage;
	unsigned int nr_given, nr;
	unsigned long given[PTC_LOOKUP_PFNS];	/* as the caller has given them */
	unsigned long pfns[PTC_LOOKUP_PFNS];	/* each once, sorted; by this index: */
	struct ptc_lookup_frame frames[PTC_LOOKUP_PFNS];
	/* the first owner of each frame, then further ones of any */
	struct ptc_lookup_owner owners[PTC_LOOKUP_PFNS + PTC_LOOKUP_SHARERS];
	unsigned int nr_owners;

	/* the searches */
	pid_t pid;			/* the process with which they go on */
	unsigned int at;		/* the frame with which they go on */
	unsigned int busy;		/* processes that could not be searched wholly */
	const struct ptc_process *process;	/* that is being walked */
	unsigned int serves;		/* searches that this walk is for */
	unsigned int left;		/* frames that it may still find; at 0 it ends */
	struct ptc_visitor visitor;
	struct ptc_patience patience;

	/* the answers */
	unsigned int next_given, next_owner;

	struct ptc_mm_walk walk;	/* last: it needs no zeroes to begin with */
};

void ptc_lookup_begin(struct ptc_lookup *lookup, const unsigned long *pfns, unsigned int nr);
int ptc_lookup_next(struct ptc_lookup *lookup, struct ptc_owner *owner);

#endif /* PTC_CENSUS_LOOKUP_H */
