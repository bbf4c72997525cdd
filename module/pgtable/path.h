/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way down the kernel's page tables, as it was read, and reading a table at its end.
 *
 * Tables of the kernel's half may be freed at any time, by 6.15 and later when mappings of the
 * direct map are collapsed, by memory hot-remove, by vmalloc() when a large mapping takes a table's
 * place, and in none of these cases is a reader on another CPU waited for. So a table is read by a
 * copy that survives any address, and the copy is believed only if every entry that leads to the
 * table is afterwards what it was before. A table that was freed and used for something else
 * meanwhile is thereby found out, but for one case: memory hot-remove clears the upper entry after
 * it has freed the table. So what is read of memory that is not pinned by a page of the caller's is
 * good for a report, and not to act on.
 */
#ifndef PTC_PGTABLE_PATH_H
#define PTC_PGTABLE_PATH_H

#include "pgtable/entry.h"

struct ptc_path {
	const unsigned long *table[PTC_LEVELS];	/* at the top NULL: the one that is loaded */
	unsigned int index[PTC_LEVELS];		/* of the entry that leads on */
	unsigned long entry[PTC_LEVELS];	/* that entry */
};

static inline void ptc_path_begin(struct ptc_path *path)
{
	path->table[PT_CACHE_PGD] = NULL;
}

/* Go down through an entry that was read from the table at @level. Returns the level below. */
static inline enum pt_cache_level ptc_path_down(struct ptc_path *path, enum pt_cache_level level,
						unsigned int index, unsigned long entry)
{
	enum pt_cache_level below = ptc_level_below(level);

	path->index[level] = index;
	path->entry[level] = entry;
	path->table[below] = ptc_entry_table(entry);
	return below;
}

bool ptc_path_read(const struct ptc_path *path, enum pt_cache_level level, unsigned int first,
		   unsigned int nr, unsigned long *entries);

/*
 * Read entries of a table of the kernel, NULL for the top one. Any address may be asked for: what
 * was a table may be gone. One for each architecture.
 * Context: any but NMI. Returns false when there is nothing to be read.
 */
bool ptc_read_entries(const unsigned long *table, unsigned int first, unsigned int nr,
		      unsigned long *entries);

#endif /* PTC_PGTABLE_PATH_H */
