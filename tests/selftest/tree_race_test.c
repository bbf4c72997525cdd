// SPDX-License-Identifier: GPL-2.0
/*
 * Many CPUs in the same 2M of two trees that live on one cache, so that a table of the one is soon
 * a table of the other, and walkers beside them. What is mapped tells where: a walker that sees the
 * other tree's memory, or memory that was unmapped a grace period ago, has been led into a table
 * that was freed under it.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <asm/io.h>

#include "tree_model.h"

static unsigned int tree_rounds = 4000;
module_param(tree_rounds, uint, 0400);
MODULE_PARM_DESC(tree_rounds, "operations of each CPU in the same 2M of a tree (4000)");

#define TREES		2
#define MAX_WORKERS	4
#define PAGES		(SZ_2M >> PAGE_SHIFT)
#define OWN		1		/* a page of each worker: so that none is mapped often */
#define LAST		(PAGES - MAX_WORKERS * OWN) /* the last ones: walkers are long on their way */

/* Each in a 1G of its own, so that the tables above die, too. */
#define AT		(3UL * SZ_1G)	/* where each has a page of his own */
#define SHARED		(4UL * SZ_1G)	/* where all map and unmap each other's */
#define BLOCK		(5UL * SZ_1G)	/* where a block comes, is cut, and goes */
#define USERS		(6UL * SZ_1G)	/* where tables have users and no entries */
#define END		(7UL * SZ_1G)
#define FRAMES		2048		/* physical pages of a worker in a tree */
#define BATCH		1024		/* of them are waited for at once: waits are long */

/* A physical page says whose it is: "tree + 1, worker, number of the page or the frame". */
#define FRAME(tree, worker, n)	((((tree) + 1UL) << 20 | (worker) << 16 | (n)) << PAGE_SHIFT)
#define SHARED_BY_ALL	15UL

static struct pt_cache *race_cache;
static struct pt_cache_tree *trees[TREES];
static bool live[TREES][MAX_WORKERS][FRAMES];	/* may be mapped, or may still be seen */
static atomic_t wrong, maps, unmaps, refused, walks, leaves, flushes, deaths, remembered;
static atomic_t running;
static bool stop_walking;
static struct completion finished, walkers_finished;
static unsigned int nr_workers;

static const char *first_wrong;

static void note_wrong(const char *what)
{
	if (!atomic_fetch_inc(&wrong))
		first_wrong = what;
}

/*
 * Hardware that walks a tree by itself: it remembers the way to the PTE table of the 2M at AT until
 * it is told to forget it.
 */
static struct hardware {
	spinlock_t lock;
	const u64 *table;
} hardware[TREES];

/* A table of PUDs that goes takes 512G with it. */
static void flush(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		  void *private)
{
	struct hardware *hw = private;

	atomic_inc(&flushes);
	if (start >= end || end > 512UL * SZ_1G)
		note_wrong("flush of another range");
	if (start >= AT + SZ_2M || end <= AT)
		return;
	if (end - start >= SZ_2M)
		atomic_inc(&deaths);
	udelay(5); /* on its way */
	spin_lock(&hw->lock);
	hw->table = NULL;
	spin_unlock(&hw->lock);
}

static const u64 *table_below(const u64 *table, unsigned int shift)
{
	u64 entry = table ? READ_ONCE(table[AT >> shift & 511]) : 0;

	return entry & 1 && !(entry & 0x80) ? phys_to_virt(entry & 0x000ffffffffff000ULL) : NULL;
}

/* Walk from the top; what is remembered is used without. */
static const u64 *hardware_table(unsigned int tree)
{
	struct hardware *hw = &hardware[tree];

	if (!hw->table) {
		const u64 *table = page_address(pt_cache_tree_top(trees[tree]));

		rcu_read_lock();
		if (pgtable_l5_enabled())
			table = table_below(table, 48);
		hw->table = table_below(table_below(table_below(table, 39), 30), 21);
		rcu_read_unlock();
	} else {
		atomic_inc(&remembered);
	}
	return hw->table;
}

/* What hardware reads in a table that it has not been told to forget. */
static void hardware_looks(unsigned int tree)
{
	const u64 *table;
	unsigned int i;

	spin_lock(&hardware[tree].lock);
	table = hardware_table(tree);
	for (i = 0; table && i < PAGES; i++) {
		u64 entry = READ_ONCE(table[i]);

		if (entry & 1 && (entry & 0x000ffffffffff000ULL) >> 32 != tree + 1)
			note_wrong("another tree's memory, in a table that was not flushed");
	}
	spin_unlock(&hardware[tree].lock);
}

