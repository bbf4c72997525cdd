/* SPDX-License-Identifier: GPL-2.0 */
/* New PTE tables that get the entries of detached ones, and are put in their places. */
#ifndef PTC_USER_REPLACE_H
#define PTC_USER_REPLACE_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

struct ptc_detached;

/* A detached table that is to be replaced. */
struct ptc_replacement {
	struct page *table;	/* the new one */
	pmd_t *pmdp;		/* entry that the old one was taken out of */
	pmd_t pmd;		/* what that entry was */
	unsigned long va;
};

/* The first @used of @nr new tables have a place. */
struct ptc_replacements {
	unsigned int nr, used;
	bool retire;			/* the old pages are not to be used again */
	unsigned int lost;		/* entries that could not be read */
	struct ptc_replacement at[];
};

/* Two pages. */
#define PTC_REPLACEMENTS_MAX							\
	((2 * PAGE_SIZE - sizeof(struct ptc_replacements)) / sizeof(struct ptc_replacement))

struct ptc_replacements *ptc_replacements_new(bool may_reclaim);
void ptc_replacements_free(struct ptc_replacements *new);
bool ptc_replacements_add(struct ptc_replacements *new, struct page *page);
void ptc_replacements_note(struct ptc_replacements *new, unsigned long va, pmd_t *pmdp, pmd_t pmd);
void ptc_replacements_publish(struct ptc_replacements *new, struct mm_struct *mm, pid_t pid,
			      struct ptc_detached *old);

int ptc_replace_prepare(void);

#endif /* PTC_USER_REPLACE_H */
