/* SPDX-License-Identifier: GPL-2.0 */
/* The VMAs that share a PTE table, and the locks that exclude whoever reaches it through them. */
#ifndef PTC_USER_SHARERS_H
#define PTC_USER_SHARERS_H

#include <linux/mm_types.h>
#include <linux/rwsem.h>
#include <linux/types.h>

/* The libraries of a process are some five VMAs each, and often many lie in one 2M. */
#define PTC_SHARERS_MAX		64
/* lockdep counts to 48 locks held. */
#define PTC_RMAP_LOCKS_MAX	32

struct ptc_sharers {
	unsigned int nr;
	struct vm_area_struct *vma[PTC_SHARERS_MAX];
};

/* i_mmap_rwsem of files and root locks of anon_vmas, each once. They are held for writing. */
struct ptc_rmap_locks {
	unsigned int nr;
	bool too_many;			/* there was no room for one more */
	bool of_file;			/* one is of a file, which other processes map, too */
	struct rw_semaphore *lock[PTC_RMAP_LOCKS_MAX];
};

bool ptc_sharers_find(struct ptc_sharers *sharers, struct mm_struct *mm, unsigned long start,
		      unsigned long end);
bool ptc_sharers_eligible(const struct ptc_sharers *sharers);
bool ptc_sharers_have_file(const struct ptc_sharers *sharers);
bool ptc_sharers_trylock(const struct ptc_sharers *sharers, struct ptc_rmap_locks *locks);
void ptc_rmap_unlock(struct ptc_rmap_locks *locks);

#endif /* PTC_USER_SHARERS_H */
