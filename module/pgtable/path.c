// SPDX-License-Identifier: GPL-2.0
/* Reads tables that may be freed meanwhile: see path.h. */
#include <linux/kernel.h>
#include <asm/barrier.h>

#include "pgtable/path.h"

/*
 * Read entries of the table at @level. Context: any but NMI.
 * Returns false if the path no longer leads to the table: the caller starts again from the top.
 */
bool ptc_path_read(const struct ptc_path *path, enum pt_cache_level level, unsigned int first,
		   unsigned int nr, unsigned long *entries)
{
	unsigned long now;

	if (!ptc_read_entries(path->table[level], first, nr, entries))
		return false;
	smp_rmb(); /* read the copy before the second read of the path */
	while (level < PT_CACHE_PGD) {
		level = ptc_level_above(level);
		if (!ptc_read_entries(path->table[level], path->index[level], 1, &now) ||
		    now != path->entry[level])
			return false;
	}
	return true;
}
