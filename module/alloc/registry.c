// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of caches: lookup by id, the node that each CPU uses, and draining of the magazines.
 *
 * Locks: ptc_pools_mutex (pool.c) protects the addition and removal of caches. Drains find caches
 * after ptc_pools_enter(), reports under RCU.
 */
#include <linux/cpuhotplug.h>
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/xarray.h>

#include "alloc/cache.h"
#include "alloc/pool.h"
#include "alloc/registry.h"
#include "fault.h"

/* Ids fit into a record's tag. 0 is never used. */
static DEFINE_XARRAY_ALLOC1(registry_caches);
#define REGISTRY_IDS	XA_LIMIT(1, U16_MAX - 1)

static enum cpuhp_state registry_cpu_state;

/*
 * Reserve an id, so that ptc_registry_add() allocates nothing.
 * Context: process context, may sleep. Returns 0, -ENOMEM, or -ENOSPC when all are in use.
 */
int ptc_registry_reserve_id(u32 *id)
{
	int err = ptc_fallible(xa_alloc(&registry_caches, id, NULL, REGISTRY_IDS, GFP_KERNEL),
			       -ENOMEM);

	return err == -EBUSY ? -ENOSPC : err;
}

void ptc_registry_release_id(u32 id)
{
	xa_release(&registry_caches, id);
}

/* Context: ptc_pools_mutex is held. */
bool ptc_registry_has(const char *name)
{
	struct pt_cache *cache;
	unsigned long id;

	xa_for_each(&registry_caches, id, cache)
		if (!strcmp(cache->name, name))
			return true;
	return false;
}

/* The node with memory that is nearest to the CPU, whose own node may have none. */
static int registry_node_of(int cpu)
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

/* The node whose tables the CPU's magazine of this cache is to hold. */
static struct ptc_node *registry_node(const struct pt_cache *cache, int cpu)
{
	return cache->home ?: cache->pool->nodes[registry_node_of(cpu)];
}

/* Set the node of an empty magazine that no CPU uses, or of this CPU's with interrupts off. */
static void registry_assign_node(struct pt_cache *cache, int cpu)
{
	struct ptc_node *node = registry_node(cache, cpu);

	WRITE_ONCE(per_cpu_ptr(cache->magazines, cpu)->node, node);
	WRITE_ONCE(node->serves_cpus, true);
}

/* Publish a cache under its reserved id. Context: ptc_pools_mutex is held. */
void ptc_registry_add(struct pt_cache *cache)
{
	int cpu;

	for_each_possible_cpu(cpu)
		registry_assign_node(cache, cpu);
	xa_store(&registry_caches, cache->id, cache, 0); /* cannot fail: the entry is reserved */
}

/* Context: ptc_pools_mutex is held. */
void ptc_registry_remove(const struct pt_cache *cache)
{
	xa_erase(&registry_caches, cache->id);
}

/*
 * Returns the first cache with an id of at least *@id, and sets *@id to its id.
 * Context: RCU read-side section.
 */
struct pt_cache *ptc_registry_next(unsigned long *id)
{
	return xa_find(&registry_caches, id, U16_MAX, XA_PRESENT);
}

/* Returns the cache, or NULL if it is gone. Context: RCU read-side section. */
struct pt_cache *ptc_registry_find(u16 id)
{
	return xa_load(&registry_caches, id);
}

/* A cache, and whose tables are to leave its magazines: those of one node, or all. */
struct registry_drain {
	struct pt_cache *cache;
	int nid;
};

static bool registry_holds_tables(int cpu, void *arg)
{
	const struct registry_drain *drain = arg;
	const struct ptc_magazine *magazine = per_cpu_ptr(drain->cache->magazines, cpu);

	if (READ_ONCE(magazine->nr_away[0]) || READ_ONCE(magazine->nr_away[1]))
		return true;
	if (drain->nid != NUMA_NO_NODE && drain->nid != READ_ONCE(magazine->node)->nid)
		return false;
	return READ_ONCE(magazine->nr_clean) || READ_ONCE(magazine->nr_dirty);
}

static void registry_drain_this_cpu(void *arg)
{
	const struct registry_drain *drain = arg;

	ptc_magazine_drain(drain->cache, this_cpu_ptr(drain->cache->magazines));
}

/*
 * Drain the magazines that hold tables of the node, or all (NUMA_NO_NODE), into the blocks: a table
 * in a magazine keeps its block from being given back.
 * Context: process context, interrupts on, after ptc_pools_enter().
 */
void ptc_registry_drain(int nid)
{
	struct registry_drain drain = { .nid = nid };
	unsigned long id;

	xa_for_each(&registry_caches, id, drain.cache)
		on_each_cpu_cond(registry_holds_tables, registry_drain_this_cpu, &drain, true);
	ptc_count(PTC_drains);
}

