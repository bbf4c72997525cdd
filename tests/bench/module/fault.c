// SPDX-License-Identifier: GPL-2.0
/*
 * `fault`: the ticks of the kernel's own way to a new PTE table of a user: apply_to_page_range()
 * comes to pte_alloc_one(), be that the kernel's or pt_cache_live.ko's.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <asm/msr.h>

#include "bench.h"

#define TABLES	100U
#define ROUNDS	10

static int nothing(pte_t *pte, unsigned long addr, void *data)
{
	return 0;
}

static int time_tables(u64 *ticks)
{
	unsigned long at = vm_mmap(NULL, 0, (TABLES + 1) * PMD_SIZE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, 0);
	unsigned long first = ALIGN(at, PMD_SIZE);
	unsigned int i;
	u64 start;
	int err;

	if (IS_ERR_VALUE(at))
		return at;
	schedule_timeout_uninterruptible(1); /* none of the timer's ticks in it */
	err = mmap_write_lock_killable(current->mm);
	if (!err) {
		start = rdtsc_ordered();
		for (i = 0; !err && i < TABLES; i++)
			err = apply_to_page_range(current->mm, first + i * PMD_SIZE, PAGE_SIZE,
						  nothing, NULL);
		*ticks = rdtsc_ordered() - start;
		mmap_write_unlock(current->mm);
	}
	vm_munmap(at, (TABLES + 1) * PMD_SIZE);
	return err;
}

static int fault_show(struct seq_file *m, void *unused)
{
	u64 ticks, least = U64_MAX;
	int round, err;

	for (round = 0; round < ROUNDS; round++) {
		err = time_tables(&ticks);
		if (err)
			return err;
		least = min(least, ticks);
		schedule_timeout_uninterruptible(HZ / 2); /* tables are got ready */
	}
	seq_printf(m, "in_kernel %llu\n", least / TABLES);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fault);

void fault_init(struct dentry *folder)
{
	debugfs_create_file("fault", 0400, folder, NULL, &fault_fops);
}
