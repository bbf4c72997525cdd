// SPDX-License-Identifier: GPL-2.0
/* `caches`: one line per cache. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/nodemask.h>

#include "alloc/cache.h"
#include "alloc/registry.h"
#include "debugfs/debugfs.h"

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

static void *caches_start(struct seq_file *m, loff_t *pos)
	__acquires(RCU)
{
	unsigned long id = *pos;
	struct pt_cache *cache;

	rcu_read_lock(); /* keeps caches and pools alive until caches_stop() */
	if (*pos == 0)
		return SEQ_START_TOKEN;
	cache = ptc_registry_next(&id);
	*pos = id; /* the cache at *pos may be gone */
	return cache;
}

static void *caches_next(struct seq_file *m, void *v, loff_t *pos)
{
	unsigned long id = *pos + 1;
	struct pt_cache *cache = ptc_registry_next(&id);

	*pos = cache ? id : U16_MAX + 1L;
	return cache;
}

static void caches_stop(struct seq_file *m, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static int caches_show(struct seq_file *m, void *v)
{
	const struct pt_cache *cache = v;
	struct ptc_cache_sums sums;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "caches",
				"name order flags tables_in_use tables_free magazine_tables hits misses atomic_misses fallbacks");
		return 0;
	}
	ptc_cache_sum(cache, &sums);
	seq_printf(m, "%s %u %lu %llu %lu %llu %llu %llu %llu %llu\n", cache->name, cache->order,
		   cache->flags, sums.in_use, caches_tables_free(cache), sums.in_magazines,
		   sums.hits, sums.misses, sums.atomic_misses, sums.fallbacks);
	return 0;
}

static const struct seq_operations caches_seq = {
	.start = caches_start,
	.next = caches_next,
	.stop = caches_stop,
	.show = caches_show,
};

static int caches_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &caches_seq);
}

const struct file_operations ptc_caches_fops = {
	.owner = THIS_MODULE,
	.open = caches_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};
