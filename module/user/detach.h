/* SPDX-License-Identifier: GPL-2.0 */
/* Takes PTE tables of a running process out of its page tables. */
#ifndef PTC_USER_DETACH_H
#define PTC_USER_DETACH_H

#include <linux/mm_types.h>
#include <linux/types.h>

struct ptc_detached;
struct ptc_replacements;

/* Why a table was not taken that is empty or, to be moved, wanted. */
enum ptc_kept {
	PTC_KEPT_MIXED,		/* VMAs that share it are too many, or not all eligible */
	PTC_KEPT_BUSY,		/* a lock of its VMA is held */
	PTC_KEPT_OTHER,		/* its mapping is not eligible, or an IOMMU walks the mm's tables */
	PTC_NR_KEPT,
};

enum ptc_detach_mode {
	PTC_DETACH_FIND,	/* stop at the first table that could be taken */
	PTC_DETACH_COUNT,	/* count those that could be taken */
	PTC_DETACH_TAKE,
};

struct ptc_detach {
	struct mm_struct *mm;		/* the caller holds a reference of mm_count */
	pid_t pid;			/* for the tracepoint */
	unsigned long va;		/* of the next table to look at */
	/*
	 * Optional: is this empty table wanted? Or, to move tables with entries, too: is the table in
	 * this page frame? One of the two; must not sleep. Others are not counted.
	 */
	bool (*wanted)(void *data, unsigned long va);
	bool (*wants_frame)(void *data, unsigned long pfn);
	void *data;
	bool bad_as_well;	/* to move: tables in bad memory, too, which are not read before */
	/* While it is not 0, a hold ends where a lock of a VMA is held; else that is counted. */
	unsigned int busy_tries;
	/* sums over all holds */
	unsigned long tables;		/* taken, or such that could be */
	unsigned long kept[PTC_NR_KEPT];
	unsigned long in_use;		/* tables with an entry that is not none */
	unsigned int found;		/* by PTC_DETACH_FIND, from detach->va on */
	unsigned int flushes;
	u64 hold_ns;			/* how long the last hold took */
};

int ptc_detach_hold(struct ptc_detach *detach, enum ptc_detach_mode mode,
		    struct ptc_detached *batch, struct ptc_replacements *new);

#endif /* PTC_USER_DETACH_H */
