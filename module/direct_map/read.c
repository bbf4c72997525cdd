// SPDX-License-Identifier: GPL-2.0
/* Reading what maps a page frame in the direct map, as the hardware does. */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "direct_map/read.h"

/* Tables that keep changing are given up, so that nobody reads them for ever. */
#define READ_TRIES	8

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
		if (!ptc_path_read(&path, level, index, stretch->nr, stretch->entries))
			return false;
		entry = stretch->entries[0];
		if (!ptc_entry_present(entry) || ptc_entry_is_leaf(level, entry))
			return true;
		level = ptc_path_down(&path, level, index, entry);
	}
}

/**
 * ptc_direct_map_read - what maps a page frame, and the ones behind it
 * @pfn: the page frame
 * @nr: how many are of interest
 * @stretch: the entry of @pfn; where that is a PTE, as many behind it in its table as there is
 *	room for, up to @nr
 *
 * Context: any but NMI.
 * Return: 0, or -EAGAIN when the tables kept changing.
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
