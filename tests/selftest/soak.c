// SPDX-License-Identifier: GPL-2.0
/*
 * `soak`: write a number of operations; a thread on each CPU does its part of them, at random,
 * with all that the interface offers at once: tables of several orders, one by one and in bulk,
 * from contexts that may sleep and that may not, freed dirty and zeroed, on the CPU that took them
 * and on another, a tree that all of them change, a lender, and caches that come and go. Steps fail
 * meanwhile, if fail_step is written to. Read: what was done, a key and a value a line.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/livepatch.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "knob.h"
#include "selftest.h"
#include "tree_model.h"

#define BAG		192U	/* tables that a thread holds of one kind, at most */
#define BULK		32U
#define SPAN		(64UL * SZ_2M)

/* Orders that have a magazine, a shallow one, and none. */
static const unsigned int orders[] = { 0, 1, 4 };
#define CACHES	ARRAY_SIZE(orders)

struct bag {
	unsigned int held;
	struct page *pages[BAG];
};

struct soaker {
	struct task_struct *task;
	u64 random, quota;
	u64 tables, lent, mapped, caches, refused, dirty;
	struct bag of_cache[CACHES], of_lender;
	struct page *bulk[BULK];
};

static struct {
	struct pt_cache *caches[CACHES];
	struct pt_cache_lender *lender;
	struct pt_cache_tree *tree;
	/* where tables change hands */
	struct page *exchange[CACHES][16];
	struct soaker *soakers[NR_CPUS];
	atomic_t running;
} soak;

static bool some(struct soaker *s, unsigned int one_in)
{
	return !random_below(&s->random, one_in);
}

static void look_at(struct soaker *s, struct page *page, unsigned int order)
{
	if (!table_is_zero(page, order)) {
		s->dirty++;
		pr_err("soak: the table at pfn %#lx was handed out dirty\n", page_to_pfn(page));
	}
}

static struct page *take_one(struct soaker *s, struct bag *bag)
{
	unsigned int at = random_below(&s->random, bag->held);
	struct page *page = bag->pages[at];

	bag->pages[at] = bag->pages[--bag->held];
	return page;
}

static void free_one(struct soaker *s, unsigned int kind, struct page *page)
{
	if (some(s, 2)) {
		pt_cache_free_table_zeroed(soak.caches[kind], page);
	} else {
		memset(page_address(page), 0x67, PAGE_SIZE << orders[kind]);
		pt_cache_free_table(soak.caches[kind], page);
	}
}

static struct page *alloc_one(struct soaker *s, unsigned int kind)
{
	unsigned int level = random_below(&s->random, PT_CACHE_PGD + 1);
	struct page *page;

	if (some(s, 4)) {
		unsigned long flags;

		local_irq_save(flags);
		page = pt_cache_alloc_table(soak.caches[kind], NULL, level, GFP_ATOMIC);
		local_irq_restore(flags);
	} else {
		page = pt_cache_alloc_table(soak.caches[kind], NULL, level,
					    GFP_KERNEL | __GFP_NORETRY);
	}
	if (page)
		look_at(s, page, orders[kind]);
	else
		s->refused++;
	return page;
}

/* One in, one out, or one to another thread for one of its. */
static void tables_change(struct soaker *s)
{
	unsigned int kind = random_below(&s->random, CACHES);
	struct bag *bag = &s->of_cache[kind];
	struct page *page;

	s->tables++;
	if (bag->held < BAG && (!bag->held || some(s, 2))) {
		page = alloc_one(s, kind);
		if (page)
			bag->pages[bag->held++] = page;
	} else if (some(s, 4)) {
		page = xchg(&soak.exchange[kind][random_below(&s->random, 16)],
			    take_one(s, bag));
		if (page)
			bag->pages[bag->held++] = page;
	} else {
		free_one(s, kind, take_one(s, bag));
	}
}

static void bulk_changes(struct soaker *s)
{
	unsigned int got, i;

	s->tables++;
	got = pt_cache_alloc_bulk(soak.caches[0], NULL, PT_CACHE_PTE, GFP_KERNEL | __GFP_NORETRY,
				  BULK, s->bulk);
	s->refused += got < BULK;
	for (i = 0; i < got; i++)
		look_at(s, s->bulk[i], 0);
	if (some(s, 2))
		pt_cache_free_bulk_zeroed(soak.caches[0], got, s->bulk);
	else
		pt_cache_free_bulk(soak.caches[0], got, s->bulk);
}