/* Has this magazine tables, and was none put or taken since the last time? */
static bool registry_is_idle(int cpu, void *arg)
{
	struct registry_drain *drain = arg;
	struct ptc_magazine *magazine = per_cpu_ptr(drain->cache->magazines, cpu);
	u64 moves = READ_ONCE(magazine->hits) + READ_ONCE(magazine->misses) +
		    READ_ONCE(magazine->frees);
	bool idle = moves == magazine->moves_seen;

	magazine->moves_seen = moves; /* written from here alone */
	return idle && registry_holds_tables(cpu, drain);
}

/*
 * Drain the magazines that were not used since the last call. One caller at a time.
 * Context: as ptc_registry_drain().
 */
void ptc_registry_drain_idle(void)
{
	struct registry_drain drain = { .nid = NUMA_NO_NODE };
	unsigned long id;

	xa_for_each(&registry_caches, id, drain.cache)
		on_each_cpu_cond(registry_is_idle, registry_drain_this_cpu, &drain, true);
}

/*
 * Recycling has ended: empty all magazines and keep them empty.
 * Context: as ptc_registry_drain().
 */
void ptc_registry_close_magazines(void)
{
	struct registry_drain drain = { .nid = NUMA_NO_NODE };
	struct pt_cache *cache;
	unsigned long id;

	xa_for_each(&registry_caches, id, cache)
		ptc_cache_set_depth(cache, 0);
	/*
	 * A CPU that has read the old depth has interrupts off, so it finishes before the drain's
	 * IPI.
	 */
	xa_for_each(&registry_caches, id, drain.cache)
		on_each_cpu(registry_drain_this_cpu, &drain, true);
}

/* @cpu comes online, perhaps for the first time, with a node that was not known before. */
static int registry_cpu_prepare(unsigned int cpu)
{
	struct pt_cache *cache;
	unsigned long id;

	mutex_lock(&ptc_pools_mutex); /* or a cache that is being added would have the old node */
	xa_for_each(&registry_caches, id, cache)
		registry_assign_node(cache, cpu);
	mutex_unlock(&ptc_pools_mutex);
	return 0;
}

/* @cpu is offline, so nobody else accesses its magazines. */
static int registry_cpu_dead(unsigned int cpu)
{
	struct pt_cache *cache;
	unsigned long id, flags;
	int cookie;

	cookie = ptc_pools_enter();
	xa_for_each(&registry_caches, id, cache) {
		local_irq_save(flags);
		ptc_magazine_drain(cache, per_cpu_ptr(cache->magazines, cpu));
		local_irq_restore(flags);
	}
	ptc_pools_leave(cookie);
	return 0;
}

static bool registry_has_another_node(int cpu, void *arg)
{
	struct pt_cache *cache = arg;

	return READ_ONCE(per_cpu_ptr(cache->magazines, cpu)->node) != registry_node(cache, cpu);
}

static void registry_reassign_this_cpu(void *arg)
{
	struct pt_cache *cache = arg;

	ptc_magazine_drain(cache, this_cpu_ptr(cache->magazines));
	registry_assign_node(cache, smp_processor_id());
}

/* A node got its first memory or lost its last: CPUs may have another node nearest to them. */
static int registry_memory_notify(struct notifier_block *block, unsigned long action, void *data)
{
	struct pt_cache *cache;
	unsigned long id;

	if (action != MEM_ONLINE && action != MEM_OFFLINE)
		return NOTIFY_OK;
	mutex_lock(&ptc_pools_mutex);
	xa_for_each(&registry_caches, id, cache)
		on_each_cpu_cond(registry_has_another_node, registry_reassign_this_cpu, cache,
				 true);
	mutex_unlock(&ptc_pools_mutex);
	return NOTIFY_OK;
}

static struct notifier_block registry_memory_notifier = {
	.notifier_call = registry_memory_notify,
};

int ptc_registry_init(void)
{
	int state = ptc_fallible(cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
							   "mm/pt_cache:prepare",
							   registry_cpu_prepare,
							   registry_cpu_dead), -ENOSPC);
	int err;

	if (state < 0)
		return state;
	registry_cpu_state = state;
	err = ptc_fallible(register_memory_notifier(&registry_memory_notifier), -ENOMEM);
	if (err)
		cpuhp_remove_state_nocalls(registry_cpu_state);
	return err;
}

void ptc_registry_exit(void)
{
	unregister_memory_notifier(&registry_memory_notifier);
	cpuhp_remove_state_nocalls(registry_cpu_state);
	xa_destroy(&registry_caches);
}
