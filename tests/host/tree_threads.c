// SPDX-License-Identifier: GPL-2.0
/*
 * Threads in the same 2M of two trees that live on one cache, so that a table of the one is soon a
 * table of the other; and walkers beside them: pt_cache_tree_walk(), hardware, a reader of all
 * tables' records. What is mapped tells where: who sees the other tree's memory, or another
 * address's, has been led into a table that was freed under him.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "tree_threads.h"

#define WORKERS		5
#define TREES		WORLD_TREES
#define AT		(3 * SZ_1G)	/* a page of each worker, in the last of a table */
#define SHARED		(4 * SZ_1G)	/* all map and unmap each other's */
#define USERS		(5 * SZ_1G)	/* tables have users, and now and then an entry */
#define OWN(worker)	(6 * SZ_1G + (worker) * SZ_2M)	/* 2M of each, in one table of PMDs */
#define LARGE(worker)	((16 + (worker)) * SZ_1G)	/* 1G of each */
#define END		(32 * SZ_1G)

struct worker {
	pthread_t thread;
	unsigned int id;
	unsigned long random;
	unsigned long mapped[TREES];	/* what its page is mapped to, or 0 */
};

static struct pt_cache_tree *trees[TREES];
static struct mm_struct mms[TREES];
static unsigned long rounds;
static bool stop;		/* atomic */
/* What was met, so that a run that met nothing is seen. */
static struct {
	unsigned long maps, no_memory, contended, flushes, seen, users;	/* atomic */
} met;

static const unsigned long prots[] = {
	MANUAL_PRESENT | MANUAL_WRITABLE | MANUAL_NO_EXECUTE,
	MANUAL_PRESENT | MANUAL_NO_EXECUTE,
	MANUAL_PRESENT | MANUAL_USER,
	MANUAL_PRESENT | MANUAL_WRITABLE | MANUAL_PAT_OF_PTE,
};

#define count(what)	__atomic_add_fetch(&met.what, 1, __ATOMIC_RELAXED)

/* Others get their turn in the middle of anything. */
static void hesitate(void)
{
	static __thread unsigned long random;
	unsigned long what;

	random = random ?: (unsigned long)&random;
	what = random_of(&random, 4096);
	if (!what)
		udelay(60);
	else if (what < 40)
		sched_yield();
}

static void begin_thread(void)
{
	shim_task = (struct task_struct){ .tgid = 1, .comm = "tree" };
	meanwhile = hesitate;
}

/* What is mapped tells in which tree and where. */
static unsigned long target(unsigned int tree, unsigned long va, unsigned long n)
{
	return (tree + 1UL) << 44 | n % (1 << 13) << 30 | va % SZ_1G;
}

static void check_target(unsigned int tree, unsigned long va, unsigned long pa)
{
	must(pa >> 44 == tree + 1, "tree %u maps 0x%lx to 0x%lx, which is another's", tree, va, pa);
	must((pa ^ va) % SZ_1G == 0, "tree %u maps 0x%lx to 0x%lx, which is another address's",
	     tree, va, pa);
}

static void flush_threads(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
			  void *private)
{
	must(!shim_atomic && start < end, "flush of 0x%lx to 0x%lx", start, end);
	count(flushes);
	hesitate();
	hardware_forget(private, start, end);
}

static void must_see(unsigned int tree, unsigned long va, unsigned long pa)
{
	struct translation found;
	bool is_mapped = hardware_access(&world_hardware[tree], va, pa & SZ_4K, &found);

	must(is_mapped == (pa != 0), "tree %u: 0x%lx is %smapped, and not so for hardware", tree,
	     va, pa ? "" : "not ");
	must(!pa || found.pa + (va - found.va) == pa, "tree %u: hardware takes 0x%lx to 0x%lx",
	     tree, va, found.pa + (va - found.va));
}

/* Returns what is mapped there now: nothing, when memory was short. */
static unsigned long map(struct worker *worker, unsigned int tree, unsigned long va,
			 unsigned long size)
{
	unsigned long pa = target(tree, va, random_of(&worker->random, 1 << 13));
	int err = pt_cache_tree_map(trees[tree], va, pa, size, __pgprot(prots[pa >> 30 & 3]));

	must(!err || (err == -ENOMEM && READ_ONCE(shim_fail_one_in)), "map: %d", err);
	count(maps);
	if (err) {
		count(no_memory);
		pa = 0;
	}
	must_see(tree, va, pa);
	must_see(tree, va + size - SZ_4K, pa ? pa + size - SZ_4K : 0);
	return pa;
}

static bool unmap(unsigned int tree, unsigned long va, unsigned long size)
{
	int err = pt_cache_tree_unmap(trees[tree], va, size);

	if (err == -ENOMEM && READ_ONCE(shim_fail_one_in)) {
		count(no_memory);
		return false;
	}
	must(!err, "unmap: %d", err);
	must_see(tree, va, 0);
	must_see(tree, va + size - SZ_4K, 0);
	return true;
}

