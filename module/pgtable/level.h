/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The geometry of page tables: how much an entry of each level maps, and which levels this machine
 * has. Levels are numbered from the PTE table up (enum pt_cache_level); a folded level is skipped.
 */
#ifndef PTC_PGTABLE_LEVEL_H
#define PTC_PGTABLE_LEVEL_H

#include <linux/mm.h>
#include <linux/pgtable.h>

#include "pt_cache.h"

#define PTC_LEVELS	(PT_CACHE_PGD + 1)

/* Every table has as many entries as a PTE table. */
#define PTC_ENTRIES	PTRS_PER_PTE

static inline unsigned int ptc_entry_shift(enum pt_cache_level level)
{
	switch (level) {
	case PT_CACHE_PTE:
		return PAGE_SHIFT;
	case PT_CACHE_PMD:
		return PMD_SHIFT;
	case PT_CACHE_PUD:
		return PUD_SHIFT;
	case PT_CACHE_P4D:
		return P4D_SHIFT;
	default:
		return PGDIR_SHIFT;
	}
}

/* The bytes that one entry maps. */
static inline unsigned long ptc_entry_size(enum pt_cache_level level)
{
	return 1UL << ptc_entry_shift(level);
}

/* The pages that one entry maps. */
static inline unsigned long ptc_entry_pages(enum pt_cache_level level)
{
	return 1UL << (ptc_entry_shift(level) - PAGE_SHIFT);
}

/* The end of the range that the entry of @va maps; 0 at the end of the address space. */
static inline unsigned long ptc_entry_end(enum pt_cache_level level, unsigned long va)
{
	return (va | (ptc_entry_size(level) - 1)) + 1;
}

/* The index of the entry that maps @va. */
static inline unsigned int ptc_entry_index(enum pt_cache_level level, unsigned long va)
{
	return va >> ptc_entry_shift(level) & (PTC_ENTRIES - 1);
}

/* Does this kernel, or this machine, not have the level? */
static inline bool ptc_level_is_folded(enum pt_cache_level level)
{
	switch (level) {
	case PT_CACHE_P4D:
		return mm_p4d_folded(NULL);
	case PT_CACHE_PUD:
		return mm_pud_folded(NULL);
	case PT_CACHE_PMD:
		return mm_pmd_folded(NULL);
	default:
		return false;
	}
}

static inline enum pt_cache_level ptc_level_below(enum pt_cache_level level)
{
	do {
		level--;
	} while (ptc_level_is_folded(level));
	return level;
}

static inline enum pt_cache_level ptc_level_above(enum pt_cache_level level)
{
	do {
		level++;
	} while (ptc_level_is_folded(level));
	return level;
}

/* The first address that the table of @level on the path to @va maps. */
static inline unsigned long ptc_table_start(enum pt_cache_level level, unsigned long va)
{
	return level == PT_CACHE_PGD ? 0 : va & ~(ptc_entry_size(ptc_level_above(level)) - 1);
}

/* The end of the range that this table maps. */
static inline unsigned long ptc_table_end(enum pt_cache_level level, unsigned long va)
{
	return level == PT_CACHE_PGD ? ULONG_MAX : ptc_entry_end(ptc_level_above(level), va);
}

const char *ptc_level_name(unsigned int level);

#endif /* PTC_PGTABLE_LEVEL_H */
