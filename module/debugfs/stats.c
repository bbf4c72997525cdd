// SPDX-License-Identifier: GPL-2.0
/* `stats`: the counters since load, and the tables, pages and blocks that are held now. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/string.h>

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

/* Gauges: X(name, unit, value, what one of it is); the value is of struct stats_sums *all. */
#define STATS_GAUGES(X)							\
	X(tables_in_use,	tables, all->sums.in_use, "table handed out")	\
	X(pages_in_use,		pages,	all->pages_out, "page of a table handed out")	\
	X(tables_in_magazines,	tables,	all->sums.in_magazines, "free table in a magazine") \
	X(blocks,		blocks,	all->held.blocks, "block, or smaller run in its place") \
	X(pages_held,		pages,	all->held.pages, "page of a block")	\
	X(pages_clean,		pages,	all->held.clean, "free page in a block, all zero, not of the reserve") \
	X(pages_dirty,		pages,	all->held.dirty, "free page in a block, to be cleared first") \
	X(pages_reserve,	pages,	all->held.reserve_clean, "free page of the reserve, all zero") \
	X(side_table_bytes,	bytes,	all->held.side_table_bytes, "byte of the side tables and the index")

enum {
#define X(name, unit, value, what) STATS_##name,
	STATS_GAUGES(X)
#undef X
	STATS_NR_GAUGES,
};

struct stats_state {
	unsigned int next;		/* number of the next line */
	u64 counters[PTC_NR_COUNTERS];
	u64 gauges[STATS_NR_GAUGES];
};

/* What the gauges are made of. */
struct stats_sums {
	struct ptc_cache_sums sums;
	struct held held;
	u64 pages_out;
};

static void stats_read_gauges(u64 *gauges, const struct stats_sums *all)
{
	const u64 values[] = {
#define X(name, unit, value, what) [STATS_##name] = value,
		STATS_GAUGES(X)
#undef X
	};

	memcpy(gauges, values, sizeof(values));
}

/* Read all at one moment. */
static int stats_begin(void *state)
{
	struct stats_sums sums = { .held.side_table_bytes = ptc_index_bytes() };
	struct stats_state *all = state;
	int i;

	all->next = 0;
	/* the counts of a cache that is destroyed move to the totals under this mutex */
	if (mutex_lock_interruptible(&ptc_pools_mutex))
		return -EINTR;
	stats_add_caches(&sums.sums, &sums.pages_out);
	stats_add_held(&sums.held);
	for (i = 0; i < PTC_NR_COUNTERS; i++)
		all->counters[i] = ptc_counter_sum(i) + stats_cache_count(&sums.sums, i);
	mutex_unlock(&ptc_pools_mutex);
	stats_read_gauges(all->gauges, &sums);
	return 0;
}

static int stats_next(void *state)
{
	struct stats_state *all = state;

	if (all->next == PTC_NR_COUNTERS + STATS_NR_GAUGES)
		return 0;
	all->next++;
	return 1;
}

static void stats_show(struct seq_file *m, const void *state)
{
	static const struct {
		const char *name, *unit;
	} gauges[] = {
#define X(name, unit, value, what) [STATS_##name] = { #name, #unit },
		STATS_GAUGES(X)
#undef X
	};
	const struct stats_state *all = state;
	unsigned int line = all->next - 1, gauge = line - PTC_NR_COUNTERS;

	if (line < PTC_NR_COUNTERS)
		seq_printf(m, "%s %llu counter %s\n", ptc_counter_name(line),
			   all->counters[line], ptc_counter_unit(line));
	else
		seq_printf(m, "%s %llu gauge %s\n", gauges[gauge].name, all->gauges[gauge],
			   gauges[gauge].unit);
}

const struct ptc_report ptc_report_stats = {
	.name = "stats",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 2,
	.columns = "counter value type unit",
	.size = sizeof(struct stats_state),
	.begin = stats_begin,
	.next = stats_next,
	.show = stats_show,
};
