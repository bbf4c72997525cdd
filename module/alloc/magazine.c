// SPDX-License-Identifier: GPL-2.0
/*
 * The slow halves of a magazine: what goes in and out of it in batches. One take of the node's
 * lock moves half a magazine, so the fast paths meet it once in so many operations.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "alloc/index.h"
#include "alloc/magazine.h"
#include "alloc/worker.h"
#include "table/record.h"

/* Larger tables pin more memory each, so fewer of them wait; from 64K on, none. */
unsigned int ptc_magazine_depth(unsigned int order)
{
	return order < 4 ? PTC_MAGAZINE_DEPTH >> order : 0;
}

/*
 * Take a clean table, where the fast paths do not come: see pt_cache_alloc_table().
 * Context: any but NMI. Returns whether there was one.
 */
bool ptc_magazine_take(struct pt_cache *cache, unsigned long *pfn)
{
	struct ptc_magazine *magazine;
	unsigned long flags;
	bool got = false;

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	if (magazine->nr_clean) {
		*pfn = page_to_pfn(magazine->clean[--magazine->nr_clean].page);
		magazine->hits++;
		got = true;
	}
	local_irq_restore(flags);
	return got;
}

/*
 * Put clean tables in, as far as they fit and are of this magazine's node; the rest goes back to
 * its blocks. The caller may have moved to another CPU since it asked for them, and recycling may
 * have ended (then the depth is 0).
 */
void ptc_magazine_fill(struct pt_cache *cache, const unsigned long *pfns, unsigned int nr)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);
	unsigned int depth = READ_ONCE(cache->depth), nr_fit = 0, i = 0;
	struct ptc_slot *slot = magazine->clean + magazine->nr_clean;

	if (depth > magazine->nr_clean)
		nr_fit = min(nr, depth - magazine->nr_clean);
	while (i < nr_fit) {
		const struct ptc_block *block = ptc_index_find(pfns[i]);
		unsigned long first = block->pfn, span = block->span;
		struct ptc_record *records = block->records;

		if (block->node != magazine->node)
			break;
		/*
		 * Most are of one block, which is looked up once. What a block has lost may be a
		 * younger one's by now (it lost it before that could be taken, under the lock that
		 * these were taken under): then each is looked up.
		 */
		if (READ_ONCE(block->pages) != span)
			span = 0;
		do {
			slot->page = pfn_to_page(pfns[i]);
			slot->record = records + (pfns[i] - first);
			slot++;
		} while (++i < nr_fit && pfns[i] - first < span);
	}
	magazine->nr_clean += i;
	if (i < nr)
		ptc_node_put(pfns + i, nr - i, cache->order, false);
}

/* Give the @nr oldest clean tables back to their blocks; the newer are warm in the CPU's caches. */
static void give_back_clean(struct pt_cache *cache, struct ptc_magazine *magazine, unsigned int nr)
{
	unsigned long pfns[PTC_BATCH_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++)
		pfns[i] = page_to_pfn(magazine->clean[i].page);
	ptc_node_put(pfns, nr, cache->order, false);
	magazine->nr_clean -= nr;
	memmove(magazine->clean, magazine->clean + nr,
		magazine->nr_clean * sizeof(magazine->clean[0]));
}

static void give_back_dirty(struct pt_cache *cache, struct ptc_magazine *magazine, unsigned int nr)
{
	unsigned long pfns[PTC_BATCH_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++)
		pfns[i] = page_to_pfn(magazine->dirty[i]);
	ptc_node_put(pfns, nr, cache->order, true);
	magazine->nr_dirty -= nr;
	memmove(magazine->dirty, magazine->dirty + nr,
		magazine->nr_dirty * sizeof(magazine->dirty[0]));
}

/* Make room for one more: half of a full stack goes. */
void ptc_magazine_overflow(struct pt_cache *cache, struct ptc_magazine *magazine, bool dirty)
{
	if (dirty) {
		give_back_dirty(cache, magazine, (magazine->nr_dirty + 1) / 2);
		ptc_worker_kick(magazine->node);
	} else {
		give_back_clean(cache, magazine, (magazine->nr_clean + 1) / 2);
	}
}

void ptc_magazine_drain(struct pt_cache *cache, struct ptc_magazine *magazine)
{
	while (magazine->nr_clean)
		give_back_clean(cache, magazine, min(magazine->nr_clean, PTC_BATCH_MAX));
	while (magazine->nr_dirty)
		give_back_dirty(cache, magazine, min(magazine->nr_dirty, PTC_BATCH_MAX));
}
