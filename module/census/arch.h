/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Architecture specifics of the walks.
 *
 * LDT: a process can have tables that map no memory of its own. With page-table isolation, x86-64
 * maps the LDT of modify_ldt() in a PGD slot of the kernel half that is private to each mm. The
 * kernel accounts these tables to the mm.
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
 * Does the mm have a mapped LDT? Its tables stay until exit_mmap() once the first LDT is installed.
 * Before that they may be freed at any time: a modify_ldt() that runs out of memory frees the
 * tables it has built (write_ldt()) without waiting for walkers.
 */
static inline bool ptc_mm_has_ldt(const struct mm_struct *mm)
{
#ifdef CONFIG_MODIFY_LDT_SYSCALL
	/* pairs with the release in install_ldt() */
	return ptc_ldt_is_mapped() && smp_load_acquire(&mm->context.ldt);
#else
	return false;
#endif
}

#define PTC_LDT_START	LDT_BASE_ADDR
#define PTC_LDT_END	LDT_END_ADDR

/* With PTI the top level is a pair of pages: the kernel PGD and the user PGD. */
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
