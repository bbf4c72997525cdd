/* SPDX-License-Identifier: GPL-2.0 */
/* The VMAs that share a PTE table, and the locks that exclude whoever reaches it through them. */
#ifndef PTC_USER_SHARERS_H
#define PTC_USER_SHARERS_H

#include <linux/mm_types.h>
#include <linux/rwsem.h>
#include <linux/types.h>

/* lockdep counts to 48 locks held. */
#define PTC_SHARERS_MAX		16
#define PTC_SHARERS_LOCKS	16

struct ptc_sharers {
	unsigned int nr, nr_locks;
	bool too_many_locks;
	struct vm_area_struct *vma[PTC_SHARERS_MAX];
	struct rw_semaphore *lock[PTC_SHARERS_LOCKS];
};

bool ptc_sharers_find(struct ptc_sharers *sharers, struct mm_struct *mm, unsigned long start,
		      unsigned long end);
bool ptc_sharers_eligible(const struct ptc_sharers *sharers);
bool ptc_sharers_trylock(struct ptc_sharers *sharers);
void ptc_sharers_unlock(struct ptc_sharers *sharers);

#endif /* PTC_USER_SHARERS_H */
