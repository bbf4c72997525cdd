// SPDX-License-Identifier: GPL-2.0
/*
 * `scale`: write "MIX", and each online CPU runs it at once, on tables of one cache; who reads `stats`
 * before and after sees what that took of shared locks and of other nodes' memory.
 *
 *	hot		allocate and free one
 *	burst		allocate 2,000, free 2,000
 *	random		free or get one of 2,500 at random
 *	handoff		each CPU allocates what the one after the next half of the CPUs frees: with two
 *			nodes on the other node
 *	plain, handoff_plain	burst and handoff, with tables given back as they are
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "../../selftest/knob.h"
#include "bench.h"
#include "pt_cache.h"

#define OPERATIONS	(1U << 17)	/* of each CPU; an allocation and a free are two */
#define BURST		2000U
#define SLOTS		2500U
#define MAX_CPUS	64

struct worker;

struct scale_mix {
	const char *name;
	void (*run)(struct worker *worker);
	bool zeroed;
};

/* Tables on their way from one CPU to another. */
struct ring {
	unsigned int put, got;
	struct page *pages[1024];
};

struct worker {
	struct task_struct *task;
	struct completion done;
	const struct scale_mix *mix;
	struct page **slots;
	struct ring out, *in;
	unsigned int cpu;
	bool failed;
};

static struct pt_cache *cache;

static struct page *get(struct worker *worker)
{
	struct page *page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);

	if (!page)
		worker->failed = true;
	return page;
}

static void put(const struct worker *worker, struct page *page)
{
	if (!page)
		return;
	if (worker->mix->zeroed)
		pt_cache_free_table_zeroed(cache, page);
	else
		pt_cache_free_table(cache, page);
}

static void hot(struct worker *worker)
{
	unsigned int i;

	for (i = 0; i < OPERATIONS / 2; i++) {
		put(worker, get(worker));
		if (i % 1024 == 0)
			cond_resched();
	}
}

static void burst(struct worker *worker)
{
	unsigned int round, i;

	for (round = 0; round < OPERATIONS / BURST / 2; round++) {
		for (i = 0; i < BURST; i++)
			worker->slots[i] = get(worker);
		cond_resched();
		for (i = 0; i < BURST; i++)
			put(worker, worker->slots[i]);
		cond_resched();
	}
}

static void random(struct worker *worker)
{
	u32 random = worker->cpu + 1;
	unsigned int i;

	memset(worker->slots, 0, SLOTS * sizeof(*worker->slots));
	for (i = 0; i < OPERATIONS; i++) {
		struct page **slot;

		random = random * 1664525 + 1013904223;
		slot = &worker->slots[(random >> 8) % SLOTS];
		if (*slot) {
			put(worker, *slot);
			*slot = NULL;
		} else {
			*slot = get(worker);
		}
		if (i % 1024 == 0)
			cond_resched();
	}
	for (i = 0; i < SLOTS; i++)
		put(worker, worker->slots[i]);
}

/* Returns whether there was room. */
static bool send(struct ring *ring, struct page *page)
{
	unsigned int put = ring->put;

	/* the receiver has read what was in the slot */
	if (put - smp_load_acquire(&ring->got) == ARRAY_SIZE(ring->pages))
		return false;
	ring->pages[put % ARRAY_SIZE(ring->pages)] = page;
	smp_store_release(&ring->put, put + 1); /* after the slot is filled */
	return true;
}

static struct page *receive(struct ring *ring)
{
	unsigned int got = ring->got;
	struct page *page;

	/* the sender has filled the slot */
	if (smp_load_acquire(&ring->put) == got)
		return NULL;
	page = ring->pages[got % ARRAY_SIZE(ring->pages)];
	smp_store_release(&ring->got, got + 1); /* after the slot is read */
	return page;
}

/* Half of the operations are allocations, half frees of what the other CPU has allocated. */
static void handoff(struct worker *worker)
{
	unsigned int sent = 0, received = 0;
	struct page *page = NULL;

	while ((sent < OPERATIONS / 2 || received < OPERATIONS / 2) && !worker->failed) {
		while (sent < OPERATIONS / 2) {
			page = page ?: get(worker);
			if (!page || !send(&worker->out, page))
				break;
			page = NULL;
			sent++;
		}
		while (received < OPERATIONS / 2) {
			struct page *other = receive(worker->in);

			if (!other)
				break;
			put(worker, other);
			received++;
		}
		cond_resched();
	}
	put(worker, page);
}

static const struct scale_mix mixes[] = {
	{ "hot", hot, true },
	{ "burst", burst, true },
	{ "random", random, true },
	{ "handoff", handoff, true },
	{ "plain", burst, false },
	{ "handoff_plain", handoff, false },
};

static int work(void *data)
{
	struct worker *worker = data;

	worker->mix->run(worker);
	/* the module may be unloaded when all are done: there is no coming back into it */
	kthread_complete_and_exit(&worker->done, 0);
}

static void free_workers(struct worker *workers, unsigned int nr)
{
	while (nr--)
		kvfree(workers[nr].slots);
	kvfree(workers);
}

/* One for each CPU that is online. */
static struct worker *new_workers(const struct scale_mix *mix, unsigned int *nr)
{
	struct worker *workers = kvcalloc(MAX_CPUS, sizeof(*workers), GFP_KERNEL);
	unsigned int cpu, i;

	*nr = 0;
	if (!workers)
		return NULL;
	for_each_online_cpu(cpu) {
		struct worker *worker = &workers[*nr];

		if (*nr == MAX_CPUS)
			break;
		worker->slots = kvcalloc(SLOTS, sizeof(*worker->slots), GFP_KERNEL);
		if (!worker->slots) {
			free_workers(workers, *nr);
			return NULL;
		}
		init_completion(&worker->done);
		worker->mix = mix;
		worker->cpu = cpu;
		++*nr;
	}
	for (i = 0; i < *nr; i++)
		workers[i].in = &workers[(i + *nr / 2) % *nr].out;
	return workers;
}

/* All are made before one begins. */
static int start(struct worker *workers, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		workers[i].task = kthread_create(work, &workers[i], "pt_cache_bench");
		if (IS_ERR(workers[i].task)) {
			while (i--)
				kthread_stop(workers[i].task);
			return -ENOMEM;
		}
		kthread_bind(workers[i].task, workers[i].cpu);
	}
	for (i = 0; i < nr; i++)
		wake_up_process(workers[i].task);
	return 0;
}

static int scale(const struct scale_mix *mix)
{
	const struct pt_cache_attr attr = { .name = "scale", .nid = NUMA_NO_NODE };
	struct worker *workers;
	unsigned int nr, i;
	int err;

	workers = new_workers(mix, &nr);
	if (!workers)
		return -ENOMEM;
	cache = pt_cache_create(&attr);
	err = PTR_ERR_OR_ZERO(cache);
	if (err)
		goto free_workers;
	err = start(workers, nr);
	for (i = 0; !err && i < nr; i++)
		wait_for_completion(&workers[i].done);
	for (i = 0; !err && i < nr; i++)
		if (workers[i].failed)
			err = -ENOMEM;
	err = pt_cache_destroy(cache) ?: err;
free_workers:
	free_workers(workers, nr);
	return err;
}

static int scale_obey(char *line)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(mixes); i++)
		if (!strcmp(line, mixes[i].name))
			return scale(&mixes[i]);
	return -ENOENT;
}
DEFINE_KNOB(scale, knob_shows_nothing);

void scale_init(struct dentry *folder)
{
	debugfs_create_file("scale", 0200, folder, NULL, &scale_fops);
}
