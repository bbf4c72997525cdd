// SPDX-License-Identifier: GPL-2.0
/*
 * Splits large mappings of the direct map into PTEs. The return values of the kernel's functions do
 * not tell the outcome (see ptc_arch_split()), so the entries are read afterwards.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "counters.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"
#include "direct_map/split.h"
#include "trace/trace.h"

/* Is every page of the run mapped to itself, writable and write-back, at any size? */
static bool split_run_is_write_back(unsigned long pfn, unsigned int pages, bool *by_ptes)
{
	unsigned long end = pfn + pages;
	struct ptc_map_stretch stretch;
	unsigned int i;

	*by_ptes = true;
	while (pfn < end) {
		if (ptc_direct_map_read(pfn, end - pfn, &stretch))
			return false;
		*by_ptes &= stretch.level == PT_CACHE_PTE;
		for (i = 0; i < stretch.nr; i++) {
			if (!ptc_arch_maps_itself(stretch.level, stretch.entries[i], pfn))
				return false;
			pfn = ALIGN_DOWN(pfn, ptc_entry_pages(stretch.level)) +
			      ptc_entry_pages(stretch.level);
		}
	}
	return true;
}

/*
 * Is every page of a run mapped to itself by a PTE, writable and write-back? For memory that
 * the caller does not own, the answer may be stale.
 * Context: any but NMI.
 */
bool ptc_direct_map_is_split(unsigned long pfn, unsigned int pages)
{
	bool by_ptes;

	return split_run_is_write_back(pfn, pages, &by_ptes) && by_ptes;
}

/*
 * Is a page frame mapped by 1G? Then a split of its 2M begins with one of 1G.
 * Context: any but NMI.
 */
bool ptc_direct_map_is_1g(unsigned long pfn)
{
	struct ptc_map_stretch stretch;

	return !ptc_direct_map_read(pfn, 1, &stretch) && stretch.level >= PT_CACHE_PUD &&
	       ptc_entry_present(stretch.entries[0]);
}

/* Count the splits that the entries show afterwards, whatever the outcome for the run. */
static void split_count(enum pt_cache_level before, enum pt_cache_level after)
{
	if (before >= PT_CACHE_PMD && after == PT_CACHE_PTE)
		ptc_count(PTC_splits);
	if (before >= PT_CACHE_PUD && after < PT_CACHE_PUD)
		ptc_count(PTC_splits_1g);
}

static enum ptc_split split_outcome(unsigned long pfn, unsigned int pages,
				    enum pt_cache_level *after)
{
	struct ptc_map_stretch stretch;
	bool by_ptes;

	*after = PT_CACHE_PGD; /* unknown */
	if (ptc_direct_map_read(pfn, 1, &stretch))
		return PTC_SPLIT_LOST;
	*after = stretch.level;
	if (!split_run_is_write_back(pfn, pages, &by_ptes))
		return PTC_SPLIT_LOST;
	return by_ptes ? PTC_SPLIT_DONE : PTC_SPLIT_UNDONE;
}

/**
 * ptc_direct_map_split - split the direct mapping of a run into PTEs
 * @pfn: the first page frame
 * @pages: 2^n, at most 512; the run is aligned to its size, so one large mapping holds all of it
 *
 * The caller owns all pages of the run and nobody else accesses them: one of them is mapped
 * uncached for a moment.
 *
 * Context: process context, may sleep. The kernel allocates with GFP_KERNEL inside, so the caller
 * sets the memalloc scope it needs.
 * Return: see enum ptc_split.
 */
enum ptc_split ptc_direct_map_split(unsigned long pfn, unsigned int pages)
{
	struct ptc_map_stretch before;
	enum pt_cache_level after;
	enum ptc_split outcome;

	if (ptc_direct_map_read(pfn, 1, &before) || !ptc_entry_present(before.entries[0]))
		return PTC_SPLIT_UNDONE; /* nothing was touched */
	if (before.level == PT_CACHE_PTE) {
		if (!ptc_direct_map_is_split(pfn, pages))
			return PTC_SPLIT_LOST; /* split by others, but not shown to be write-back */
		ptc_count(PTC_split_avoided);
		return PTC_SPLIT_DONE;
	}
	ptc_arch_split((unsigned long)__va(PFN_PHYS(pfn)));
	outcome = split_outcome(pfn, pages, &after);
	split_count(before.level, after);
	trace_direct_map_split(pfn, pages, before.level, outcome);
	return outcome;
}
