/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page tables as x86-64 has them, with four levels or five: types, bits and names are those of the
 * kernel's arch/x86/include/asm/pgtable*.h, of 6.1. Tables lie in the shim's memory.
 */
#ifndef SHIM_LINUX_PGTABLE_H
#define SHIM_LINUX_PGTABLE_H

#include <linux/kconfig.h>
#include <linux/mm.h>

/* ---- the levels ---- */

extern bool shim_l5_enabled;
extern unsigned int pgdir_shift, ptrs_per_p4d;

void shim_set_levels(unsigned int levels);	/* 4, as it is to begin with, or 5 */

#define pgtable_l5_enabled()	shim_l5_enabled
#define mm_p4d_folded(mm)	(!pgtable_l5_enabled())
#define mm_pud_folded(mm)	false
#define mm_pmd_folded(mm)	false

#define PGDIR_SHIFT	pgdir_shift
#define P4D_SHIFT	39
#define PUD_SHIFT	30
#define PMD_SHIFT	21

#define PTRS_PER_PGD	512
#define PTRS_PER_P4D	ptrs_per_p4d
#define PTRS_PER_PUD	512
#define PTRS_PER_PMD	512
#define PTRS_PER_PTE	512

#define PGDIR_SIZE	(1UL << PGDIR_SHIFT)
#define PGDIR_MASK	(~(PGDIR_SIZE - 1))
#define P4D_SIZE	(1UL << P4D_SHIFT)
#define P4D_MASK	(~(P4D_SIZE - 1))
#define PUD_SIZE	(1UL << PUD_SHIFT)
#define PUD_MASK	(~(PUD_SIZE - 1))
#define PMD_SIZE	(1UL << PMD_SHIFT)
#define PMD_MASK	(~(PMD_SIZE - 1))

#define TASK_SIZE_MAX	((1UL << (pgtable_l5_enabled() ? 56 : 47)) - PAGE_SIZE)
#define LDT_PGD_ENTRY	-240UL
#define LDT_BASE_ADDR	(LDT_PGD_ENTRY << PGDIR_SHIFT)
#define LDT_END_ADDR	(LDT_BASE_ADDR + PGDIR_SIZE)

/* ---- the bits of an entry ---- */

#define _PAGE_BIT_PAT		7
#define _PAGE_BIT_PAT_LARGE	12

#define _PAGE_PRESENT	(1UL << 0)
#define _PAGE_RW	(1UL << 1)
#define _PAGE_USER	(1UL << 2)
#define _PAGE_PWT	(1UL << 3)
#define _PAGE_PCD	(1UL << 4)
#define _PAGE_ACCESSED	(1UL << 5)
#define _PAGE_DIRTY	(1UL << 6)
#define _PAGE_PSE	(1UL << 7)
#define _PAGE_PAT	(1UL << _PAGE_BIT_PAT)
#define _PAGE_GLOBAL	(1UL << 8)
#define _PAGE_PROTNONE	_PAGE_GLOBAL
#define _PAGE_SOFTW1	(1UL << 9)
#define _PAGE_SOFTW2	(1UL << 10)
#define _PAGE_SOFTW3	(1UL << 11)
#define _PAGE_PAT_LARGE	(1UL << _PAGE_BIT_PAT_LARGE)
#define _PAGE_SOFTW4	(1UL << 58)
#define _PAGE_NX	(1UL << 63)

#define _PAGE_KNL_ERRATUM_MASK	(_PAGE_DIRTY | _PAGE_ACCESSED)

#define _KERNPG_TABLE	(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define _PAGE_TABLE	(_KERNPG_TABLE | _PAGE_USER)

#define __PHYSICAL_MASK		((1UL << 52) - 1)
#define PHYSICAL_PAGE_MASK	(PAGE_MASK & __PHYSICAL_MASK)
#define PHYSICAL_PMD_PAGE_MASK	(PMD_MASK & __PHYSICAL_MASK)
#define PHYSICAL_PUD_PAGE_MASK	(PUD_MASK & __PHYSICAL_MASK)
#define PTE_PFN_MASK		PHYSICAL_PAGE_MASK
#define PTE_FLAGS_MASK		(~PTE_PFN_MASK)

/* ---- types ---- */

typedef unsigned long pteval_t, pmdval_t, pudval_t, p4dval_t, pgdval_t, pgprotval_t;

typedef struct { pteval_t pte; } pte_t;
typedef struct { pmdval_t pmd; } pmd_t;
typedef struct { pudval_t pud; } pud_t;
typedef struct { p4dval_t p4d; } p4d_t;
typedef struct { pgdval_t pgd; } pgd_t;
typedef struct { pgprotval_t pgprot; } pgprot_t;
typedef struct page *pgtable_t;

