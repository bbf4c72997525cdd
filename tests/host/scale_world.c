// SPDX-License-Identifier: GPL-2.0
/*
 * See scale_world.h. Also false here: the direct map, which is split in no time, and that nothing
 * is to be adopted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <linux/kernel.h>

#include "alloc/adopt.h"
#include "alloc/numa.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"
#include "direct_map/split.h"

int world_cpus, world_nodes;
long world_tables[SHIM_NODES_MAX];
unsigned long world_node_pages;
unsigned long world_did[WORLD_KINDS];
struct world_account world_account;

__thread int shim_cpu;
__thread unsigned int shim_atomic, shim_rcu;
__thread struct task_struct shim_task = { .comm = "task" };

static void world_refuse(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

/* ---- real time ---- */

static unsigned long world_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000UL + now.tv_nsec;
}

unsigned long world_cpu_ns(void)
{
	return world_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- CPUs ---- */

void shim_irq_save(void)
{
	shim_atomic++;
}

void shim_irq_restore(void)
{
	shim_atomic--;
}

void shim_must_sleep(const char *what)
{
	if (shim_atomic)
		world_refuse(what);
}

/* As another CPU, whose interrupts are on while this one runs, or as this one. */
void shim_on_each_cpu(bool (*condition)(int cpu, void *arg), void (*function)(void *arg), void *arg)
{
	int cpu, here = shim_cpu;

	might_sleep();
	for (cpu = 0; cpu < world_cpus; cpu++) {
		if (condition && !condition(cpu, arg))
			continue;
		world_account.ipis += cpu != here;
		shim_cpu = cpu;
		shim_irq_save();
		function(arg);
		shim_irq_restore();
	}
	shim_cpu = here;
}

int (*shim_cpu_prepare)(unsigned int cpu);
int (*shim_cpu_dead)(unsigned int cpu);

/* Variables lie in a section of their own, which is the pattern that no CPU uses. */
extern char shim_percpu_start[] __asm__("__start_shim_percpu");
extern char shim_percpu_stop[] __asm__("__stop_shim_percpu");
static _Alignas(64) char variables[WORLD_CPUS_MAX][SHIM_PERCPU_UNIT];

void *shim_per_cpu(const volatile void *address, int cpu)
{
	char *at = (char *)address;

	if (at >= shim_percpu_start && at < shim_percpu_stop)
		return variables[cpu] + (at - shim_percpu_start);
	return at + (long)cpu * SHIM_PERCPU_UNIT;
}

void *shim_alloc_percpu(size_t size)
{
	might_sleep();
	if (size > SHIM_PERCPU_UNIT || shim_percpu_stop - shim_percpu_start > SHIM_PERCPU_UNIT)
		abort();
	return calloc(world_cpus, SHIM_PERCPU_UNIT);
}

void free_percpu(void *address)
{
	free(address);
}

/* ---- locks ---- */

void world_lock(unsigned int *held)
{
	if ((*held)++)
		world_refuse("a lock is taken that is held");
	shim_atomic++;
}

void world_unlock(unsigned int *held)
{
	shim_atomic--;
	if (--*held)
		world_refuse("a lock is released that is not held");
}

void shim_lock(pthread_mutex_t *lock)
{
	shim_atomic++;
	pthread_mutex_lock(lock);
}

void shim_unlock(pthread_mutex_t *lock)
{
	pthread_mutex_unlock(lock);
	shim_atomic--;
}

#define PLACES_MAX	64

static struct world_hold places[PLACES_MAX + 1];

static struct {
	struct world_hold *place;	/* NULL: no node's lock is held */
	unsigned long did[WORLD_KINDS], began;
} holding;

const struct world_hold *world_holds(void)
{
	return places;
}

static struct world_hold *find_place(const void *address)
{
	struct world_hold *place = places;

	while (place->place && place->place != address)
		place++;
	if (place == places + PLACES_MAX)
		world_refuse("a node's lock is taken in more places than were expected");
	place->place = address;
	return place;
}

void world_lock_node(unsigned int *held)
{
	world_lock(held);
	if (holding.place)
		world_refuse("a second node's lock is taken");
	holding.place = find_place(__builtin_return_address(0));
	memcpy(holding.did, world_did, sizeof(world_did));
	holding.began = world_ns(CLOCK_MONOTONIC);
}

void world_unlock_node(unsigned int *held)
{
	unsigned long ns = world_ns(CLOCK_MONOTONIC) - holding.began, work = 0;
	unsigned long did[WORLD_KINDS];
	struct world_hold *hold = holding.place;
	int i;

	for (i = 0; i < WORLD_KINDS; i++) {
		did[i] = world_did[i] - holding.did[i];
		work += did[i];
	}
	hold->times++;
	/* what is looked at may be moved, too */
	hold->tables = max(hold->tables, max(did[WORLD_BIT], did[WORLD_LOOK]));
	hold->blocks = max(hold->blocks, did[WORLD_ENTRY]);
	hold->ns_most = max(hold->ns_most, ns);
	if (work > hold->work || hold->times == 1) {
		hold->work = work;
		hold->ns_least = ns;
	} else if (work == hold->work) {
		hold->ns_least = min(hold->ns_least, ns);
	}
	holding.place = NULL;
	world_unlock(held);
}

/* ---- RCU: whoever waits is in no read-side section, and nobody else is ---- */

static struct rcu_head *callbacks;

void rcu_read_lock(void)
{
	shim_atomic++;
	shim_rcu++;
}

void rcu_read_unlock(void)
{
	shim_rcu--;
	shim_atomic--;
}

void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head))
{
	head->func = function;
	head->next = callbacks;
	callbacks = head;
}

