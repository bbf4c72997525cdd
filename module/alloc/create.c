// SPDX-License-Identifier: GPL-2.0
/*
 * Creation and destruction of caches.
 *
 * Locks: ptc_pools_mutex (pool.c); nothing is allocated and nobody is waited for under it.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "alloc/cache.h"
#include "alloc/create.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/stock.h"
#include "alloc/supply.h"
#include "alloc/table.h"
#include "alloc/worker.h"
#include "counters.h"
#include "fault.h"
#include "pgtable/level.h"

static bool create_name_ok(const char *name)
{
	size_t i;

	if (!name || !name[0] || name[0] == '#') /* a line of a report that begins so is a remark */
		return false;
	for (i = 0; name[i]; i++)
		if (i == PT_CACHE_NAME_MAX - 1 || !isascii(name[i]) || !isgraph(name[i]))
			return false;
	return true;
}

static int create_check_attr(const struct pt_cache_attr *attr)
{
	if (!attr || !create_name_ok(attr->name)) {
		pr_warn("create: name must be 1 to %d printable characters without whitespace, the first no #\n",
			PT_CACHE_NAME_MAX - 1);
		return -EINVAL;
	}
	if (attr->order > PT_CACHE_ORDER_MAX) {
		pr_warn("create %s: order %u exceeds the maximum of %d\n", attr->name, attr->order,
			PT_CACHE_ORDER_MAX);
		return -EINVAL;
	}
	if (attr->flags) {
		pr_warn("create %s: unknown flags %#lx\n", attr->name, attr->flags);
		return -EINVAL;
	}
	if (attr->nid != NUMA_NO_NODE &&
	    (attr->nid < 0 || attr->nid >= nr_node_ids || !node_state(attr->nid, N_MEMORY))) {
		pr_warn("create %s: node %d has no memory\n", attr->name, attr->nid);
		return -EINVAL;
	}
	return 0;
}

static struct pt_cache *create_alloc(const struct pt_cache_attr *attr)
{
	struct pt_cache *cache = ptc_fallible(kzalloc(sizeof(*cache), GFP_KERNEL), NULL);

	if (!cache)
		return NULL;
	cache->magazines = ptc_fallible(alloc_percpu(struct ptc_magazine), NULL);
	if (!cache->magazines) {
		kfree(cache);
		return NULL;
	}
	strscpy(cache->name, attr->name, sizeof(cache->name));
	cache->flags = attr->flags;
	cache->order = attr->order;
	return cache;
}

static void create_free(struct pt_cache *cache)
{
	free_percpu(cache->magazines);
	kfree(cache);
}

/* Find the pool of the cache's policy, or make @spare that pool. */
static struct ptc_pool *create_join_pool(struct ptc_pool **spare)
{
	struct ptc_pool *pool = *spare, *other;

	ptc_for_each_pool(other) {
		if (pool->ops->shared && other->ops == pool->ops && other->flags == pool->flags) {
			other->users++;
			return other;
		}
	}
	*spare = NULL;
	pool->users = 1;
	list_add_rcu(&pool->link, &ptc_pools);
	return pool;
}

/* Publish a cache under its reserved id. Allocates nothing. */
static int create_publish(struct pt_cache *cache, int nid, struct ptc_pool **spare)
{
	int err = 0;

	mutex_lock(&ptc_pools_mutex);
	if (ptc_registry_has(cache->name)) {
		err = -EEXIST;
	} else {
		cache->pool = create_join_pool(spare);
		cache->home = nid == NUMA_NO_NODE ? NULL : cache->pool->nodes[nid];
		if (READ_ONCE(ptc_recycling))
			ptc_cache_set_depth(cache, ptc_magazine_depth(cache->order));
		ptc_registry_add(cache);
	}
	mutex_unlock(&ptc_pools_mutex);
	return err;
}

/*
 * Stock every node that some CPU asks first, before the cache's first request. Done later, the
 * split for the reserve would look like that request's own. Memory without CPUs near it gets no
 * stock.
 */
void ptc_cache_prepare(const struct pt_cache *cache)
{
	int nid;

	if (cache->home) {
		ptc_stock_prepare(cache->home);
		return;
	}
	for_each_node_state(nid, N_MEMORY)
		if (READ_ONCE(cache->pool->nodes[nid]->serves_cpus))
			ptc_stock_prepare(cache->pool->nodes[nid]);
}

