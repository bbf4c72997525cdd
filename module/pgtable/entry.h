/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page-table entries as plain words, so that the same code serves all levels. Their format depends
 * on the architecture: see arch.h.
 */
#ifndef PTC_PGTABLE_ENTRY_H
#define PTC_PGTABLE_ENTRY_H

#include <linux/mm.h>

#include "pgtable/arch.h"
#include "pgtable/level.h"

static inline unsigned long *ptc_entry_of(unsigned long *table, enum pt_cache_level level,
					  unsigned long va)
{
	return table + ptc_entry_index(level, va);
}

static inline unsigned long *ptc_table_of_entry(unsigned long *entry)
{
	return (unsigned long *)((unsigned long)entry & PAGE_MASK);
}

/*
 * Did the kernel report a memory error in the table that holds this entry? To read it then may end
 * in a machine check, from which the kernel does not recover. @entry is in the direct map.
 */
static inline bool ptc_table_is_bad(const void *entry)
{
	return PageHWPoison(virt_to_page(entry));
}

#endif /* PTC_PGTABLE_ENTRY_H */