/* What has just been mapped is there for hardware, whatever it remembers. */
static void hardware_uses(unsigned int tree, unsigned long va)
{
	const u64 *table;

	spin_lock(&hardware[tree].lock);
	table = hardware_table(tree);
	if (!table || !(READ_ONCE(table[va >> 12 & 511]) & 1))
		note_wrong("mapped, and hardware does not see it");
	spin_unlock(&hardware[tree].lock);
}

struct worker {
	unsigned int id;
	u64 random;
	/* unmapped, and still to be seen by walkers that came before */
	struct {
		unsigned int tree, frame;
	} gone[BATCH];
	unsigned int nr_gone;
	unsigned long mapped[TREES][OWN];	/* the frame + 1 of each page of its own */
};

static unsigned long va_of(const struct worker *worker, unsigned int page)
{
	return AT + ((LAST + page * MAX_WORKERS + worker->id) << PAGE_SHIFT);
}

/* Nobody sees any more what was unmapped before this. */
static void forget_gone(struct worker *worker)
{
	synchronize_rcu();
	while (worker->nr_gone--)
		WRITE_ONCE(live[worker->gone[worker->nr_gone].tree][worker->id]
			       [worker->gone[worker->nr_gone].frame], false);
	worker->nr_gone = 0;
}

static void unmap_own(struct worker *worker, unsigned int tree, unsigned int page)
{
	int err = pt_cache_tree_unmap(trees[tree], va_of(worker, page), SZ_4K);

	if (err)
		note_wrong("unmap of its own failed");
	atomic_inc(&unmaps);
	worker->gone[worker->nr_gone].tree = tree;
	worker->gone[worker->nr_gone++].frame = worker->mapped[tree][page] - 1;
	worker->mapped[tree][page] = 0;
	if (worker->nr_gone == BATCH)
		forget_gone(worker);
}

static void map_own(struct worker *worker, unsigned int tree, unsigned int page)
{
	unsigned int frame = random_below(&worker->random, FRAMES);
	int err;

	if (live[tree][worker->id][frame])
		return;
	WRITE_ONCE(live[tree][worker->id][frame], true);
	smp_wmb(); /* before anybody can see it mapped */
	err = pt_cache_tree_map(trees[tree], va_of(worker, page), FRAME(tree, worker->id, frame),
				SZ_4K, prot_of_kind(0));
	if (err)
		note_wrong("map of its own failed");
	else
		hardware_uses(tree, va_of(worker, page));
	atomic_inc(&maps);
	worker->mapped[tree][page] = frame + 1;
}

/* What is mapped tells where. */
static void shared_pages(struct worker *worker, unsigned int tree)
{
	unsigned int page = LAST + random_below(&worker->random, 3);
	unsigned int nr = 1 + random_below(&worker->random, 2);
	unsigned long va = SHARED + ((unsigned long)page << PAGE_SHIFT);
	int err;

	if (random_below(&worker->random, 2)) {
		err = pt_cache_tree_map(trees[tree], va, FRAME(tree, SHARED_BY_ALL, page),
					(unsigned long)nr << PAGE_SHIFT, prot_of_kind(1));
		if (err && err != -EEXIST)
			note_wrong("map of all's");
	} else {
		err = pt_cache_tree_unmap(trees[tree], va, (unsigned long)nr << PAGE_SHIFT);
		if (err && err != -ENOENT)
			note_wrong("unmap of all's");
	}
	if (err)
		atomic_inc(&refused);
}

/* A block comes and goes where the table does, and is cut. */
static void block(struct worker *worker, unsigned int tree)
{
	const unsigned long va = BLOCK;
	int err = pt_cache_tree_map(trees[tree], va, FRAME(tree, SHARED_BY_ALL, 0x1000) & ~(SZ_2M - 1),
				    SZ_2M, prot_of_kind(2));

	if (!err)
		err = pt_cache_tree_unmap(trees[tree], va + SZ_1M, SZ_4K);
	if (err && err != -EEXIST && err != -ENOENT)
		note_wrong("block");
	/* whoever made the hole unmaps what is left of it */
	if (!err && (pt_cache_tree_unmap(trees[tree], va, SZ_1M) ||
		     pt_cache_tree_unmap(trees[tree], va + SZ_1M + SZ_4K, SZ_1M - SZ_4K)))
		note_wrong("what is left of a block");
}

