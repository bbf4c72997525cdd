// SPDX-License-Identifier: GPL-2.0
/* Reading tables that may go away: see path.h. */
#include <linux/kernel.h>
#include <asm/barrier.h>

#include "pgtable/path.h"

/*
 * Read entries of the table at @level.
 * Context: any but NMI. Returns whether they are what the path leads to; false: begin again.
 */
bool ptc_path_read(const struct ptc_path *path, enum pt_cache_level level, unsigned int first,
		   unsigned int nr, unsigned long *entries)
{
	unsigned long now;

	if (!ptc_read_entries(path->table[level], first, nr, entries))
		return false;
	smp_rmb(); /* the copy before the second look */
	while (level < PT_CACHE_PGD) {
		level = ptc_level_above(level);
		if (!ptc_read_entries(path->table[level], path->index[level], 1, &now) ||
		    now != path->entry[level])
			return false;
	}
	return true;
}