/* Its table is shared with all others, and dies when none has a page in it. */
static void own_page(struct worker *worker, unsigned int tree)
{
	unsigned long va = AT + SZ_2M - SZ_4K * (worker->id + 1);

	if (!worker->mapped[tree])
		worker->mapped[tree] = map(worker, tree, va, SZ_4K);
	else if (unmap(tree, va, SZ_4K))
		worker->mapped[tree] = 0;
}

static void shared_pages(struct worker *worker, unsigned int tree)
{
	unsigned long va = SHARED + SZ_2M + (random_of(&worker->random, 4) - 2) * SZ_4K;
	unsigned long size = (1 + random_of(&worker->random, 2)) * SZ_4K;
	unsigned long pa = target(tree, va, 0);
	int err;

	if (random_of(&worker->random, 2))
		err = pt_cache_tree_map(trees[tree], va, pa, size, __pgprot(prots[0]));
	else
		err = pt_cache_tree_unmap(trees[tree], va, size);
	must(!err || err == -EEXIST || err == -ENOENT || err == -ENOMEM, "%d", err);
	if (err)
		count(contended);
}

/* A whole table of its own, beside the others' in one table of PMDs: by pages, or cut out of 2M. */
static void own_range(struct worker *worker, unsigned int tree)
{
	unsigned long va = OWN(worker->id), hole = va + random_of(&worker->random, 512) * SZ_4K;
	unsigned long pa = map(worker, tree, va, SZ_2M);

	if (!pa)
		return;
	if (unmap(tree, hole, SZ_4K)) {
		must_see(tree, va + (hole - va) / 2, hole == va ? 0 : pa + (hole - va) / 2);
		if (hole > va)
			unmap(tree, va, hole - va);
		if (hole + SZ_4K < va + SZ_2M)
			unmap(tree, hole + SZ_4K, va + SZ_2M - SZ_4K - hole);
	} else {
		while (!unmap(tree, va, SZ_2M))
			;
	}
}

static void large(struct worker *worker, unsigned int tree)
{
	unsigned long va = LARGE(worker->id);
	unsigned long hole = va + random_of(&worker->random, SZ_1G / SZ_4K) * SZ_4K;

	if (!map(worker, tree, va, SZ_1G))
		return;
	if (hole > va)
		while (!unmap(tree, va, hole - va))
			;
	while (!unmap(tree, hole, va + SZ_1G - hole))
		;
}

/* An entry by hand, on the way of a module that takes the users for itself. */
static int write_and_clear(unsigned int tree, pmd_t *pmd, unsigned long va)
{
	spinlock_t *lock;
	pte_t *pte = pt_cache_pte_alloc_get_map_lock(trees[tree], pmd, va, &lock);
	unsigned int users = 1;

	if (!pte)
		return -ENOMEM;
	if (pte_none(READ_ONCE(*pte))) {
		WRITE_ONCE(pte->pte, target(tree, va, 1) | prots[0]);
		pt_cache_pte_get(pmd);
		spin_unlock(lock);
		hesitate();
		spin_lock(lock);
		WRITE_ONCE(pte->pte, 0);
		users++;
	}
	spin_unlock(lock);
	hardware_forget(&world_hardware[tree], va, va + SZ_4K);
	pt_cache_pte_put_many(trees[tree], pmd, va, users);
	return 0;
}

static int install(unsigned int tree, pmd_t *pmd, unsigned long va)
{
	struct page *table;
	int err = -ENOMEM;

	table = pt_cache_alloc_table(world_cache, &mms[tree], PT_CACHE_PTE, GFP_KERNEL);
	if (table)
		err = pt_cache_pmd_install_get(trees[tree], pmd, &table);
	if (table)
		pt_cache_free_table_zeroed(world_cache, table);
	if (!err)
		pt_cache_pte_put(trees[tree], pmd, va);
	return err;
}

static void use_tables(struct worker *worker, unsigned int tree)
{
	unsigned long va = USERS + SZ_4K * worker->id;
	pmd_t *pmd = pt_cache_tree_pmd_get(trees[tree], va);
	int err = 0;

	must(!IS_ERR(pmd) || PTR_ERR(pmd) == -ENOMEM, "%ld", PTR_ERR(pmd));
	if (IS_ERR(pmd))
		return;
	count(users);
	if (pt_cache_pte_try_get(trees[tree], pmd)) {
		pt_cache_pte_get_many(pmd, 3);
		pt_cache_pte_put_many(trees[tree], pmd, va, 4);
	} else if (random_of(&worker->random, 2)) {
		err = install(tree, pmd, va);
	} else {
		err = write_and_clear(tree, pmd, va);
	}
	must(!err || (err == -ENOMEM && READ_ONCE(shim_fail_one_in)), "users: %d", err);
	pt_cache_tree_pmd_put(trees[tree], va);
}