#define pte_val(x)	((x).pte)
#define pmd_val(x)	((x).pmd)
#define pud_val(x)	((x).pud)
#define p4d_val(x)	((x).p4d)
#define pgd_val(x)	((x).pgd)
#define pgprot_val(x)	((x).pgprot)

#define __pte(x)	((pte_t){ (x) })
#define __pmd(x)	((pmd_t){ (x) })
#define __pud(x)	((pud_t){ (x) })
#define __p4d(x)	((p4d_t){ (x) })
#define __pgd(x)	((pgd_t){ (x) })
#define __pgprot(x)	((pgprot_t){ (x) })

/* ---- frames and flags ---- */

static inline pmdval_t pmd_pfn_mask(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_PSE ? PHYSICAL_PMD_PAGE_MASK : PTE_PFN_MASK;
}

static inline pudval_t pud_pfn_mask(pud_t pud)
{
	return pud_val(pud) & _PAGE_PSE ? PHYSICAL_PUD_PAGE_MASK : PTE_PFN_MASK;
}

static inline pteval_t pte_flags(pte_t pte)
{
	return pte_val(pte) & PTE_FLAGS_MASK;
}

static inline pmdval_t pmd_flags(pmd_t pmd)
{
	return pmd_val(pmd) & ~pmd_pfn_mask(pmd);
}

static inline pudval_t pud_flags(pud_t pud)
{
	return pud_val(pud) & ~pud_pfn_mask(pud);
}

static inline p4dval_t p4d_flags(p4d_t p4d)
{
	return p4d_val(p4d) & PTE_FLAGS_MASK;
}

static inline pgdval_t pgd_flags(pgd_t pgd)
{
	return pgd_val(pgd) & PTE_FLAGS_MASK;
}

/* Frames of entries that are not present are inverted, for the sake of L1TF. */
static inline unsigned long protnone_mask(unsigned long val)
{
	return val && !(val & _PAGE_PRESENT) ? ~0UL : 0;
}

static inline unsigned long pte_pfn(pte_t pte)
{
	return ((pte_val(pte) ^ protnone_mask(pte_val(pte))) & PTE_PFN_MASK) >> PAGE_SHIFT;
}

static inline unsigned long pmd_pfn(pmd_t pmd)
{
	return ((pmd_val(pmd) ^ protnone_mask(pmd_val(pmd))) & pmd_pfn_mask(pmd)) >> PAGE_SHIFT;
}

static inline unsigned long pud_pfn(pud_t pud)
{
	return ((pud_val(pud) ^ protnone_mask(pud_val(pud))) & pud_pfn_mask(pud)) >> PAGE_SHIFT;
}

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	unsigned long pa = (pfn << PAGE_SHIFT ^ protnone_mask(pgprot_val(prot))) & PTE_PFN_MASK;

	return __pte(pa | pgprot_val(prot));
}

static inline pmd_t pfn_pmd(unsigned long pfn, pgprot_t prot)
{
	unsigned long pa = pfn << PAGE_SHIFT ^ protnone_mask(pgprot_val(prot));

	return __pmd((pa & PHYSICAL_PMD_PAGE_MASK) | pgprot_val(prot));
}

static inline pud_t pfn_pud(unsigned long pfn, pgprot_t prot)
{
	unsigned long pa = pfn << PAGE_SHIFT ^ protnone_mask(pgprot_val(prot));

	return __pud((pa & PHYSICAL_PUD_PAGE_MASK) | pgprot_val(prot));
}

#define pmd_mkhuge(pmd)		__pmd(pmd_val(pmd) | _PAGE_PSE)
#define pud_mkhuge(pud)		__pud(pud_val(pud) | _PAGE_PSE)

/* PAT is another bit in larger entries, where its own says that they are large. */
static inline pgprot_t pgprot_4k_2_large(pgprot_t prot)
{
	pgprotval_t val = pgprot_val(prot);

	return __pgprot((val & ~(_PAGE_PAT | _PAGE_PAT_LARGE)) |
			(val & _PAGE_PAT) << (_PAGE_BIT_PAT_LARGE - _PAGE_BIT_PAT));
}

static inline pgprot_t pgprot_large_2_4k(pgprot_t prot)
{
	pgprotval_t val = pgprot_val(prot);

	return __pgprot((val & ~(_PAGE_PAT | _PAGE_PAT_LARGE)) |
			(val & _PAGE_PAT_LARGE) >> (_PAGE_BIT_PAT_LARGE - _PAGE_BIT_PAT));
}

/* ---- what an entry is ---- */

