// SPDX-License-Identifier: GPL-2.0
/*
 * Which caches there are: making and giving up caches, finding them for the reports, and draining
 * their magazines.
 *
 * Locks: ptc_pools_sem (pool.c) orders the coming and going of caches and pools; nothing is
 * allocated under it for writing. A report finds a cache by id under RCU.
 */
#include <linux/cpuhotplug.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/xarray.h>

#include "alloc/cache.h"
#include "alloc/index.h"
#include "alloc/magazine.h"
#include "alloc/worker.h"
#include "counters.h"
#include "selftest_hooks.h"
#include "table/record.h"

/* Ids fit a record's tag, and 0 is no cache's. */
static DEFINE_XARRAY_ALLOC1(ptc_caches);
#define CACHE_IDS	XA_LIMIT(1, U16_MAX - 1)

static enum cpuhp_state cpu_state;

static bool name_ok(const char *name)
{
	size_t i;

	if (!name || !name[0])
		return false;
	for (i = 0; name[i]; i++)
		if (i == PT_CACHE_NAME_MAX - 1 || !isascii(name[i]) || !isgraph(name[i]))
			return false;
	return true;
}

static int check_attr(const struct pt_cache_attr *attr)
{
	if (!attr || !name_ok(attr->name)) {
		pr_warn("create: a name of 1 to %d printable characters without white space is needed\n",
			PT_CACHE_NAME_MAX - 1);
		return -EINVAL;
	}
	if (attr->order > PT_CACHE_ORDER_MAX) {
		pr_warn("create %s: order %u is above %d\n", attr->name, attr->order,
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

static struct pt_cache *new_cache(const struct pt_cache_attr *attr)
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

static void free_cache(struct pt_cache *cache)
{
	free_percpu(cache->magazines);
	kfree(cache);
}

static bool name_taken(const char *name)
{
	struct pt_cache *cache;
	unsigned long id;

	xa_for_each(&ptc_caches, id, cache)
		if (!strcmp(cache->name, name))
			return true;
	return false;
}

/* The pool of the cache's policy; @spare becomes it if there is none yet. */
static struct ptc_pool *join_pool(unsigned long flags, struct ptc_pool **spare)
{
	struct ptc_pool *pool;

	list_for_each_entry(pool, &ptc_pools, link) {
		if (pool->flags == flags && !pool->lender && !(*spare)->lender) {
			pool->users++;
			return pool;
		}
	}
	pool = *spare;
	*spare = NULL;
	pool->users = 1;
	list_add(&pool->link, &ptc_pools);
	return pool;
}

/* The node with memory that is nearest to the CPU: its own may have none. */
static int memory_node_of(int cpu)
{
	int nid = cpu_to_node(cpu), other, nearest = NUMA_NO_NODE;

	if (nid == NUMA_NO_NODE)
		return first_memory_node;
	if (node_state(nid, N_MEMORY))
		return nid;
	for_each_node_state(other, N_MEMORY)
		if (nearest == NUMA_NO_NODE ||
		    node_distance(nid, other) < node_distance(nid, nearest))
			nearest = other;
	return nearest;
}

/* Say whose tables a CPU's magazine holds, before its CPU can use it. */
static void assign_node(struct pt_cache *cache, int cpu)
{
	per_cpu_ptr(cache->magazines, cpu)->node =
		cache->home ?: cache->pool->nodes[memory_node_of(cpu)];
}

/* Make a cache known under its reserved id. Allocates nothing. */
static int publish(struct pt_cache *cache, int nid, struct ptc_pool **spare)
{
	int cpu, err = 0;

	down_write(&ptc_pools_sem);
	if (name_taken(cache->name)) {
		err = -EEXIST;
	} else {
		cache->pool = join_pool(cache->flags, spare);
		cache->home = nid == NUMA_NO_NODE ? NULL : cache->pool->nodes[nid];
		for_each_possible_cpu(cpu)
			assign_node(cache, cpu);
		if (READ_ONCE(ptc_recycling))
			cache->depth = ptc_magazine_depth(cache->order);
		xa_store(&ptc_caches, cache->id, cache, 0); /* the entry is there: reserved */
	}
	up_write(&ptc_pools_sem);
	return err;
}

/* Before the first request, on every node that may ask: later this would look like its split. */
void ptc_cache_prepare(const struct pt_cache *cache)
{
	int nid;

	if (cache->home) {
		ptc_worker_prepare(cache->home);
		return;
	}
	for_each_node_state(nid, N_MEMORY)
		ptc_worker_prepare(cache->pool->nodes[nid]);
}

/* As pt_cache_create(); for a lender it gets a pool of its own, and no table yet. */
struct pt_cache *ptc_cache_new(const struct pt_cache_attr *attr, struct pt_cache_lender *lender)
{
	struct ptc_pool *spare;
	struct pt_cache *cache;
	int err = check_attr(attr);
	u32 id;

	if (err)
		return ERR_PTR(err);
	cache = new_cache(attr);
	if (!cache)
		return ERR_PTR(-ENOMEM);
	spare = ptc_pool_new(attr->flags, lender);
	if (!spare) {
		err = -ENOMEM;
		goto free_cache;
	}
	err = ptc_fallible(xa_alloc(&ptc_caches, &id, NULL, CACHE_IDS, GFP_KERNEL), -ENOMEM);
	if (err) {
		err = err == -EBUSY ? -ENOSPC : err;
		goto free_pool;
	}
	cache->id = id;
	cache->tag = ptc_tag_of_cache(id, cache->order);
	err = publish(cache, attr->nid, &spare);
	if (err) {
		pr_warn("create %s: a cache of that name exists\n", attr->name);
		goto release_id;
	}
	if (spare)
		ptc_pool_free(spare);

	__module_get(THIS_MODULE);
	return cache;

release_id:
	xa_release(&ptc_caches, id);
free_pool:
	ptc_pool_free(spare);
free_cache:
	free_cache(cache);
	return ERR_PTR(err);
}

struct pt_cache *pt_cache_create(const struct pt_cache_attr *attr)
{
	struct pt_cache *cache = ptc_cache_new(attr, NULL);

	if (!IS_ERR(cache))
		ptc_cache_prepare(cache);
	return cache;
}
EXPORT_SYMBOL_GPL(pt_cache_create);

/* The tables that keep a cache from going, at most a screenful. */
static void list_tables_out(const struct pt_cache *cache, u64 in_use)
{
	struct ptc_record copy;
	unsigned long pfn;
	int listed = 0;

	pr_warn("%s: %llu tables are still out:\n", cache->name, in_use);
	for (pfn = 0; listed < 16 && ptc_table_next(&pfn, &copy); pfn++) {
		if (ptc_tag_cache(copy.tag) != cache->id)
			continue;
		pr_warn("  pfn %#lx level %s pid %d comm %s\n", pfn,
			ptc_level_name(ptc_tag_level(copy.tag)), copy.mm ? copy.pid : 0,
			copy.mm ? copy.comm : "-");
		listed++;
	}
}

/* What the cache has counted stays in the totals. */
static void fold_counters(const struct ptc_cache_sums *sums)
{
	ptc_count_add(PTC_hits, sums->hits);
	ptc_count_add(PTC_misses, sums->misses);
	ptc_count_add(PTC_frees, sums->frees);
	ptc_count_add(PTC_atomic_misses, sums->atomic_misses);
	ptc_count_add(PTC_fallbacks, sums->fallbacks);
}

static void drain_all_of(struct pt_cache *cache)
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
		WARN_ONCE(1, "pt_cache: %s: destroyed with tables out\n", cache->name);
		list_tables_out(cache, sums.in_use);
		return -EBUSY;
	}

	pool = cache->pool;
	down_write(&ptc_pools_sem);
	xa_erase(&ptc_caches, cache->id);
	fold_counters(&sums);
	drain_all_of(cache); /* no drain by IPI now, and nobody else uses the cache */
	if (--pool->users)
		pool = NULL;
	else
		list_del(&pool->link);
	up_write(&ptc_pools_sem);

	if (pool)
		ptc_pool_free(pool);
	synchronize_rcu(); /* reports may be looking at the cache */
	free_cache(cache);
	module_put(THIS_MODULE);
	return 0;
}
EXPORT_SYMBOL_GPL(pt_cache_destroy);

/* Exact when nothing runs; in_use never below 0. */
void ptc_cache_sum(const struct pt_cache *cache, struct ptc_cache_sums *sums)
{
	u64 out;
	int cpu;

	memset(sums, 0, sizeof(*sums));
	for_each_possible_cpu(cpu) {
		const struct ptc_magazine *magazine = per_cpu_ptr(cache->magazines, cpu);

		/* frees first: a table freed on the way then counts as in use */
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

/* The first cache with an id of at least *@id, which becomes its id. Under rcu_read_lock(). */
struct pt_cache *ptc_cache_next(unsigned long *id)
{
	return xa_find(&ptc_caches, id, U16_MAX, XA_PRESENT);
}

/* Under rcu_read_lock(). NULL when the cache is gone. */
struct pt_cache *ptc_cache_by_id(u16 id)
{
	return xa_load(&ptc_caches, id);
}

static bool has_something(int cpu, void *arg)
{
	struct pt_cache *cache = arg;
	const struct ptc_magazine *magazine = per_cpu_ptr(cache->magazines, cpu);

	return READ_ONCE(magazine->nr_clean) || READ_ONCE(magazine->nr_dirty) ||
	       READ_ONCE(magazine->nr_away[0]) || READ_ONCE(magazine->nr_away[1]);
}

static void drain_this_cpu(void *arg)
{
	struct pt_cache *cache = arg;

	ptc_magazine_drain(cache, this_cpu_ptr(cache->magazines));
}

/*
 * Empty every magazine into its blocks: a table in a magazine keeps its block from going back.
 * Not when the last drain is less than @interval jiffies ago.
 * Context: process context, interrupts on, ptc_pools_sem held for reading.
 * Returns whether they were drained.
 */
bool ptc_caches_drain(unsigned long interval)
{
	static unsigned long drained_at = INITIAL_JIFFIES;
	struct pt_cache *cache;
	unsigned long id;

	if (interval && time_before(jiffies, READ_ONCE(drained_at) + interval))
		return false;
	WRITE_ONCE(drained_at, jiffies);
	xa_for_each(&ptc_caches, id, cache)
		on_each_cpu_cond(has_something, drain_this_cpu, cache, true);
	ptc_count(PTC_drains);
	return true;
}

/* Recycling has ended: nothing waits in a magazine any more. Context: as ptc_caches_drain(). */
void ptc_caches_close_magazines(void)
{
	struct pt_cache *cache;
	unsigned long id;

	xa_for_each(&ptc_caches, id, cache)
		WRITE_ONCE(cache->depth, 0);
	/* A CPU that has read the old depth has interrupts off: it is through before its drain. */
	xa_for_each(&ptc_caches, id, cache)
		on_each_cpu(drain_this_cpu, cache, true);
}

/* @cpu comes, perhaps for the first time and with a node that was not known before. */
static int cpu_prepare(unsigned int cpu)
{
	struct pt_cache *cache;
	unsigned long id;

	down_read(&ptc_pools_sem);
	xa_for_each(&ptc_caches, id, cache)
		assign_node(cache, cpu);
	up_read(&ptc_pools_sem);
	return 0;
}

/* @cpu is gone for now, and its magazines with it: nobody else touches them. */
static int cpu_dead(unsigned int cpu)
{
	struct pt_cache *cache;
	unsigned long id, flags;

	down_read(&ptc_pools_sem);
	xa_for_each(&ptc_caches, id, cache) {
		local_irq_save(flags);
		ptc_magazine_drain(cache, per_cpu_ptr(cache->magazines, cpu));
		local_irq_restore(flags);
	}
	up_read(&ptc_pools_sem);
	return 0;
}

int ptc_caches_init(void)
{
	int state = ptc_fallible(cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "mm/pt_cache:prepare",
							   cpu_prepare, cpu_dead), -ENOSPC);

	if (state < 0)
		return state;
	cpu_state = state;
	return 0;
}

void ptc_caches_exit(void)
{
	cpuhp_remove_state_nocalls(cpu_state);
	xa_destroy(&ptc_caches);
}