void synchronize_rcu(void)
{
	struct rcu_head *head;

	might_sleep();
	while ((head = callbacks)) {
		callbacks = head->next;
		if ((unsigned long)head->func < 4096)
			free((char *)head - (unsigned long)head->func);	/* kfree_rcu() */
		else
			head->func(head);
	}
}

void rcu_barrier(void)
{
	synchronize_rcu();
}

/* ---- work and time ---- */

/* So often something may be queued again in one jiffy before it is taken for a loop without end. */
#define RUNS_MAX	1000000

static unsigned long now;
static LIST_HEAD(queue);
static LIST_HEAD(timers);
static struct work_struct *work_at;

/* On some CPU, each time on another. */
static void run_first(void)
{
	struct work_struct *work = list_entry(queue.next, struct work_struct, link);
	struct work_struct *before = work_at;
	unsigned long began = world_cpu_ns();
	int here = shim_cpu;

	list_del_init(&work->link);
	work->running = true;
	work_at = work;
	shim_cpu = world_account.works++ % world_cpus;
	work->function(work);
	shim_cpu = here;
	work_at = before;
	work->running = false;
	world_account.works_ns += world_cpu_ns() - began;
}

void world_run(void)
{
	unsigned int runs = 0;

	might_sleep();
	while (!list_empty(&queue)) {
		run_first();
		if (++runs == RUNS_MAX)
			world_refuse("what is queued never ends");
	}
	synchronize_rcu();
}

static void expire_timers(void)
{
	struct delayed_work *timer, *next;

	list_for_each_entry_safe(timer, next, &timers, timer) {
		if (time_before(now, timer->due))
			continue;
		list_del_init(&timer->timer);
		queue_work(NULL, &timer->work);
	}
}

void world_pass(unsigned long nr)
{
	while (nr--) {
		now++;
		expire_timers();
		world_run();
	}
}

unsigned long shim_jiffies(void)
{
	return now;
}

/* Who sleeps lets others run. */
void udelay(unsigned long us)
{
	if (!shim_atomic)
		world_pass(1 + us * HZ / 1000000);
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active)
{
	return kzalloc(sizeof(struct workqueue_struct), GFP_KERNEL);
}

void destroy_workqueue(struct workqueue_struct *workqueue)
{
	world_run();
	kfree(workqueue);
}

bool queue_work(struct workqueue_struct *workqueue, struct work_struct *work)
{
	if (!list_empty(&work->link))
		return false;
	list_add_tail(&work->link, &queue);
	return true;
}

bool queue_delayed_work(struct workqueue_struct *workqueue, struct delayed_work *work,
			unsigned long delay)
{
	if (!list_empty(&work->timer) || !list_empty(&work->work.link))
		return false;
	work->due = now + delay;
	list_add_tail(&work->timer, &timers);
	return true;
}

bool flush_work(struct work_struct *work)
{
	world_run();
	return true;
}

unsigned int work_busy(struct work_struct *work)
{
	return work->running || !list_empty(&work->link);
}

bool cancel_work_sync(struct work_struct *work)
{
	might_sleep();
	list_del_init(&work->link);
	return true;
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	list_del_init(&work->timer);
	return cancel_work_sync(&work->work);
}

struct work_struct *current_work(void)
{
	return work_at;
}

/* ---- memory ---- */

void world_clear_page(void *address)
{
	world_account.cleared++;
}

enum ptc_split ptc_direct_map_split(unsigned long pfn, unsigned int pages)
{
	might_sleep();
	return PTC_SPLIT_DONE;
}

/* Nobody changes the direct map. */
bool ptc_direct_map_is_1g(unsigned long pfn)
{
	return false;
}

int ptc_direct_map_read(unsigned long pfn, unsigned int nr, struct ptc_map_stretch *stretch)
{
	stretch->level = PT_CACHE_PTE;
	stretch->nr = min3(nr, (unsigned int)PTC_STRETCH, 512 - (unsigned int)(pfn % 512));
	return 0;
}

bool ptc_arch_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn)
{
	return true;
}

bool ptc_adopt_enabled = true;

unsigned long ptc_adopt_pages(int nid)
{
	return 0;
}

bool ptc_adopt_promising(int nid)
{
	return false;
}

void ptc_adopt_prepare(unsigned long pfn)
{
}

void ptc_adopt_remember(unsigned long pfn, int nid)
{
}

bool ptc_numa_is_short(int nid)
{
	return false;
}

/* The lent tables that are in use, and nobody else's. */
long ptc_numa_tables(int nid)
{
	return world_tables[nid];
}

unsigned long ptc_numa_start(int nid)
{
	return SHIM_FIRST_PFN + nid * SHIM_NODE_PAGES;
}

unsigned long ptc_numa_end(int nid)
{
	return ptc_numa_start(nid) + SHIM_NODE_PAGES;
}
