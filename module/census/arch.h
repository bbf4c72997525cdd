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
#include <asm/pgalloc.h>

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

/*
 * The pages of a process's top level. It may be a pair: with PTI the second page is the user PGD.
 * Built with PTI, 6.1 and 6.12 allocate the pair also when it is off. Later kernels decide at boot,
 * and do not have the macro.
 */
static inline unsigned int ptc_pgd_pages(void)
{
#ifdef PGD_ALLOCATION_ORDER
	return 1U << PGD_ALLOCATION_ORDER;
#else
	return boot_cpu_has(X86_FEATURE_PTI) ? 2 : 1;
#endif
}

/* A PGD is whole pages. */
static inline bool ptc_pgd_in_slab(void)
{
	return false;
}

static inline const char *ptc_pgd_second_page(void)
{
	return boot_cpu_has(X86_FEATURE_PTI) ?
	       "the user PGD of page-table isolation" :
	       "the second page of the PGD's pair, unused while page-table isolation is off";
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

/* arm64 allocates a PGD that is smaller than a page from a slab. */
static inline bool ptc_pgd_in_slab(void)
{
	return PTRS_PER_PGD * sizeof(pgd_t) < PAGE_SIZE;
}

static inline const char *ptc_pgd_second_page(void)
{
	return NULL;
}
#endif

#endif /* PTC_CENSUS_ARCH_H */
