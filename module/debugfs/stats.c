// SPDX-License-Identifier: GPL-2.0
/* `stats`: the counters since load, and the tables, pages and blocks that are held now. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>

#include "alloc/cache.h"
#include "alloc/index.h"
#include "alloc/registry.h"
#include "counters.h"
#include "debugfs/debugfs.h"

/* A live cache keeps its own counts; pt_cache_destroy() adds them to the global counters. */
static void stats_add_caches(struct ptc_cache_sums *all, u64 *pages_out)
{
	struct ptc_cache_sums sums;
	struct pt_cache *cache;
	unsigned long id;

	memset(all, 0, sizeof(*all));
	*pages_out = 0;
	rcu_read_lock();
	for (id = 0; (cache = ptc_registry_next(&id)); id++) {
		ptc_cache_sum(cache, &sums);
		all->in_use += sums.in_use;
		all->in_magazines += sums.in_magazines;
		all->hits += sums.hits;
		all->misses += sums.misses;
		all->frees += sums.frees;
		all->atomic_misses += sums.atomic_misses;
		all->fallbacks += sums.fallbacks;
		*pages_out += sums.in_use << cache->order;
	}
	rcu_read_unlock();
}

static u64 stats_cache_count(const struct ptc_cache_sums *sums, enum ptc_counter counter)
{
	switch (counter) {
	case PTC_hits:
		return sums->hits;
	case PTC_misses:
		return sums->misses;
	case PTC_frees:
		return sums->frees;
	case PTC_atomic_misses:
		return sums->atomic_misses;
	case PTC_fallbacks:
		return sums->fallbacks;
	default:
		return 0;
	}
}

struct held {
	unsigned long blocks, pages, clean, dirty, reserve_clean, side_table_bytes;
};

static void stats_add_held(struct held *held)
{
	struct ptc_pool *pool;
	int nid;

	ptc_for_each_pool(pool) {
		for_each_node(nid) {
			const struct ptc_node *node = pool->nodes[nid];

			held->blocks += READ_ONCE(node->blocks);
			held->pages += READ_ONCE(node->sums.pages);
			held->clean += READ_ONCE(node->sums.clean);
			held->dirty += READ_ONCE(node->sums.dirty);
			held->reserve_clean += READ_ONCE(node->sums.reserve_clean);
			held->side_table_bytes += READ_ONCE(node->record_bytes);
		}
	}
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct held held = { .side_table_bytes = ptc_index_bytes() };
	struct ptc_cache_sums sums;
	u64 pages_out;
	u64 totals[PTC_NR_COUNTERS];
	int i;

	/* the counts of a cache that is destroyed move to the totals under this mutex */
	if (mutex_lock_interruptible(&ptc_pools_mutex))
		return -EINTR;
	stats_add_caches(&sums, &pages_out);
	stats_add_held(&held);
	for (i = 0; i < PTC_NR_COUNTERS; i++)
		totals[i] = ptc_counter_sum(i);
	mutex_unlock(&ptc_pools_mutex);

	ptc_report_head(m, "stats", "counter value");
	for (i = 0; i < PTC_NR_COUNTERS; i++)
		seq_printf(m, "%s %llu\n", ptc_counter_name(i),
			   totals[i] + stats_cache_count(&sums, i));
	seq_printf(m, "tables_in_use %llu\n", sums.in_use);
	seq_printf(m, "pages_in_use %llu\n", pages_out);
	seq_printf(m, "tables_in_magazines %llu\n", sums.in_magazines);
	seq_printf(m, "blocks %lu\n", held.blocks);
	seq_printf(m, "pages_held %lu\n", held.pages);
	seq_printf(m, "pages_clean %lu\n", held.clean);
	seq_printf(m, "pages_dirty %lu\n", held.dirty);
	seq_printf(m, "pages_reserve %lu\n", held.reserve_clean);
	seq_printf(m, "side_table_bytes %lu\n", held.side_table_bytes);
	return 0;
}

static int stats_open(struct inode *inode, struct file *file)
{
	return single_open(file, stats_show, NULL);
}

const struct file_operations ptc_stats_fops = {
	.owner = THIS_MODULE,
	.open = stats_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};