#define pte_none(pte)		(!(pte_val(pte) & ~_PAGE_KNL_ERRATUM_MASK))
#define pmd_none(pmd)		(!(pmd_val(pmd) & ~_PAGE_KNL_ERRATUM_MASK))
#define pud_none(pud)		(!(pud_val(pud) & ~_PAGE_KNL_ERRATUM_MASK))
#define p4d_none(p4d)		(!(p4d_val(p4d) & ~_PAGE_KNL_ERRATUM_MASK))

#define pte_present(pte)	(!!(pte_flags(pte) & (_PAGE_PRESENT | _PAGE_PROTNONE)))
#define pmd_present(pmd)	\
	(!!(pmd_flags(pmd) & (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_PSE)))
#define pud_present(pud)	(!!(pud_flags(pud) & _PAGE_PRESENT))
#define p4d_present(p4d)	(!!(p4d_flags(p4d) & _PAGE_PRESENT))

#define pmd_leaf(pmd)		(!!(pmd_flags(pmd) & _PAGE_PSE))
#define pud_leaf(pud)		\
	((pud_val(pud) & (_PAGE_PSE | _PAGE_PRESENT)) == (_PAGE_PSE | _PAGE_PRESENT))
#define p4d_leaf(p4d)		((void)(p4d), false)

static inline bool pmd_bad(pmd_t pmd)
{
	return (pmd_flags(pmd) & ~(_PAGE_USER | _PAGE_ACCESSED)) !=
	       (_KERNPG_TABLE & ~_PAGE_ACCESSED);
}

static inline bool pud_bad(pud_t pud)
{
	return (pud_flags(pud) & ~(_KERNPG_TABLE | _PAGE_USER)) != 0;
}

/* With page-table isolation, the entries of a user's top level forbid execution. */
static inline bool p4d_bad(p4d_t p4d)
{
	return (p4d_flags(p4d) & ~(_KERNPG_TABLE | _PAGE_USER | _PAGE_NX)) != 0;
}

/* A folded level has one entry, which is always there: the one above. */
static inline bool pgd_none(pgd_t pgd)
{
	return pgtable_l5_enabled() && !pgd_val(pgd);
}

static inline bool pgd_present(pgd_t pgd)
{
	return !pgtable_l5_enabled() || pgd_flags(pgd) & _PAGE_PRESENT;
}

static inline bool pgd_bad(pgd_t pgd)
{
	return pgtable_l5_enabled() &&
	       (pgd_flags(pgd) & ~(_PAGE_USER | _PAGE_NX)) != _KERNPG_TABLE;
}

/* ---- where an entry is ---- */

#define pte_index(va)	((va) >> PAGE_SHIFT & (PTRS_PER_PTE - 1))
#define pmd_index(va)	((va) >> PMD_SHIFT & (PTRS_PER_PMD - 1))
#define pud_index(va)	((va) >> PUD_SHIFT & (PTRS_PER_PUD - 1))
#define p4d_index(va)	((va) >> P4D_SHIFT & (PTRS_PER_P4D - 1))
#define pgd_index(va)	((va) >> PGDIR_SHIFT & (PTRS_PER_PGD - 1))

#define pmd_page_vaddr(pmd)	((unsigned long)__va(pmd_val(pmd) & pmd_pfn_mask(pmd)))
#define pmd_page(pmd)		pfn_to_page(pmd_pfn(pmd))
#define pud_pgtable(pud)	((pmd_t *)__va(pud_val(pud) & pud_pfn_mask(pud)))
#define p4d_pgtable(p4d)	((pud_t *)__va(p4d_val(p4d) & PTE_PFN_MASK))
#define pgd_page_vaddr(pgd)	((unsigned long)__va(pgd_val(pgd) & PTE_PFN_MASK))

static inline pgd_t *pgd_offset_pgd(pgd_t *pgd, unsigned long va)
{
	return pgd + pgd_index(va);
}

#define pgd_offset(mm, va)	pgd_offset_pgd((mm)->pgd, va)

static inline p4d_t *p4d_offset(pgd_t *pgd, unsigned long va)
{
	if (!pgtable_l5_enabled())
		return (p4d_t *)pgd;
	return (p4d_t *)pgd_page_vaddr(*pgd) + p4d_index(va);
}

static inline pud_t *pud_offset(p4d_t *p4d, unsigned long va)
{
	return p4d_pgtable(*p4d) + pud_index(va);
}

static inline pmd_t *pmd_offset(pud_t *pud, unsigned long va)
{
	return pud_pgtable(*pud) + pmd_index(va);
}

static inline pte_t *pte_offset_kernel(pmd_t *pmd, unsigned long va)
{
	return (pte_t *)pmd_page_vaddr(*pmd) + pte_index(va);
}

#endif
