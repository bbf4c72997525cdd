// SPDX-License-Identifier: GPL-2.0
/* Reads tables that may be freed meanwhile: see path.h. */
#include <linux/kernel.h>
#include <asm/barrier.h>

#include "pgtable/path.h"

/*
 * Does the path still lead to the table at @level? Then what was read from the table before, and on
 * the way to it, was there.
 * Context: any but NMI.
 */
bool ptc_path_holds(const struct ptc_path *path, enum pt_cache_level level)
{
	unsigned long now;

	smp_rmb(); /* read the copy before the second read of the path */
	while (level < PT_CACHE_PGD) {
		level = ptc_level_above(level);
		if (!ptc_read_entries(path->table[level], path->index[level], 1, &now) ||
		    now != path->entry[level])
			return false;
	}
	return true;
}

/*
 * Read entries of the table at @level. Context: any but NMI.
 * Returns false if the path no longer leads to the table: the caller starts again from the top.
 */
bool ptc_path_read(const struct ptc_path *path, enum pt_cache_level level, unsigned int first,
		   unsigned int nr, unsigned long *entries)
{
	return ptc_read_entries(path->table[level], first, nr, entries) &&
	       ptc_path_holds(path, level);
}
