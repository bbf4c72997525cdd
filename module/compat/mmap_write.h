/* SPDX-License-Identifier: GPL-2.0 */
/* The mmap lock for writing, by a trylock, which only 6.1 has. */
#ifndef PTC_COMPAT_MMAP_WRITE_H
#define PTC_COMPAT_MMAP_WRITE_H

#include <linux/mm.h>
#include <linux/mmap_lock.h>

#include "ptc_have.h"

/* Released by mmap_write_unlock(). Context: any but interrupts. */
static inline bool ptc_mmap_write_trylock(struct mm_struct *mm)
{
#ifdef PTC_HAVE_MMAP_WRITE_TRYLOCK
	return mmap_write_trylock(mm);
#else
	bool done;

	__mmap_lock_trace_start_locking(mm, true);
	done = down_write_trylock(&mm->mmap_lock);
	if (done)
		mm_lock_seqcount_begin(mm); /* as mmap_write_lock() does; the unlock ends it */
	__mmap_lock_trace_acquire_returned(mm, true, done);
	return done;
#endif
}

#endif /* PTC_COMPAT_MMAP_WRITE_H */
