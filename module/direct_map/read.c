// SPDX-License-Identifier: GPL-2.0
/* Reads the direct-map entry of a page frame, by the same walk as the hardware's. */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "direct_map/read.h"

/* Give up on tables that keep changing, so that a read always ends. */
#define READ_TRIES	8

/* What tables say that were freed meanwhile leads anywhere, and is dropped in the end. */
static bool read_once(unsigned long va, unsigned int nr, struct ptc_map_stretch *stretch)
{
	enum pt_cache_level level = PT_CACHE_PGD;
	struct ptc_path path;

	ptc_path_begin(&path);
	for (;;) {
		unsigned int index = ptc_entry_index(level, va);
		unsigned long entry;

		stretch->level = level;
		stretch->nr = level == PT_CACHE_PTE ? min3(nr, PTC_STRETCH + 0U,
							   (unsigned int)PTC_ENTRIES - index) : 1;
		if (!ptc_read_entries(path.table[level], index, stretch->nr, stretch->entries))
			return false;
		entry = stretch->entries[0];
		if (!ptc_entry_present(entry) || ptc_entry_is_leaf(level, entry))
			return ptc_path_holds(&path, level);
		level = ptc_path_down(&path, level, index, entry);
	}
}

/**
 * ptc_direct_map_read - read the direct-map entries of a page frame and of those after it
 * @pfn: the page frame
 * @nr: the number of page frames of interest
 * @stretch: filled with the entry of @pfn; if that is a PTE, also with those after it in the same
 *	table, up to @nr in total and as far as there is room
 *
 * Context: any but NMI.
 * Return: 0, or -EAGAIN if the tables keep changing.
 */
int ptc_direct_map_read(unsigned long pfn, unsigned int nr, struct ptc_map_stretch *stretch)
{
	unsigned long va = (unsigned long)__va(PFN_PHYS(pfn));
	int tries;

	for (tries = 0; tries < READ_TRIES; tries++)
		if (read_once(va, nr, stretch))
			return 0;
	return -EAGAIN;
}
