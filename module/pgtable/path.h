/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The path down the kernel's page tables, as it was read, and reads of the table at its end.
 *
 * Tables of the kernel half may be freed at any time: by 6.15 and later when mappings of the direct
 * map are collapsed, by memory hot-remove, and by vmalloc() when a large mapping replaces a table.
 * None of these waits for a reader on another CPU. So a table is copied by a read that survives any
 * address, and the copy is used only if every entry on the path to the table has the same value
 * afterwards. This detects a table that was freed and reused meanwhile, except in one case: memory
 * hot-remove frees a table before it clears the entry above it. So data about memory that is not
 * pinned by a page of the caller's is good enough for a report, but must not be acted on.
 */
#ifndef PTC_PGTABLE_PATH_H
#define PTC_PGTABLE_PATH_H

#include "pgtable/entry.h"

struct ptc_path {
	const unsigned long *table[PTC_LEVELS];	/* NULL at the top: the loaded PGD */
	unsigned int index[PTC_LEVELS];		/* of the entry that points to the next table */
	unsigned long entry[PTC_LEVELS];	/* its value as it was read */
};

static inline void ptc_path_begin(struct ptc_path *path)
{
	path->table[PT_CACHE_PGD] = NULL;
}

/* Descend through an entry that was read from the table at @level. Returns the level below. */
static inline enum pt_cache_level ptc_path_down(struct ptc_path *path, enum pt_cache_level level,
						unsigned int index, unsigned long entry)
{
	enum pt_cache_level below = ptc_level_below(level);

	path->index[level] = index;
	path->entry[level] = entry;
	path->table[below] = ptc_entry_table(entry);
	return below;
}

bool ptc_path_holds(const struct ptc_path *path, enum pt_cache_level level);
bool ptc_path_read(const struct ptc_path *path, enum pt_cache_level level, unsigned int first,
		   unsigned int nr, unsigned long *entries);

/*
 * Read entries of a kernel page table, NULL for the top one. Any address is safe, since a table may
 * have been freed. Each architecture has its own.
 * Context: any but NMI. Returns false if the address cannot be read.
 */
bool ptc_read_entries(const unsigned long *table, unsigned int first, unsigned int nr,
		      unsigned long *entries);

#endif /* PTC_PGTABLE_PATH_H */