/* Users that come and go without an entry: the last one may take the tables above along. */
static void users(struct worker *worker, unsigned int tree)
{
	const unsigned long va = USERS + SZ_4K * worker->id;
	pmd_t *pmd = pt_cache_tree_pmd_get(trees[tree], va);
	struct page *spare;
	spinlock_t *ptl;
	int err = 0;

	if (IS_ERR(pmd)) {
		note_wrong("no PMD");
		return;
	}
	if (pt_cache_pte_try_get(trees[tree], pmd)) {
		pt_cache_pte_get_many(pmd, 3);
		pt_cache_pte_put_many(trees[tree], pmd, va, 4);
	} else if (random_below(&worker->random, 2)) {
		spare = pt_cache_alloc_table(race_cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
		err = spare ? pt_cache_pmd_install_get(trees[tree], pmd, &spare) : -ENOMEM;
		if (spare)
			pt_cache_free_table_zeroed(race_cache, spare);
		if (!err)
			pt_cache_pte_put(trees[tree], pmd, va);
	} else if (pt_cache_pte_alloc_get_map_lock(trees[tree], pmd, va, &ptl)) {
		__acquire(ptl); /* which sparse cannot see */
		spin_unlock(ptl);
		pt_cache_pte_put(trees[tree], pmd, va);
	} else {
		err = -ENOMEM;
	}
	if (err)
		note_wrong("users");
	pt_cache_tree_pmd_put(trees[tree], va);
}

static int work(void *data)
{
	struct worker *worker = data;
	unsigned int i, page, tree;

	for (i = 0; i < tree_rounds; i++) {
		tree = random_below(&worker->random, TREES);
		page = random_below(&worker->random, OWN);
		if (worker->mapped[tree][page])
			unmap_own(worker, tree, page);
		else
			map_own(worker, tree, page);
		if (!random_below(&worker->random, 4))
			shared_pages(worker, tree);
		if (!random_below(&worker->random, 4))
			users(worker, tree);
		if (!random_below(&worker->random, 16))
			block(worker, tree);
		cond_resched();
	}
	for (tree = 0; tree < TREES; tree++)
		for (page = 0; page < OWN; page++)
			if (worker->mapped[tree][page])
				unmap_own(worker, tree, page);
	forget_gone(worker);
	kfree(worker);
	if (atomic_dec_and_test(&running))
		complete(&finished);
	return 0;
}

/* In an RCU section: what is mapped here, and of whom? */
static int look(const struct pt_cache_mapping *mapping, void *data)
{
	unsigned long tree = (unsigned long)data, frame = mapping->pa >> PAGE_SHIFT;
	unsigned long id = frame >> 16 & 15, n = frame & 0xffff;
	unsigned long page = (mapping->va & (SZ_1G - 1)) >> PAGE_SHIFT;

	/*
	 * At the first of the pages that come and go, wait now and then: the table may be emptied and
	 * freed now, and would be another tree's by the time that the next entry is read, were it not
	 * for the RCU section.
	 */
	if (mapping->va == AT + (LAST << PAGE_SHIFT) && !(atomic_inc_return(&leaves) % 16))
		mdelay(5);
	else
		atomic_inc(&leaves);
	if (frame >> 20 != tree + 1)
		note_wrong("another tree's memory seen");
	else if (mapping->va >= BLOCK)
		return 0;
	else if (id == SHARED_BY_ALL && n != page)
		note_wrong("another page's memory seen");
	else if (id != SHARED_BY_ALL && (page % MAX_WORKERS != id || !READ_ONCE(live[tree][id][n])))
		note_wrong("memory seen that was unmapped a grace period ago");
	return 0;
}

static int walk(void *unused)
{
	unsigned long tree = 0;

	while (!READ_ONCE(stop_walking)) {
		if (pt_cache_tree_walk(trees[tree], AT, END - AT, look, (void *)tree))
			note_wrong("walk");
		hardware_looks(tree);
		atomic_inc(&walks);
		tree ^= 1;
		cond_resched();
	}
	complete(&walkers_finished);
	return 0;
}

static struct task_struct *start_worker(unsigned int id)
{
	struct worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	struct task_struct *task;

	if (!worker)
		return ERR_PTR(-ENOMEM);
	worker->id = id;
	worker->random = id * 0x9e3779b97f4a7c15ULL + 1;
	task = kthread_create(work, worker, "ptc_tree/%u", id);
	if (IS_ERR(task))
		kfree(worker);
	return task;
}

static void start_all(struct test *test)
{
	struct task_struct *task;
	unsigned int cpu, started = 0;

	nr_workers = clamp(num_online_cpus(), 2U, (unsigned int)MAX_WORKERS);
	init_completion(&finished);
	init_completion(&walkers_finished);
	stop_walking = false;
	atomic_set(&running, 1);
	task = kthread_run(walk, NULL, "ptc_walk");
	if (!check(test, !IS_ERR(task), "walker: %ld", PTR_ERR(task)))
		complete(&walkers_finished);
	cpu = cpumask_first(cpu_online_mask);
	while (started < nr_workers) {
		task = start_worker(started);
		if (!check(test, !IS_ERR(task), "worker: %ld", PTR_ERR(task)))
			break;
		atomic_inc(&running);
		kthread_bind(task, cpu);
		wake_up_process(task);
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		started++;
	}
	if (atomic_dec_and_test(&running))
		complete(&finished);
}

static void same_2m(struct test *test)
{
	struct pt_cache_tree_attr attr = { .flush = flush };
	struct pt_cache *cache = new_cache(test, "race", 0, NUMA_NO_NODE);
	u64 dirty = count_of("non_zero");
	unsigned int i;
	int err;

	if (!cache)
		return;
	pt_cache_selftest_verify(true);
	attr.cache = race_cache = cache;
	for (i = 0; i < TREES; i++) {
		spin_lock_init(&hardware[i].lock);
		hardware[i].table = NULL;
		attr.private = &hardware[i];
		trees[i] = pt_cache_tree_create(&attr);
	}
	if (!check(test, !IS_ERR(trees[0]) && !IS_ERR(trees[1]), "no trees"))
		goto end;
	start_all(test);
	wait_for_completion(&finished);
	WRITE_ONCE(stop_walking, true);
	wait_for_completion(&walkers_finished);

	check(test, !atomic_read(&wrong), "%d wrong, first %s", atomic_read(&wrong), first_wrong);
	check(test, atomic_read(&leaves) > atomic_read(&walks) / 4, "the walker saw little: %d leaves",
	      atomic_read(&leaves));
	check(test, atomic_read(&refused), "nobody met anybody");
	check(test, atomic_read(&deaths) > tree_rounds / 20, "the table died %d times alone",
	      atomic_read(&deaths));
	check(test, atomic_read(&remembered) > tree_rounds / 100, "hardware remembered %d times",
	      atomic_read(&remembered));
	say("# %u CPUs: %d maps, %d unmaps of their own, %d refused of all's; %d flushes, the table died %d times; %d walks saw %d leaves, hardware remembered the way %d times\n",
	    nr_workers, atomic_read(&maps), atomic_read(&unmaps), atomic_read(&refused),
	    atomic_read(&flushes), atomic_read(&deaths), atomic_read(&walks),
	    atomic_read(&leaves), atomic_read(&remembered));
end:
	for (i = 0; i < TREES; i++) {
		err = IS_ERR(trees[i]) ? 0 : pt_cache_tree_destroy(trees[i]);
		check(test, !err, "destroy: %d", err);
	}
	pt_cache_selftest_verify(false);
	check(test, count_of("non_zero") == dirty, "%llu were dirty", count_of("non_zero") - dirty);
	give_up(test, cache);
}

static int map_elsewhere(void *data)
{
	unsigned int i;

	for (i = 0; i < 200; i++) {
		if (pt_cache_tree_map(trees[0], AT + SZ_2M, 0, SZ_4K, prot_of_kind(0)) ||
		    pt_cache_tree_unmap(trees[0], AT + SZ_2M, SZ_4K))
			atomic_inc(&wrong);
		cond_resched();
	}
	complete(&finished);
	return 0;
}

/* A CPU that holds the lock of one PTE table is not waited for by another, in the next 2M. */
static void next_2m(struct test *test)
{
	struct pt_cache_tree_attr attr = {};
	struct pt_cache *cache = new_cache(test, "next", 0, NUMA_NO_NODE);
	unsigned long end = jiffies + 60 * HZ;
	struct task_struct *task;
	unsigned int other;
	spinlock_t *ptl;
	pmd_t *pmd;
	pte_t *pte;

	if (num_online_cpus() < 2) {
		test->skipped = "one CPU alone";
		give_up(test, cache);
		return;
	}
	attr.cache = cache;
	trees[0] = pt_cache_tree_create(&attr);
	init_completion(&finished);
	atomic_set(&wrong, 0);
	pmd = pt_cache_tree_pmd_get(trees[0], AT);
	pte = pt_cache_pte_alloc_get_map(trees[0], pmd, AT);
	task = kthread_create(map_elsewhere, NULL, "ptc_next");
	if (check(test, pte && !IS_ERR(task), "not begun")) {
		other = cpumask_any_but(cpu_online_mask, get_cpu());
		put_cpu();
		kthread_bind(task, other);
		pte = pt_cache_pte_alloc_get_map_lock(trees[0], pmd, AT, &ptl);
		__acquire(ptl); /* which sparse cannot see */
		while (smp_processor_id() == other) { /* moved there meanwhile */
			spin_unlock(ptl);
			schedule_timeout_uninterruptible(1);
			spin_lock(ptl);
		}
		wake_up_process(task);
		while (!completion_done(&finished) && time_before(jiffies, end))
			cpu_relax();
		check(test, completion_done(&finished), "the other CPU waits");
		spin_unlock(ptl);
		wait_for_completion(&finished);
		pt_cache_pte_put(trees[0], pmd, AT);
	}
	check(test, !atomic_read(&wrong), "%d wrong", atomic_read(&wrong));
	pt_cache_pte_put(trees[0], pmd, AT);
	pt_cache_tree_pmd_put(trees[0], AT);
	check(test, !pt_cache_tree_destroy(trees[0]), "destroy");
	give_up(test, cache);
}

/*
 * 2M mapped by pages, again and again, in a range that has no table. phase is 1 modulo 4 while they
 * are being mapped, 2 while they are there, 3 while they are being unmapped.
 */
static unsigned long phase;

static void begin_phase(unsigned long number)
{
	/* after what the phase before it did; who walks asks for it before and after */
	smp_store_release(&phase, number);
}

static int map_whole(void *data)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < tree_rounds / 2 && !err; i++) {
		begin_phase(4UL * i + 1);
		err = pt_cache_tree_map(trees[0], AT, 0, SZ_2M, prot_of_kind(0));
		begin_phase(4UL * i + 2);
		udelay(20); /* for walks that have begun */
		begin_phase(4UL * i + 3);
		smp_mb(); /* before an entry goes */
		err = err ?: pt_cache_tree_unmap(trees[0], AT, SZ_2M);
		begin_phase(4UL * i + 4);
		cond_resched();
	}
	if (err)
		note_wrong("map or unmap");
	complete(&finished);
	return 0;
}