/* What is lent is used, as the kernel uses it, and let go of with what was in it. */
static void lent_change(struct soaker *s)
{
	struct bag *bag = &s->of_lender;
	struct page *page;

	s->lent++;
	if (bag->held < BAG && (!bag->held || some(s, 2))) {
		page = pt_cache_lend(soak.lender, NULL, PT_CACHE_PTE);
		if (!page) {
			s->refused++;
			return;
		}
		look_at(s, page, 0);
		memset(page_address(page), 0x67, PAGE_SIZE);
		bag->pages[bag->held++] = page;
	} else {
		__free_page(take_one(s, bag));
	}
}

static int count_mapping(const struct pt_cache_mapping *mapping, void *data)
{
	++*(unsigned long *)data;
	return 0;
}

/* Where others have mapped, or have not, it is refused: that is their right. */
static void mappings_change(struct soaker *s)
{
	unsigned long size = some(s, 8) ? SZ_2M : PAGE_SIZE * (1 + random_below(&s->random, 64));
	unsigned long va = random_below(&s->random, SPAN / PAGE_SIZE) * PAGE_SIZE;
	unsigned long leaves = 0;
	int err;

	s->mapped++;
	if (size == SZ_2M)
		va &= ~(SZ_2M - 1UL);
	if (some(s, 16))
		err = pt_cache_tree_walk(soak.tree, va, SZ_4M, count_mapping, &leaves);
	else if (some(s, 2))
		err = pt_cache_tree_map(soak.tree, va, va, size, PAGE_KERNEL);
	else
		err = pt_cache_tree_unmap(soak.tree, va, size);
	s->refused += err == -ENOMEM;
}

static void cache_comes_and_goes(struct soaker *s)
{
	char name[PT_CACHE_NAME_MAX];
	const struct pt_cache_attr attr = { .name = name, .nid = first_memory_node };
	struct pt_cache *cache;

	s->caches++;
	snprintf(name, sizeof(name), "soak-%d", current->pid);
	cache = pt_cache_create(&attr);
	if (IS_ERR(cache))
		s->refused++;
	else
		WARN_ON(pt_cache_destroy(cache));
}

static void do_one(struct soaker *s)
{
	switch (random_below(&s->random, 8)) {
	case 0:
		mappings_change(s);
		break;
	case 1:
		lent_change(s);
		break;
	case 2:
		bulk_changes(s);
		break;
	case 3:
		if (some(s, 500))
			cache_comes_and_goes(s);
		fallthrough;
	default:
		tables_change(s);
	}
}

static void give_all_back(struct soaker *s)
{
	unsigned int kind;

	for (kind = 0; kind < CACHES; kind++)
		while (s->of_cache[kind].held)
			free_one(s, kind, take_one(s, &s->of_cache[kind]));
	while (s->of_lender.held)
		__free_page(take_one(s, &s->of_lender));
}

static u64 done_by(const struct soaker *s)
{
	return READ_ONCE(s->tables) + READ_ONCE(s->lent) + READ_ONCE(s->mapped);
}

