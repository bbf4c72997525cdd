// SPDX-License-Identifier: GPL-2.0
/* Sums over the per-CPU counters of a cache. */
#include <linux/cpumask.h>
#include <linux/string.h>

#include "alloc/cache.h"

/* Sum up the counters of a cache. Exact while the cache is idle; in_use never goes below 0. */
void ptc_cache_sum(const struct pt_cache *cache, struct ptc_cache_sums *sums)
{
	u64 out;
	int cpu;

	memset(sums, 0, sizeof(*sums));
	for_each_possible_cpu(cpu) {
		const struct ptc_magazine *magazine = per_cpu_ptr(cache->magazines, cpu);

		/* frees first: a table that is freed during the sum then counts as in use */
		sums->frees += READ_ONCE(magazine->frees);
		sums->hits += READ_ONCE(magazine->hits);
		sums->misses += READ_ONCE(magazine->misses);
		sums->atomic_misses += READ_ONCE(magazine->atomic_misses);
		sums->fallbacks += READ_ONCE(magazine->fallbacks);
		sums->in_magazines += READ_ONCE(magazine->nr_clean) +
				      READ_ONCE(magazine->nr_dirty) +
				      READ_ONCE(magazine->nr_away[0]) +
				      READ_ONCE(magazine->nr_away[1]);
	}
	out = sums->hits + sums->misses;
	sums->in_use = out > sums->frees ? out - sums->frees : 0;
}
