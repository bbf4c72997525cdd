/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write-locking a VMA without waiting. The kernel's vma_start_write() waits for the readers of
 * the VMA, which may hold it for long: /proc/PID/smaps does so over its whole walk.
 */
#ifndef PTC_COMPAT_VMA_LOCK_H
#define PTC_COMPAT_VMA_LOCK_H

#include <linux/mm.h>
#include <linux/mmap_lock.h>

#include "ptc_have.h"

/*
 * ptc_vma_trylock - exclude the readers of a VMA until the mmap lock is released
 *
 * The caller holds the mmap lock for writing; its release ends this, too, as it ends
 * vma_start_write() (vma_end_write_all()).
 *
 * Up to 6.13 a VMA has an rwsem: this is vma_start_write() by a trylock.
 *
 * Later it has a count of its readers. A reader raises it by a locked instruction, and then reads
 * vm_lock_seq; if that is the mm's, the VMA is locked for writing, and the reader backs off
 * (vma_start_read()). This writes vm_lock_seq, and then reads the count. So of a reader and a
 * writer that meet, either the reader sees the new vm_lock_seq, or the writer sees the reader: on
 * x86 a locked instruction is a full barrier. __vma_start_write() leaves the same two values, the
 * mm's in vm_lock_seq and 1 in the count, but waits; and it writes the first with
 * VM_REFCNT_EXCLUDE_READERS_FLAG in the count, as mm_types.h asks, which keeps readers from
 * counting themselves meanwhile. Those that do here back off by the sequence number. If this
 * fails, the VMA counts as locked for writing for new readers all the same, until the mmap lock
 * is released; nobody takes it for exclusive, as only the caller could.
 *
 * Context: preemptible or not, the mmap lock is held for writing.
 * Return: whether nobody reads the VMA, and nobody begins to.
 */
static inline bool ptc_vma_trylock(struct vm_area_struct *vma)
{
#if defined(PTC_HAVE_VMA_LOCK_COUNT)
	WRITE_ONCE(vma->vm_lock_seq, vma->vm_mm->mm_lock_seq.sequence);
	smp_mb(); /* see above */
	return refcount_read(&vma->vm_refcnt) == 1;
#elif defined(PTC_HAVE_VMA_LOCK_RWSEM)
	if (!down_write_trylock(&vma->vm_lock->lock))
		return false;
	WRITE_ONCE(vma->vm_lock_seq, vma->vm_mm->mm_lock_seq.sequence);
	up_write(&vma->vm_lock->lock);
	return true;
#elif defined(PTC_HAVE_NO_VMA_LOCK)
	return true; /* the mmap lock is all there is */
#else
#error "how this kernel locks a VMA is not known"
#endif
}

#endif /* PTC_COMPAT_VMA_LOCK_H */
