/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the walks need to know of the architecture.
 *
 * The LDT: tables of a process that map no memory of its own. With page-table isolation, x86-64
 * maps the LDT of modify_ldt() in a slot of the top level that is each mm's own, in the kernel's
 * half. The kernel counts these tables as the mm's.
 */
#ifndef PTC_CENSUS_ARCH_H
#define PTC_CENSUS_ARCH_H

#include <linux/mm_types.h>
#include <linux/pgtable.h>

#ifdef CONFIG_X86_64
#include <asm/cpufeature.h>

static inline bool ptc_ldt_is_mapped(void)
{
	return IS_ENABLED(CONFIG_MODIFY_LDT_SYSCALL) && boot_cpu_has(X86_FEATURE_PTI);
}

/*
 * Does an mm have an LDT that is mapped? Then its tables stay until exit_mmap(). Before the first
 * one is installed they do not: a modify_ldt() that gets no memory frees what it has (write_ldt()),
 * and waits for no walk.
 */
static inline bool ptc_mm_has_ldt(const struct mm_struct *mm)
{
#ifdef CONFIG_MODIFY_LDT_SYSCALL
	/* install_ldt() releases it */
	return ptc_ldt_is_mapped() && smp_load_acquire(&mm->context.ldt);
#else
	return false;
#endif
}

#define PTC_LDT_START	LDT_BASE_ADDR
#define PTC_LDT_END	LDT_END_ADDR

/* With PTI the top level is a pair of pages: the kernel's, and the one that user mode runs on. */
static inline unsigned int ptc_pgd_pages(void)
{
	return boot_cpu_has(X86_FEATURE_PTI) ? 2 : 1;
}
#else
static inline bool ptc_ldt_is_mapped(void)
{
	return false;
}

static inline bool ptc_mm_has_ldt(const struct mm_struct *mm)
{
	return false;
}

#define PTC_LDT_START	0UL
#define PTC_LDT_END	0UL

static inline unsigned int ptc_pgd_pages(void)
{
	return 1;
}
#endif

#endif /* PTC_CENSUS_ARCH_H */
