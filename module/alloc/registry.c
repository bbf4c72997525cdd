// SPDX-License-Identifier: GPL-2.0
/*
 * The registry of caches: lookup by id, the node that each CPU uses, and draining of the magazines.
 *
 * Locks: ptc_pools_sem (pool.c) protects the addition and removal of caches. Reports look up a
 * cache by id under RCU.
 */
#include <linux/cpuhotplug.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
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

/* Context: ptc_pools_sem is held. */
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

/* Set whose tables a CPU's magazine holds, before the CPU can use it. */
static void registry_assign_node(struct pt_cache *cache, int cpu)
{
	per_cpu_ptr(cache->magazines, cpu)->node =
		cache->home ?: cache->pool->nodes[registry_node_of(cpu)];
}

/* Publish a cache under its reserved id. Context: ptc_pools_sem is held for writing. */
void ptc_registry_add(struct pt_cache *cache)
{
	int cpu;

	for_each_possible_cpu(cpu)
		registry_assign_node(cache, cpu);
	xa_store(&registry_caches, cache->id, cache, 0); /* cannot fail: the entry is reserved */
}

/* Context: ptc_pools_sem is held for writing. */
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

static bool registry_holds_tables(int cpu, void *arg)
{
	struct pt_cache *cache = arg;
	const struct ptc_magazine *magazine = per_cpu_ptr(cache->magazines, cpu);

	return READ_ONCE(magazine->nr_clean) || READ_ONCE(magazine->nr_dirty) ||
	       READ_ONCE(magazine->nr_away[0]) || READ_ONCE(magazine->nr_away[1]);
}

static void registry_drain_this_cpu(void *arg)
{
	struct pt_cache *cache = arg;

	ptc_magazine_drain(cache, this_cpu_ptr(cache->magazines));
}

/*
 * Drain all magazines into the blocks: a table in a magazine keeps its block from being given back.
 * Do nothing if the last drain is less than @interval jiffies ago.
 * Context: process context, interrupts on, ptc_pools_sem held for reading.
 * Returns whether they were drained.
 */
bool ptc_registry_drain(unsigned long interval)
{
	static unsigned long drained_at = INITIAL_JIFFIES;
	struct pt_cache *cache;
	unsigned long id;

	if (interval && time_before(jiffies, READ_ONCE(drained_at) + interval))
		return false;
	WRITE_ONCE(drained_at, jiffies);
	xa_for_each(&registry_caches, id, cache)
		on_each_cpu_cond(registry_holds_tables, registry_drain_this_cpu, cache, true);
	ptc_count(PTC_drains);
	return true;
}

/*
 * Recycling has ended: empty all magazines and keep them empty.
 * Context: as ptc_registry_drain().
 */
void ptc_registry_close_magazines(void)
{
	struct pt_cache *cache;
	unsigned long id;

	xa_for_each(&registry_caches, id, cache)
		WRITE_ONCE(cache->depth, 0);
	/*
	 * A CPU that has read the old depth has interrupts off, so it finishes before the drain's
	 * IPI.
	 */
	xa_for_each(&registry_caches, id, cache)
		on_each_cpu(registry_drain_this_cpu, cache, true);
}

/* @cpu comes online, perhaps for the first time, with a node that was not known before. */
static int registry_cpu_prepare(unsigned int cpu)
{
	struct pt_cache *cache;
	unsigned long id;

	down_read(&ptc_pools_sem);
	xa_for_each(&registry_caches, id, cache)
		registry_assign_node(cache, cpu);
	up_read(&ptc_pools_sem);
	return 0;
}

/* @cpu is offline, so nobody else accesses its magazines. */
static int registry_cpu_dead(unsigned int cpu)
{
	struct pt_cache *cache;
	unsigned long id, flags;

	down_read(&ptc_pools_sem);
	xa_for_each(&registry_caches, id, cache) {
		local_irq_save(flags);
		ptc_magazine_drain(cache, per_cpu_ptr(cache->magazines, cpu));
		local_irq_restore(flags);
	}
	up_read(&ptc_pools_sem);
	return 0;
}

int ptc_registry_init(void)
{
	int state = ptc_fallible(cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN,
							   "mm/pt_cache:prepare",
							   registry_cpu_prepare,
							   registry_cpu_dead), -ENOSPC);

	if (state < 0)
		return state;
	registry_cpu_state = state;
	return 0;
}

void ptc_registry_exit(void)
{
	cpuhp_remove_state_nocalls(registry_cpu_state);
	xa_destroy(&registry_caches);
}
