// SPDX-License-Identifier: GPL-2.0
/* `caches`: one line per cache. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "alloc/cache.h"
#include "alloc/registry.h"
#include "debugfs/debugfs.h"

/* The line, copied under RCU: the cache may be destroyed before it is printed. */
struct caches_state {
	unsigned long id;		/* of the next cache, or lower */
	char name[PT_CACHE_NAME_MAX];
	unsigned int order;
	unsigned long flags, tables_free;
	struct ptc_cache_sums sums;
};

/* Free tables the cache can allocate without a new block: its pool's, on the nodes it uses. */
static unsigned long caches_tables_free(const struct pt_cache *cache)
{
	unsigned long pages = 0;
	int nid;

	for_each_node(nid) {
		const struct ptc_node *node = cache->pool->nodes[nid];

		if (!cache->home || cache->home == node)
			pages += READ_ONCE(node->sums.clean) + READ_ONCE(node->sums.dirty);
	}
	return pages >> cache->order;
}

static int caches_begin(void *state)
{
	((struct caches_state *)state)->id = 0;
	return 0;
}

static int caches_next(void *state)
{
	struct caches_state *line = state;
	struct pt_cache *cache;

	rcu_read_lock(); /* keeps the cache and its pool */
	cache = ptc_registry_next(&line->id);
	if (cache) {
		strscpy(line->name, cache->name, sizeof(line->name));
		line->order = cache->order;
		line->flags = cache->flags;
		line->tables_free = caches_tables_free(cache);
		ptc_cache_sum(cache, &line->sums);
		line->id++;
	}
	rcu_read_unlock();
	return cache != NULL;
}

static void caches_show(struct seq_file *m, const void *state)
{
	const struct caches_state *line = state;
	const struct ptc_cache_sums *sums = &line->sums;

	seq_printf(m, "%s %u %lu %llu %lu %llu %llu %llu %llu %llu\n", line->name, line->order,
		   line->flags, sums->in_use, line->tables_free, sums->in_magazines, sums->hits,
		   sums->misses, sums->atomic_misses, sums->fallbacks);
}

const struct ptc_report ptc_report_caches = {
	.name = "caches",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "name order flags tables_in_use tables_free magazine_tables hits misses atomic_misses fallbacks",
	.size = sizeof(struct caches_state),
	.begin = caches_begin,
	.next = caches_next,
	.show = caches_show,
};