static void *work(void *data)
{
	struct worker *worker = data;
	unsigned long i, tree;

	begin_thread();
	for (i = 0; i < rounds; i++) {
		tree = random_of(&worker->random, TREES);
		own_page(worker, tree);
		shared_pages(worker, tree);
		use_tables(worker, tree);
		if (!random_of(&worker->random, 16))
			own_range(worker, tree);
		if (!random_of(&worker->random, 24))
			large(worker, tree);
	}
	for (tree = 0; tree < TREES; tree++)
		while (worker->mapped[tree])
			own_page(worker, tree);
	return NULL;
}

static int look(const struct pt_cache_mapping *mapping, void *data)
{
	unsigned int tree = (unsigned long)data;

	check_target(tree, mapping->va, mapping->pa);
	/* the rest of the table may die meanwhile, and is looked at */
	if (count(seen) % 64 == 0)
		udelay(100);
	return 0;
}

static void *walk(void *unused)
{
	unsigned long tree = 0;

	begin_thread();
	while (!READ_ONCE(stop)) {
		must(!pt_cache_tree_walk(trees[tree], AT, END - AT, look, (void *)tree), "walk");
		tree ^= 1;
	}
	return unused;
}

static void hardware_looks(unsigned long *random)
{
	static const struct { unsigned long va, apart; } places[] = {
		{ AT + SZ_2M - WORKERS * SZ_4K, SZ_4K }, { SHARED + SZ_2M - 2 * SZ_4K, SZ_4K },
		{ USERS, SZ_4K }, { OWN(0), SZ_2M }, { LARGE(0), SZ_1G },
	};
	unsigned int tree = random_of(random, TREES), place = random_of(random, ARRAY_SIZE(places));
	unsigned long va = places[place].va + random_of(random, WORKERS) * places[place].apart;
	struct translation found;

	if (hardware_access(&world_hardware[tree], va, false, &found))
		check_target(tree, va, found.pa + (va - found.va));
}

/* The report of all tables: one on its way home is nobody's. */
static void read_report(unsigned long *pfn)
{
	struct ptc_record copy;

	if (!ptc_table_next(pfn, &copy)) {
		*pfn = 0;
		return;
	}
	must(!copy.mm || copy.mm == &mms[0] || copy.mm == &mms[1], "mm %p", copy.mm);
	must(!copy.mm || !strcmp(copy.comm, "tree"), "a table of \"%s\"", copy.comm);
	++*pfn;
}

static void *look_otherwise(void *unused)
{
	unsigned long random = 1, pfn = 0;

	begin_thread();
	while (!READ_ONCE(stop)) {
		hardware_looks(&random);
		read_report(&pfn);
	}
	return unused;
}

/* Returns when all have come to their end. */
void run_threads(unsigned long seed, unsigned long nr_rounds)
{
	static struct worker workers[WORKERS];
	struct pt_cache_tree_attr attr = { .cache = world_cache, .flush = flush_threads };
	pthread_t walkers[2];
	unsigned int i;

	rounds = nr_rounds;
	WRITE_ONCE(stop, false);
	begin_thread();
	for (i = 0; i < TREES; i++) {
		attr.private = &world_hardware[i];
		attr.mm = &mms[i];
		do {
			trees[i] = pt_cache_tree_create(&attr);
		} while (IS_ERR(trees[i]));
		hardware_begin(&world_hardware[i], trees[i]);
	}
	must(!pthread_create(&walkers[0], NULL, walk, NULL) &&
	     !pthread_create(&walkers[1], NULL, look_otherwise, NULL), "no thread");
	for (i = 0; i < WORKERS; i++) {
		workers[i].id = i;
		workers[i].random = seed * 1000 + i;
		must(!pthread_create(&workers[i].thread, NULL, work, &workers[i]), "no thread");
	}
	for (i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	WRITE_ONCE(stop, true);
	pthread_join(walkers[0], NULL);
	pthread_join(walkers[1], NULL);
	meanwhile = NULL;
	for (i = 0; i < TREES; i++) {
		must(!pt_cache_tree_destroy(trees[i]), "destroy");
		hardware_end(&world_hardware[i]);
		must(!mms[i].grabbed, "an mm is grabbed");
	}
	must(!world_tables_out(), "%u tables are out", world_tables_out());
	must(!shim_warnings, "%u warnings, SHIM_LOG=1 shows them", shim_warnings);
}

void show_threads(void)
{
	printf("# threads: %lu maps, %lu without memory, %lu contended, %lu flushes\n", met.maps,
	       met.no_memory, met.contended, met.flushes);
	printf("# %lu uses of tables, %lu leaves seen\n", met.users, met.seen);
}
