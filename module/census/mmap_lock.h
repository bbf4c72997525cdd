/* SPDX-License-Identifier: GPL-2.0 */
/* Acquires other processes' mmap locks for the readers of reports, without holding anybody up. */
#ifndef PTC_CENSUS_MMAP_LOCK_H
#define PTC_CENSUS_MMAP_LOCK_H

#include <linux/mm_types.h>
#include <linux/types.h>

/* How long a reader may still wait for mmap locks, in ns: in a pass over all mms, and for one. */
struct ptc_patience {
	u64 pass_ns, mm_ns;
};

void ptc_patience_for_pass(struct ptc_patience *patience);
void ptc_patience_for_next_mm(struct ptc_patience *patience);

int ptc_mmap_lock(struct mm_struct *mm, struct ptc_patience *patience);
void ptc_mmap_unlock(struct mm_struct *mm);

#endif /* PTC_CENSUS_MMAP_LOCK_H */
