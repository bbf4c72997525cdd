/* SPDX-License-Identifier: GPL-2.0 */
/* The format of page-table entries: x86-64. */
#ifndef PTC_PGTABLE_ARCH_H
#define PTC_PGTABLE_ARCH_H

#ifndef CONFIG_X86_64
#error "the page-table entries of this architecture are not supported yet"
#endif

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <asm/processor.h>

#include "pt_cache.h"

/* An erratum of some CPUs leaves bits set in an entry that is none. Ignore them. */
static inline bool ptc_entry_none(unsigned long entry)
{
	return !(entry & ~_PAGE_KNL_ERRATUM_MASK);
}

/* For kernel tables and entries above the PTE level. Not for a user PTE, it may be PROT_NONE. */
static inline bool ptc_entry_present(unsigned long entry)
{
	return entry & _PAGE_PRESENT;
}

/* For user tables: a PROT_NONE entry counts. */
static inline bool ptc_user_entry_present(enum pt_cache_level level, unsigned long entry)
{
	return entry & (_PAGE_PRESENT | _PAGE_PROTNONE | (level == PT_CACHE_PTE ? 0 : _PAGE_PSE));
}

static inline bool ptc_entry_is_leaf(enum pt_cache_level level, unsigned long entry)
{
	return level == PT_CACHE_PTE || entry & _PAGE_PSE;
}

static inline unsigned long ptc_entry_to_table(unsigned long pfn)
{
	return PFN_PHYS(pfn) | _PAGE_TABLE;
}

/* The page frame of the table that an entry points to. */
static inline unsigned long ptc_entry_pfn(unsigned long entry)
{
	return (entry & PTE_PFN_MASK) >> PAGE_SHIFT;
}

/*
 * The first page frame that a present entry of a user table points to. If it is a PROT_NONE leaf,
 * the page frame is inverted in it (L1TF).
 */
static inline unsigned long ptc_user_entry_pfn(enum pt_cache_level level, unsigned long entry)
{
	unsigned long upright = entry & _PAGE_PRESENT ? entry : ~entry;

	if (level == PT_CACHE_PTE)
		return ptc_entry_pfn(upright);
	if (entry & _PAGE_PSE)
		return (upright & PHYSICAL_PMD_PAGE_MASK) >> PAGE_SHIFT;
	return ptc_entry_pfn(entry);
}

/* The table that an entry points to. */
static inline unsigned long *ptc_entry_table(unsigned long entry)
{
	return __va(entry & PTE_PFN_MASK);
}

/* Make a leaf. @prot is in PTE format; larger leaves have the PAT bit in another position. */
static inline unsigned long ptc_entry_leaf(enum pt_cache_level level, phys_addr_t pa, pgprot_t prot)
{
	unsigned long pfn = PHYS_PFN(pa);

	switch (level) {
	case PT_CACHE_PTE:
		return pte_val(pfn_pte(pfn, prot));
	case PT_CACHE_PMD:
		return pmd_val(pmd_mkhuge(pfn_pmd(pfn, pgprot_4k_2_large(prot))));
	default:
		return pud_val(pud_mkhuge(pfn_pud(pfn, pgprot_4k_2_large(prot))));
	}
}

static inline phys_addr_t ptc_leaf_pa(enum pt_cache_level level, unsigned long entry)
{
	switch (level) {
	case PT_CACHE_PTE:
		return PFN_PHYS(pte_pfn(__pte(entry)));
	case PT_CACHE_PMD:
		return PFN_PHYS(pmd_pfn(__pmd(entry)));
	default:
		return PFN_PHYS(pud_pfn(__pud(entry)));
	}
}

/* The protection in PTE format, with the accessed and dirty bits. */
static inline pgprot_t ptc_leaf_prot(enum pt_cache_level level, unsigned long entry)
{
	if (level == PT_CACHE_PTE)
		return __pgprot(pte_flags(__pte(entry)));
	if (level == PT_CACHE_PMD)
		entry = pmd_flags(__pmd(entry));
	else
		entry = pud_flags(__pud(entry));
	return pgprot_large_2_4k(__pgprot(entry & ~_PAGE_PSE));
}

/* Present for the hardware, and without bits of the address. */
static inline bool ptc_prot_ok(pgprot_t prot)
{
	return pgprot_val(prot) & _PAGE_PRESENT && !(pgprot_val(prot) & PTE_PFN_MASK);
}

static inline bool ptc_pa_ok(phys_addr_t last)
{
	return !(last >> boot_cpu_data.x86_phys_bits);
}

/* A walker sees the contents of a table before the entry that points to it. */
static inline void ptc_publish_barrier(void)
{
	smp_wmb(); /* pairs with the address dependency of every walker */
}

#endif /* PTC_PGTABLE_ARCH_H */
