// SPDX-License-Identifier: GPL-2.0
/*
 * The slow paths of a magazine: refill, overflow and drain, in batches. One acquisition of the
 * node's lock moves most of a magazine, so the fast paths rarely end up here.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "alloc/cache.h"
#include "alloc/index.h"

/* Larger tables pin more memory each, so a magazine holds fewer of them; from 64K on, none. */
unsigned int ptc_magazine_depth(unsigned int order)
{
	return order < 4 ? PTC_MAGAZINE_DEPTH >> order : 0;
}

/*
 * Look up the records of the @nr tables that were stored on top of the clean ones.
 * Returns the block of the last.
 */
static const struct ptc_block *magazine_find_records(struct ptc_magazine *magazine, unsigned int nr)
{
	const unsigned long *pfns = magazine->clean + magazine->nr_clean;
	struct ptc_record **found = magazine->records + magazine->nr_clean;
	const struct ptc_block *block = NULL;
	unsigned int i = 0;

	while (i < nr) {
		unsigned long first, at, reach;
		struct ptc_record *records;

		block = ptc_index_find(pfns[i]);
		records = block->records;
		first = block->pfn;
		reach = ptc_index_reach(block);
		at = pfns[i] - first;
		do {
			found[i] = records + at;
			if (++i == nr)
				break;
			at = pfns[i] - first;
		} while (at < reach);
	}
	return block;
}

/*
 * The slow path of taking a clean table; the fast paths are in pt_cache_alloc_table() and
 * pt_cache_lend(). An empty magazine is refilled from its node's blocks first, as far as they have
 * clean tables.
 * @from_block: whether the magazine was empty.
 * Context: any but NMI. Returns whether a table was taken.
 */
bool ptc_magazine_take(struct pt_cache *cache, unsigned long *pfn, bool *from_block)
{
	const struct ptc_block *block;
	struct ptc_magazine *magazine;
	unsigned long flags;
	unsigned int got;

	local_irq_save(flags);
	magazine = this_cpu_ptr(cache->magazines);
	got = magazine->nr_clean;
	*from_block = !got;
	if (got) {
		magazine->hits++;
	} else {
		got = ptc_node_take(magazine->node, cache->order,
				    ptc_magazine_move(READ_ONCE(cache->depth)), magazine->clean);
		block = magazine_find_records(magazine, got);
		if (got) {
			magazine->misses++;
			magazine->fallbacks += block->order < PTC_BLOCK_ORDER;
		}
	}
	if (got) {
		magazine->nr_clean = got - 1;
		*pfn = magazine->clean[got - 1];
	}
	local_irq_restore(flags);
	return got;
}

/* How many of the tables belong to @node, up to the first that does not. */
static unsigned int magazine_count_of_node(const struct ptc_node *node, const unsigned long *pfns,
					   unsigned int nr)
{
	unsigned int i = 0;

	while (i < nr) {
		const struct ptc_block *block = ptc_index_find(pfns[i]);
		unsigned int reach = ptc_index_reach(block);

		if (block->node != node)
			break;
		while (++i < nr && pfns[i] - block->pfn < reach)
			;
	}
	return i;
}

/*
 * Put clean tables into this CPU's magazine, as far as they fit and belong to its node. The rest
 * goes back to its blocks. The caller may have moved to another CPU since it took the tables, and
 * recycling may have ended (then the depth is 0).
 */
void ptc_magazine_fill(struct pt_cache *cache, const unsigned long *pfns, unsigned int nr)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);
	unsigned int depth = READ_ONCE(cache->depth), fit = 0, i;

	if (depth > magazine->nr_clean)
		fit = magazine_count_of_node(magazine->node, pfns, min(nr,
								       depth - magazine->nr_clean));
	for (i = 0; i < fit; i++)
		magazine->clean[magazine->nr_clean + i] = pfns[i];
	magazine_find_records(magazine, fit);
	magazine->nr_clean += fit;
	if (fit < nr)
		ptc_node_put(pfns + fit, nr - fit, cache->order, false);
}

/*
 * As ptc_magazine_fill(), but for dirty tables, which a later request on this CPU clears for itself
 * when no clean table is left.
 */
void ptc_magazine_keep_dirty(struct pt_cache *cache, const struct ptc_node *node,
			     const unsigned long *pfns, unsigned int nr)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);
	unsigned int depth = READ_ONCE(cache->depth), i = 0;

	while (i < nr && node == magazine->node && magazine->nr_dirty < depth)
		magazine->dirty[magazine->nr_dirty++] = pfns[i++];
	if (i < nr)
		ptc_node_put(pfns + i, nr - i, cache->order, true);
}

/* Give the @nr oldest clean tables back to their blocks; the newer ones are cache-hot. */
static void magazine_give_back_clean(struct pt_cache *cache, struct ptc_magazine *magazine,
				     unsigned int nr)
{
	struct ptc_record **records = magazine->records;
	unsigned long *clean = magazine->clean;
	unsigned int i;

	ptc_node_put(clean, nr, cache->order, false);
	magazine->nr_clean -= nr;
	for (i = 0; i < magazine->nr_clean; i++) {
		clean[i] = clean[i + nr];
		records[i] = records[i + nr];
	}
}

static void magazine_give_back_dirty(struct pt_cache *cache, struct ptc_magazine *magazine)
{
	ptc_node_put(magazine->dirty, magazine->nr_dirty, cache->order, true);
	magazine->nr_dirty = 0;
}

/*
 * Give other nodes' tables back to their blocks, node by node. @kick: have the home node's worker
 * clear them.
 */
static void magazine_send_home(struct pt_cache *cache, struct ptc_magazine *magazine, bool dirty,
			       bool kick)
{
	unsigned long *away = magazine->away[dirty], pfns[PTC_AWAY_MAX];
	unsigned int left, others, i, nr;

	for (left = magazine->nr_away[dirty]; left; left = others) {
		struct ptc_node *home = ptc_index_find(away[0])->node;

		for (i = 0, nr = 0, others = 0; i < left; i++) {
			if (ptc_index_find(away[i])->node == home)
				pfns[nr++] = away[i];
			else
				away[others++] = away[i];
		}
		ptc_node_put(pfns, nr, cache->order, dirty);
		if (kick)
			ptc_node_kick_clear(home);
	}
	magazine->nr_away[dirty] = 0;
}

/*
 * Make room for one more. Of a full clean stack the older part goes. All dirty tables go: they are
 * of no use here, and the worker clears more of them at a time.
 */
void ptc_magazine_overflow(struct pt_cache *cache, struct ptc_magazine *magazine, bool dirty)
{
	if (dirty) {
		magazine_give_back_dirty(cache, magazine);
		ptc_node_kick_clear(magazine->node);
	} else {
		magazine_give_back_clean(cache, magazine, ptc_magazine_move(magazine->nr_clean));
	}
}

/* Queue a table of another node. It goes home in a batch and is not handed out here. */
void ptc_magazine_away(struct pt_cache *cache, struct ptc_magazine *magazine, unsigned long pfn,
		       bool dirty)
{
	magazine->away[dirty][magazine->nr_away[dirty]++] = pfn;
	if (magazine->nr_away[dirty] >= READ_ONCE(cache->depth) / 2)
		magazine_send_home(cache, magazine, dirty, dirty);
}

void ptc_magazine_drain(struct pt_cache *cache, struct ptc_magazine *magazine)
{
	while (magazine->nr_clean)
		magazine_give_back_clean(cache, magazine, magazine->nr_clean);
	magazine_give_back_dirty(cache, magazine);
	magazine_send_home(cache, magazine, false, false);
	magazine_send_home(cache, magazine, true, false);
}
