/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A process's address space, as far as one sees it who walks it from outside: its areas, its lock,
 * its page tables. What is in it the test says, who else wants the lock, and what happens while
 * nobody holds it.
 */
#ifndef SHIM_LINUX_MMAP_LOCK_H
#define SHIM_LINUX_MMAP_LOCK_H

#include <linux/kernel.h>

struct vm_area_struct {
	unsigned long vm_start, vm_end;
	unsigned long since;		/* the test's */
};

struct mm_struct {
	pgd_t *pgd;
	struct { void *ldt; } context;
};

bool mmap_read_trylock(struct mm_struct *mm);
bool mmap_lock_is_contended(struct mm_struct *mm);
void mmap_read_unlock(struct mm_struct *mm);

/* The first area that ends behind the address. The lock is held. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long address);

/* Of the table that the entry is in: its lock, and the tables that are deposited with it. */
spinlock_t *pmd_lock(struct mm_struct *mm, pmd_t *pmd);
#define pmd_huge_pte(mm, pmd)	(virt_to_page(pmd)->pmd_huge_pte)

#endif
