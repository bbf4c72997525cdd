// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own way to a new PTE table of a user: apply_to_page_range() comes to
 * pte_alloc_one(), be that the kernel's or pt_cache_live.ko's.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <asm/msr.h>

#include "selftest.h"

static int nothing(pte_t *pte, unsigned long addr, void *data)
{
	return 0;
}

/*
 * Have @nr tables made in this process, which go again.
 * @ticks: of the TSC, what it took to make them
 * Context: a process's, may sleep. Returns 0, or an error of mapping, of memory or a signal.
 */
int time_kernel_tables(unsigned int nr, u64 *ticks)
{
	unsigned long size = (nr + 1) * PMD_SIZE;
	unsigned long at = vm_mmap(NULL, 0, size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
	unsigned long first = ALIGN(at, PMD_SIZE);
	unsigned int i;
	u64 start;
	int err;

	if (IS_ERR_VALUE(at))
		return at;
	schedule_timeout_uninterruptible(1); /* few of the timer's ticks fall into it */
	err = mmap_write_lock_killable(current->mm);
	if (!err) {
		start = rdtsc_ordered();
		for (i = 0; !err && i < nr; i++)
			err = apply_to_page_range(current->mm, first + i * PMD_SIZE, PAGE_SIZE,
						  nothing, NULL);
		*ticks = rdtsc_ordered() - start;
		mmap_write_unlock(current->mm);
	}
	vm_munmap(at, size);
	return err;
}