/* As pt_cache_create(), but with a pool of these operations, and without stocking its nodes. */
struct pt_cache *ptc_cache_new(const struct pt_cache_attr *attr, const struct ptc_pool_ops *ops,
			       void *private)
{
	struct ptc_pool *spare;
	struct pt_cache *cache;
	int err = create_check_attr(attr);
	u32 id;

	if (err)
		return ERR_PTR(err);
	cache = create_alloc(attr);
	if (!cache)
		return ERR_PTR(-ENOMEM);
	spare = ptc_pool_new(attr->flags, ops, private);
	if (!spare) {
		err = -ENOMEM;
		goto free_cache;
	}
	err = ptc_registry_reserve_id(&id);
	if (err)
		goto free_pool;
	cache->id = id;
	cache->tag = ptc_tag_of_cache(id, cache->order);
	err = create_publish(cache, attr->nid, &spare);
	if (err) {
		pr_warn("create %s: a cache with this name already exists\n", attr->name);
		goto release_id;
	}
	if (spare)
		ptc_pool_free(spare);

	__module_get(THIS_MODULE);
	return cache;

release_id:
	ptc_registry_release_id(id);
free_pool:
	ptc_pool_free(spare);
free_cache:
	create_free(cache);
	return ERR_PTR(err);
}

struct pt_cache *pt_cache_create(const struct pt_cache_attr *attr)
{
	struct pt_cache *cache = ptc_cache_new(attr, &ptc_ordinary_pool, NULL);

	if (!IS_ERR(cache))
		ptc_cache_prepare(cache);
	return cache;
}
EXPORT_SYMBOL_GPL(pt_cache_create);

/* List the tables that keep a cache from being destroyed, at most 16 to keep the log readable. */
static void create_list_tables_out(const struct pt_cache *cache, u64 in_use)
{
	struct ptc_record copy;
	unsigned long pfn;
	int listed = 0;

	pr_warn("%s: %llu tables are still handed out:\n", cache->name, in_use);
	for (pfn = 0; listed < 16 && ptc_table_next(&pfn, &copy); pfn++) {
		if (ptc_tag_cache(copy.tag) != cache->id)
			continue;
		pr_warn("  pfn %#lx level %s pid %d comm %s\n", pfn,
			ptc_level_name(ptc_tag_level(copy.tag)), copy.mm ? copy.pid : 0,
			copy.mm ? copy.comm : "-");
		listed++;
	}
}

/* Keep the counts of a cache that is destroyed in the totals. */
static void create_fold_counters(const struct ptc_cache_sums *sums)
{
	ptc_count_add(PTC_hits, sums->hits);
	ptc_count_add(PTC_misses, sums->misses);
	ptc_count_add(PTC_frees, sums->frees);
	ptc_count_add(PTC_atomic_misses, sums->atomic_misses);
	ptc_count_add(PTC_fallbacks, sums->fallbacks);
}

static void create_drain(struct pt_cache *cache)
{
	unsigned long flags;
	int cpu;

	for_each_possible_cpu(cpu) {
		local_irq_save(flags);
		ptc_magazine_drain(cache, per_cpu_ptr(cache->magazines, cpu));
		local_irq_restore(flags);
	}
}

int pt_cache_destroy(struct pt_cache *cache)
{
	struct ptc_cache_sums sums;
	struct ptc_pool *pool;

	if (!cache)
		return 0;
	if (WARN_ON_ONCE(IS_ERR(cache)))
		return -EINVAL;
	ptc_cache_sum(cache, &sums);
	if (sums.in_use) {
		WARN_ONCE(1, "pt_cache: %s: not destroyed, tables still handed out\n", cache->name);
		create_list_tables_out(cache, sums.in_use);
		return -EBUSY;
	}

	pool = cache->pool;
	mutex_lock(&ptc_pools_mutex);
	ptc_registry_remove(cache);
	create_fold_counters(&sums);
	if (--pool->users)
		pool = NULL;
	else
		list_del_rcu(&pool->link);
	mutex_unlock(&ptc_pools_mutex);

	/*
	 * Nobody finds the cache or the pool from here on. So other CPUs' magazines may be drained
	 * from here: nobody drains them by IPI or for a CPU that went offline, and nobody else uses
	 * the cache.
	 */
	synchronize_srcu(&ptc_pools_srcu);
	create_drain(cache);
	if (pool) {
		ptc_supply_return_pool(pool);
		ptc_pool_free(pool);
	}
	synchronize_rcu(); /* reports may still be reading the cache */
	create_free(cache);
	module_put(THIS_MODULE);
	return 0;
}
EXPORT_SYMBOL_GPL(pt_cache_destroy);