static int count_leaf(const struct pt_cache_mapping *mapping, void *count)
{
	++*(unsigned int *)count;
	return 0;
}

/* A walk that began while a table was being made, and ended before it went: nothing, or all. */
static void whole_or_nothing(struct test *test)
{
	struct pt_cache_tree_attr attr = { .flags = PT_CACHE_TREE_NO_PMD_BLOCKS };
	struct pt_cache *cache = new_cache(test, "whole", 0, NUMA_NO_NODE);
	unsigned int none = 0, all = 0, torn = 0, other;
	struct task_struct *task;

	if (num_online_cpus() < 2) {
		test->skipped = "one CPU alone";
		give_up(test, cache);
		return;
	}
	attr.cache = cache;
	trees[0] = pt_cache_tree_create(&attr);
	init_completion(&finished);
	atomic_set(&wrong, 0);
	task = kthread_create(map_whole, NULL, "ptc_whole");
	if (check(test, !IS_ERR(task), "not begun")) {
		other = cpumask_any_but(cpu_online_mask, get_cpu());
		put_cpu();
		kthread_bind(task, other);
		wake_up_process(task);
		while (!completion_done(&finished)) {
			/* before anything is read of the tree */
			unsigned long before = smp_load_acquire(&phase), after;
			unsigned int count = 0;

			pt_cache_tree_walk(trees[0], AT, SZ_2M, count_leaf, &count);
			smp_mb(); /* what was read before the phase */
			after = READ_ONCE(phase);
			if (before % 4 != 1 || after - before > 1)
				continue;
			none += count == 0;
			all += count == PAGES;
			torn += count && count != PAGES;
		}
		wait_for_completion(&finished);
	}
	check(test, !atomic_read(&wrong), "%d wrong, first %s", atomic_read(&wrong), first_wrong);
	check(test, !torn, "%u walks saw a part", torn);
	check(test, none + all > tree_rounds / 100, "%u walks at the right moment", none + all);
	say("# walks that saw nothing %u, all %u, a part %u\n", none, all, torn);
	check(test, !pt_cache_tree_destroy(trees[0]), "destroy");
	give_up(test, cache);
}

struct test tree_race_tests[] = {
	{ "CPUs in the same 2M of two trees, and a walker that sees nothing freed or foreign", same_2m },
	{ "a new table becomes visible whole", whole_or_nothing },
	{ "CPUs in different 2M do not wait for each other", next_2m },
	{ }
};
