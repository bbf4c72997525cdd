// SPDX-License-Identifier: GPL-2.0
/*
 * The attributes that a page has in the direct map when its holder has done with it. It was handed
 * out present, writable and write-back. A holder may change that, and owes the page back as it was.
 * If it comes back otherwise, the next holder or the page allocator would get it uncached, or we
 * would fault when we clear it. So it is kept for good, and counted.
 *
 * It is looked for where that is cheap, and again at the last chance:
 *
 *	At a free: the memory type, which the kernel notes in the page's flags (free.c). That takes
 *	two instructions and finds what set_memory_uc() and its like did; with nopat, nothing.
 *
 *	Before a table is cleared, and before a page is given to the page allocator: the entry
 *	itself, which tells all. Neighbours are read at once: a page in a batch costs 120
 *	instructions, a page alone 1,400, and clearing it 4,100.
 *
 * A table that is freed as zeroed and is read-only is handed on: to find it, every free would have
 * to read the entry. The audit finds it (census/audit.c), and so does verify_zero=1.
 *
 * Nothing is put right here: set_memory_wb() sleeps and allocates, and the callers may do neither.
 *
 * Locks: none here; ptc_node_quarantine() acquires the node's.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "alloc/attributes.h"
#include "alloc/index.h"
#include "alloc/node.h"
#include "compat/memtype.h"
#include "counters.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"

/* The entries that were read last. Only those of the caller's own pages are used. */
struct attributes_seen {
	unsigned long first;		/* the page frame of the first of them */
	struct ptc_map_stretch stretch;
};

static bool attributes_have(const struct attributes_seen *seen, unsigned long pfn)
{
	return pfn - seen->first < seen->stretch.nr;
}

/* Read the entry of @pfn, and those of the @nr pages from it on as far as they come at once. */
static void attributes_read(struct attributes_seen *seen, unsigned long pfn, unsigned int nr)
{
	seen->first = pfn;
	if (ptc_direct_map_read(pfn, nr, &seen->stretch))
		seen->stretch.nr = 0; /* tables keep changing: nothing can be shown */
}

/* Is every page of a table as it was handed out? */
static bool attributes_are_sound(struct attributes_seen *seen, unsigned long pfn,
				 unsigned int order)
{
	unsigned int left;

	for (left = 1U << order; left; left--, pfn++) {
		if (ptc_page_has_memtype(pfn_to_page(pfn)))
			return false;
		if (!attributes_have(seen, pfn))
			attributes_read(seen, pfn, left);
		if (!attributes_have(seen, pfn) ||
		    !ptc_arch_maps_itself(seen->stretch.level,
					  seen->stretch.entries[pfn - seen->first], pfn))
			return false;
	}
	return true;
}

/* How many entries to read from the first table on: as far as tables lie close behind it. */
static unsigned int attributes_ahead(const unsigned long *pfns, unsigned int nr,
				     unsigned int order)
{
	unsigned int i = 0;

	while (i + 1 < nr && pfns[i + 1] - pfns[0] < PTC_STRETCH)
		i++;
	return pfns[i] - pfns[0] + (1U << order);
}

/* Hand the tables that are not sound to @keep, the others stay in @pfns. Returns how many stay. */
static unsigned int attributes_filter(unsigned long *pfns, unsigned int nr, unsigned int order,
				      void (*keep)(unsigned long pfn, unsigned int order))
{
	struct attributes_seen seen = {};
	unsigned int i, sound = 0;

	for (i = 0; i < nr; i++) {
		unsigned long pfn = pfns[i];

		if (!attributes_have(&seen, pfn))
			attributes_read(&seen, pfn, attributes_ahead(pfns + i, nr - i, order));
		if (attributes_are_sound(&seen, pfn, order))
			pfns[sound++] = pfn;
		else
			keep(pfn, order);
	}
	return sound;
}

static void attributes_tell(unsigned long pfn, unsigned int order)
{
	ptc_count_add(PTC_misattributed_pages, 1UL << order);
	pr_warn_once("a table came back with other attributes in the direct map than it was handed out with (pfn %#lx): kept for good. Its holder has to make it present, writable and write-back before the free\n",
		     pfn);
}

/*
 * Keep a table for good that is out of its block and that nobody else holds.
 * Context: any but NMI.
 */
void ptc_attributes_quarantine(unsigned long pfn, unsigned int order)
{
	ptc_node_quarantine(pfn, order);
	attributes_tell(pfn, order);
}

/* Keep a page that its block no longer counts, or whose block is no longer in the index. */
static void attributes_keep_page(unsigned long pfn, unsigned int order)
{
	struct ptc_block *block;

	rcu_read_lock();
	block = ptc_index_find(pfn);
	if (block)
		ptc_record_retire(&block->records[pfn - block->pfn], PTC_QUARANTINED);
	rcu_read_unlock();
	ptc_count_add(PTC_quarantined_pages, 1);
	attributes_tell(pfn, order);
}

/**
 * ptc_attributes_filter - set aside tables that must not be touched or handed on
 * @pfns: tables of 2^@order pages, out of their blocks and held by nobody but the caller. Those
 *	that are set aside are quarantined, and are removed from @pfns
 * @nr: how many
 * @order: their order
 *
 * To be called before anything reads or writes a table that others have held.
 *
 * Context: any but NMI.
 * Return: how many are left in @pfns, in their order.
 */
unsigned int ptc_attributes_filter(unsigned long *pfns, unsigned int nr, unsigned int order)
{
	return attributes_filter(pfns, nr, order, ptc_attributes_quarantine);
}

/**
 * ptc_attributes_filter_leaving - set aside pages that the page allocator must not get
 * @pfns: single pages that no block counts any more. Those that are set aside stay allocated for
 *	good, and are removed from @pfns
 * @nr: how many
 *
 * Neither sleeps nor allocates: it runs in reclaim, and before the OOM killer.
 *
 * Context: any but NMI.
 * Return: how many are left in @pfns, in their order: these may be freed.
 */
unsigned int ptc_attributes_filter_leaving(unsigned long *pfns, unsigned int nr)
{
	return attributes_filter(pfns, nr, 0, attributes_keep_page);
}
