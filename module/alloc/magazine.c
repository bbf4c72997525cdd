// SPDX-License-Identifier: GPL-2.0
/*
 * The slow halves of a magazine: what goes in and out of it in batches. One take of the node's
 * lock moves half a magazine, so the fast paths meet it once in so many operations.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "alloc/index.h"
#include "alloc/magazine.h"
#include "alloc/worker.h"

/* Larger tables pin more memory each, so fewer of them wait; from 64K on, none. */
unsigned int ptc_magazine_depth(unsigned int order)
{
	return order < 4 ? PTC_MAGAZINE_DEPTH >> order : 0;
}

/*
 * Put clean tables in, as far as they fit and are of this CPU's node; the rest goes back to its
 * blocks. The caller may have moved to another CPU since it asked for them.
 */
void ptc_magazine_fill(struct pt_cache *cache, const unsigned long *pfns, unsigned int nr)
{
	struct ptc_magazine *magazine = this_cpu_ptr(cache->magazines);
	struct ptc_node *home = ptc_cache_home(cache);
	unsigned int i;

	for (i = 0; i < nr && magazine->nr_clean < cache->depth; i++) {
		if (ptc_index_find(pfns[i])->node != home)
			break;
		magazine->clean[magazine->nr_clean++] = pfns[i];
	}
	if (i < nr)
		ptc_node_put(pfns + i, nr - i, cache->order, false);
}

/* Give the older half of a full stack back to its blocks; the newer is warm in the CPU's caches. */
static unsigned int give_back_half(unsigned long *stack, unsigned int nr, unsigned int order,
				   bool dirty)
{
	unsigned int half = (nr + 1) / 2;

	ptc_node_put(stack, half, order, dirty);
	memmove(stack, stack + half, (nr - half) * sizeof(*stack));
	return nr - half;
}

void ptc_magazine_overflow(struct pt_cache *cache, struct ptc_magazine *magazine, bool dirty)
{
	if (dirty) {
		magazine->nr_dirty = give_back_half(magazine->dirty, magazine->nr_dirty,
						    cache->order, true);
		ptc_worker_kick(ptc_cache_home(cache));
	} else {
		magazine->nr_clean = give_back_half(magazine->clean, magazine->nr_clean,
						    cache->order, false);
	}
}

void ptc_magazine_drain(struct pt_cache *cache, struct ptc_magazine *magazine)
{
	if (magazine->nr_clean)
		ptc_node_put(magazine->clean, magazine->nr_clean, cache->order,
			     !READ_ONCE(ptc_recycling));
	if (magazine->nr_dirty)
		ptc_node_put(magazine->dirty, magazine->nr_dirty, cache->order, true);
	magazine->nr_clean = 0;
	magazine->nr_dirty = 0;
}