static int soaker(void *data)
{
	struct soaker *s = data;
	unsigned long sleep_at = jiffies;

	while (done_by(s) < s->quota && !kthread_should_stop()) {
		do_one(s);
		/* a livepatch comes into force for a task that sleeps when the kernel looks, each second */
		if (klp_patch_pending(current))
			schedule_timeout_interruptible(HZ + HZ / 2);
		/* and a livepatch that is gone waits until each task has slept once (RCU tasks) */
		if (time_after_eq(jiffies, sleep_at)) {
			schedule_timeout_interruptible(1);
			sleep_at = jiffies + HZ;
		}
		cond_resched();
	}
	give_all_back(s);
	atomic_dec(&soak.running);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

/* What nobody has taken from the exchange. */
static void empty_exchange(void)
{
	unsigned int kind, i;

	for (kind = 0; kind < CACHES; kind++)
		for (i = 0; i < ARRAY_SIZE(soak.exchange[kind]); i++)
			if (soak.exchange[kind][i])
				pt_cache_free_table(soak.caches[kind],
						    xchg(&soak.exchange[kind][i], NULL));
}

static void end_soak(void)
{
	unsigned int kind;
	int cpu;

	for_each_possible_cpu(cpu)
		if (soak.soakers[cpu] && soak.soakers[cpu]->task) {
			kthread_stop(soak.soakers[cpu]->task);
			soak.soakers[cpu]->task = NULL;
		}
	empty_exchange();
	WARN_ON(pt_cache_tree_destroy(soak.tree));
	soak.tree = NULL;
	pt_cache_lender_destroy(soak.lender);
	soak.lender = NULL;
	for (kind = 0; kind < CACHES; kind++) {
		WARN_ON(pt_cache_destroy(soak.caches[kind]));
		soak.caches[kind] = NULL;
	}
}

static void no_flush(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		     void *private)
{
}

static int open_all(void)
{
	const struct pt_cache_lender_attr lender = { .name = "soak-lender", .max_blocks = 4 };
	struct pt_cache_tree_attr tree = { .flush = no_flush };
	unsigned int kind;

	for (kind = 0; kind < CACHES; kind++) {
		char name[PT_CACHE_NAME_MAX];
		const struct pt_cache_attr attr = {
			.name = name, .nid = NUMA_NO_NODE, .order = orders[kind],
		};

		snprintf(name, sizeof(name), "soak-order%u", orders[kind]);
		soak.caches[kind] = pt_cache_create(&attr);
		if (IS_ERR(soak.caches[kind])) {
			soak.caches[kind] = NULL;
			return -ENOMEM;
		}
	}
	soak.lender = pt_cache_lender_create(&lender);
	if (IS_ERR(soak.lender)) {
		soak.lender = NULL;
		return -ENOMEM;
	}
	tree.cache = soak.caches[0];
	soak.tree = pt_cache_tree_create(&tree);
	if (IS_ERR(soak.tree)) {
		soak.tree = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int start_soaker(int cpu, u64 quota)
{
	struct soaker *s = soak.soakers[cpu];
	struct task_struct *task;

	if (!s)
		s = soak.soakers[cpu] = kvzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	memset(s, 0, sizeof(*s));
	s->random = cpu + 1;
	s->quota = quota;
	task = kthread_create(soaker, s, "ptc_soak/%d", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	set_user_nice(task, MAX_NICE);
	s->task = task;
	atomic_inc(&soak.running);
	wake_up_process(task);
	return 0;
}

/* 0 ends it. */
static int soak_set(u64 operations)
{
	int cpu, err = 0;

	end_soak();
	if (operations)
		err = open_all();
	for_each_online_cpu(cpu)
		if (operations && !err)
			err = start_soaker(cpu, operations / num_online_cpus() + 1);
	if (err)
		end_soak();
	return err;
}

static int soak_show(struct seq_file *m, void *unused)
{
	u64 tables = 0, lent = 0, mapped = 0, caches = 0, refused = 0, dirty = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct soaker *s = soak.soakers[cpu];

		if (!s)
			continue;
		tables += s->tables;
		lent += s->lent;
		mapped += s->mapped;
		caches += s->caches;
		refused += s->refused;
		dirty += s->dirty;
	}
	seq_printf(m, "running %d\n", atomic_read(&soak.running));
	seq_printf(m, "operations %llu\n", tables + lent + mapped);
	seq_printf(m, "tables %llu\nlent %llu\nmapped %llu\n", tables, lent, mapped);
	seq_printf(m, "caches %llu\nrefused %llu\ndirty %llu\n", caches, refused, dirty);
	seq_printf(m, "faults %u\n", pt_cache_selftest_steps_failed());
	return 0;
}
DEFINE_NUMBER_KNOB(soak, soak_show);

void soak_init(struct dentry *parent)
{
	debugfs_create_file("soak", 0600, parent, NULL, &soak_fops);
}

void soak_exit(void)
{
	int cpu;

	end_soak();
	for_each_possible_cpu(cpu)
		kvfree(soak.soakers[cpu]);
}
