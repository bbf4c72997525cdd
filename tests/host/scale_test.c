// SPDX-License-Identifier: GPL-2.0
/*
 * What the allocator of module/alloc/, unchanged, costs on a machine of some size: up to 1 TB of
 * memory, 8 nodes and 256 CPUs, with four million tables lent. One thread is each CPU in turn, and
 * what would be the worker's is done when time goes by, so the counts are the same in each run. Only
 * the times depend on the machine that this runs on.
 *
 * Usage: scale_test SIZE (see the sizes): prints a line "NAME NUMBER" for each figure, and for each
 * place that takes a node's lock "hold ADDRESS TIMES TABLES BLOCKS WORK NS-LEAST NS-MOST".
 */
#include <stdlib.h>
#include <sys/resource.h>

#include <linux/kernel.h>

#include "alloc/cache.h"
#include "alloc/distrust.h"
#include "alloc/idle.h"
#include "alloc/index.h"
#include "alloc/lend.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/shrink.h"
#include "alloc/supply.h"
#include "alloc/workqueue.h"
#include "counters.h"
#include "tap.h"

static const struct size {
	const char *name;
	unsigned long gigabytes;
	int nodes, cpus;
	unsigned long lent;		/* tables */
	unsigned long limit;		/* blocks */
} sizes[] = {
	{ "1G", 1, 1, 4, 4000, 20 },
	{ "16G", 16, 1, 16, 62500, 320 },
	{ "128G", 128, 2, 64, 500000, 2500 },
	{ "1T", 1024, 8, 256, 4000000, 20000 },
}, *size;

struct mm_struct {
	int unused;
};

/* Some process, or many: whoever ends at once. */
struct process {
	struct mm_struct mm;
	struct page **pages;		/* room for all that there may be */
	unsigned long nr;
};

/* Two hold a quarter of all lent tables each: one together, the other among those of the rest. */
static struct process together, spread, rest, short_one, filler;
static struct process *processes[] = { &together, &spread, &rest, &short_one, &filler };
static struct pt_cache_lender *lender;
static struct ptc_pool *pool;		/* the lender's */
static struct pt_cache *ordinary;

static void figure(const char *name, double number)
{
	printf("%s %.10g\n", name, number);
	fflush(stdout);
}

static void figure_of(const char *what, const char *name, double number)
{
	printf("%s.", what);
	figure(name, number);
}

static unsigned long looks(void)
{
	return ptc_counter_sum(PTC_collect_looks);
}

static struct pt_cache_lender_stats lender_stats(void)
{
	struct pt_cache_lender_stats stats;

	pt_cache_lender_stats(lender, &stats);
	return stats;
}

static void next_cpu(void)
{
	shim_cpu = (shim_cpu + 1) % world_cpus;
}

/* ---- what costs ---- */

static struct cost {
	unsigned long looks, ns, works_ns, ipis;
} began;

static struct cost cost_now(void)
{
	return (struct cost){
		looks(), world_cpu_ns(), world_account.works_ns, world_account.ipis,
	};
}

static void cost_begins(void)
{
	began = cost_now();
}

static struct cost cost_ends(void)
{
	struct cost now = cost_now();

	return (struct cost){
		now.looks - began.looks, now.ns - began.ns, now.works_ns - began.works_ns,
		now.ipis - began.ipis,
	};
}

/* ---- processes ---- */

#define STINT		40	/* tables that a process takes on one CPU */
#define TABLES_A_JIFFY	1000	/* that all processes take */

static bool borrow_one(struct process *process)
{
	struct page *page = pt_cache_lend(lender, &process->mm, PT_CACHE_PTE);

	if (page) {
		process->pages[process->nr++] = page;
		world_tables[page_to_nid(page)]++;
	}
	return page;
}

/* As one process after the other does on all CPUs. Returns how often there was none. */
static unsigned long borrow(struct process *process, unsigned long nr)
{
	static unsigned long taken;
	unsigned long misses = 0;

	while (nr) {
		if (!borrow_one(process)) {
			must(++misses < 100000, "nothing is lent");
			next_cpu();
			world_pass(1);
			continue;
		}
		nr--;
		if (++taken % STINT)
			continue;
		next_cpu();
		if (taken % TABLES_A_JIFFY)
			world_run();
		else
			world_pass(1);
	}
	return misses;
}

static void process_ends(struct process *process)
{
	while (process->nr) {
		struct page *page = process->pages[--process->nr];

		world_tables[page_to_nid(page)]--;
		put_page(page);
	}
}

static unsigned long used_tables(void)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(processes); i++)
		nr += processes[i]->nr;
	return nr;
}

/* Until all that was left is taken back. */
static void wait_until_found(void)
{
	unsigned long waited;

	for (waited = 0; lender_stats().in_use != used_tables(); waited++) {
		must(waited < 3600 * HZ, "%llu tables are lent after an hour, and %lu in use",
		     lender_stats().in_use, used_tables());
		world_pass(1);
	}
}

/* ---- what happens ---- */

static void begin(void)
{
	const struct pt_cache_lender_attr attr = { .name = "lender", .max_blocks = size->limit };
	const struct pt_cache_attr ordinary_attr = { .name = "ordinary", .nid = NUMA_NO_NODE };
	unsigned int i;

	world_cpus = size->cpus;
	world_nodes = size->nodes;
	world_node_pages = (size->gigabytes << 18) / size->nodes;
	/* blocks lie far apart, as of memory that others use, too */
	shim_gap = ALIGN_DOWN(world_node_pages * size->nodes / size->limit / 2, PTC_BLOCK_PAGES);
	shim_memory_init();
	for (i = 0; i < ARRAY_SIZE(processes); i++) {
		processes[i]->pages = malloc(size->limit * PTC_BLOCK_PAGES * sizeof(struct page *));
		must(processes[i]->pages, "no memory");
	}
	must(!ptc_supply_init() && !ptc_workqueue_init(), "not begun");
	ptc_recycling_init(ptc_distrust_all);
	must(!ptc_registry_init() && !ptc_shrink_init(), "not begun");
	ptc_idle_init();
	lender = pt_cache_lender_create(&attr);
	ordinary = pt_cache_create(&ordinary_attr);
	must(!IS_ERR(lender) && !IS_ERR(ordinary), "no cache");
	list_for_each_entry(pool, &ptc_pools, link)
		if (ptc_pool_lends(pool))
			break;
}

static void show_machine(void)
{
	figure("gigabytes", size->gigabytes);
	figure("nodes", size->nodes);
	figure("cpus", size->cpus);
	figure("limit", size->limit);
}

static void measure_growth(void)
{
	unsigned long misses, quarter = size->lent / 4;
	struct cost cost;

	cost_begins();
	misses = borrow(&together, quarter);
	while (rest.nr + spread.nr < size->lent - quarter) {
		misses += borrow(&rest, 32);
		if (spread.nr < quarter)
			misses += borrow(&spread, 16);
	}
	cost = cost_ends();
	figure("lent", lender_stats().in_use);
	figure("blocks", lender_stats().blocks);
	figure("growth.looks", (double)cost.looks / size->lent);
	figure("growth.ns", (double)cost.ns / size->lent);
	figure("growth.misses", misses);
}

static void measure_bytes(void)
{
	unsigned long blocks = 0, bytes = 0;
	int nid;

	for_each_node(nid) {
		blocks += pool->nodes[nid]->blocks;
		bytes += pool->nodes[nid]->record_bytes;
	}
	figure("bytes.block", (double)bytes / blocks);
	figure("bytes.leaves", (double)ptc_index_bytes() / blocks);
	figure("bytes.directory", ptc_directory->nr * sizeof(ptc_directory->leaves[0]));
	figure("bytes.magazine", sizeof(struct ptc_magazine));
	figure("bytes.magazines", sizeof(struct ptc_magazine) * world_cpus);
}

#define IDLE_SECONDS	128

/* What was looked at in vain before is left alone for longer and longer: wait until it is. */
static void measure_idle(void)
{
	unsigned long most = 0, before;
	struct cost cost;
	int i;

	world_pass(300 * HZ);
	cost_begins();
	for (i = 0; i < IDLE_SECONDS; i++) {
		before = looks();
		world_pass(HZ);
		most = max(most, looks() - before);
	}
	cost = cost_ends();
	figure("idle.looks", (double)cost.looks / IDLE_SECONDS);
	figure("idle.most", most);
	figure("idle.us", (double)cost.works_ns / 1000 / IDLE_SECONDS);
}

#define SHORT_SECONDS	60
#define SHORT_TABLES	20

static void measure_short(void)
{
	struct cost cost;
	int i, table, missing = 0;

	cost_begins();
	for (i = 0; i < SHORT_SECONDS * HZ; i++) {
		if (i % (HZ / 4) == 0) {
			next_cpu();
			for (table = 0; table < SHORT_TABLES; table++)
				missing += !borrow_one(&short_one);
		} else if (i % (HZ / 4) == HZ / 10) {
			process_ends(&short_one);
		}
		world_pass(1);
	}
	cost = cost_ends();
	figure("short.looks", (double)cost.looks / SHORT_SECONDS);
	figure("short.us", (double)cost.works_ns / 1000 / SHORT_SECONDS);
	figure("short.missing", missing);
	wait_until_found();
}

#define QUIET_SECONDS	200

/* Everything that may be lent is, and for long nothing was found that was free again. */
static void fill_to_the_limit(void)
{
	unsigned long quiet = 0, before;
	int i;

	pt_cache_lender_limit(lender, lender_stats().blocks);
	while (quiet < QUIET_SECONDS) {
		before = filler.nr;
		for (i = 0; i < world_cpus; i++, next_cpu())
			while (borrow_one(&filler))
				;
		world_pass(HZ);
		quiet = filler.nr > before ? 0 : quiet + 1;
	}
}

#define MISSES		1000

static void measure_misses(void)
{
	unsigned long locks = ptc_counter_sum(PTC_node_locks), ns, least = ULONG_MAX;
	struct cost cost;
	int cpu, i;

	cost_begins();
	for (cpu = 0; cpu < world_cpus; cpu++, next_cpu()) {
		ns = world_cpu_ns();
		for (i = 0; i < MISSES; i++)
			must(!borrow_one(&filler), "there was one");
		least = min(least, world_cpu_ns() - ns);
	}
	cost = cost_ends();
	locks = ptc_counter_sum(PTC_node_locks) - locks;
	figure("miss.looks", (double)cost.looks / world_cpus / MISSES);
	figure("miss.locks", (double)locks / world_cpus / MISSES);
	figure("miss.ns", (double)least / MISSES);
}

#define SHORT_OF_SECONDS	20

/* One node asks again and again; what others have might be made room of. */
static void measure_one_short_node(void)
{
	struct cost cost;
	int i;

	shim_cpu = 0;
	cost_begins();
	for (i = 0; i < SHORT_OF_SECONDS * HZ; i++) {
		must(!borrow_one(&filler), "there was one");
		world_pass(1);
	}
	cost = cost_ends();
	figure("steal.looks", (double)cost.looks / SHORT_OF_SECONDS);
	figure("steal.us", (double)cost.works_ns / 1000 / SHORT_OF_SECONDS);
	figure("steal.ipis", (double)cost.ipis / SHORT_OF_SECONDS);
}

static void measure_limit(void)
{
	fill_to_the_limit();
	measure_misses();
	world_pass(3 * HZ); /* no node was short a moment ago */
	measure_one_short_node();
	pt_cache_lender_limit(lender, size->limit);
	process_ends(&filler);
	wait_until_found();
}

/* A process ends whose tables were in use for long, and nothing else happens. */
static void measure_end(const char *what, struct process *process)
{
	unsigned long jiffies_gone = 0, step, first = 0, half = 0, nr = process->nr;
	u64 before, found = 0;
	struct cost cost;

	world_pass(300 * HZ);
	before = lender_stats().in_use;
	cost_begins();
	process_ends(process);
	while (found < nr) {
		step = jiffies_gone < 60 * HZ ? HZ / 10 : HZ;
		world_pass(step);
		jiffies_gone += step;
		must(jiffies_gone < 48 * 3600 * HZ, "%llu of %lu found in two days", found, nr);
		found = before - lender_stats().in_use;
		if (found && !first)
			first = jiffies_gone;
		if (found >= nr / 2 && !half)
			half = jiffies_gone;
	}
	cost = cost_ends();
	figure_of(what, "first", (double)first / HZ);
	figure_of(what, "half", (double)half / HZ);
	figure_of(what, "all", (double)jiffies_gone / HZ);
	figure_of(what, "looks", (double)cost.looks / nr);
	borrow(process, nr);
}

/* ---- reclaim ---- */

static unsigned long scan(void)
{
	struct shrink_control sc = { .nid = world_nodes - 1, .nr_to_scan = PTC_BLOCK_PAGES };
	unsigned long freed;

	shim_shrinker->count_objects(shim_shrinker, &sc);
	freed = shim_shrinker->scan_objects(shim_shrinker, &sc);
	return freed == SHRINK_STOP ? 0 : freed;
}

/* What is empty goes first, and while it lasts nothing is looked at. */
static void scan_what_is_empty(void)
{
	int nid = world_nodes - 1;
	struct ptc_pool *each;

	list_for_each_entry(each, &ptc_pools, link)
		while (READ_ONCE(each->nodes[nid]->sums.empty))
			must(scan(), "a block that is empty is kept");
}

static unsigned long before_oom(void)
{
	unsigned long freed = 0;

	shim_oom_notifier->notifier_call(shim_oom_notifier, 0, &freed);
	return freed;
}

static unsigned long by_hand(void)
{
	return ptc_shrink_by_hand(ULONG_MAX);
}

/* Each CPU has some in its magazine. */
static void use_magazines(void)
{
	int cpu;

	for (cpu = 0; cpu < world_cpus; cpu++) {
		shim_cpu = cpu;
		borrow(&filler, 1);
	}
}

/* @leaves: the process that ends just before, or NULL. */
static void measure_reclaim(const char *what, unsigned long (*reclaim)(void),
			    struct process *leaves)
{
	unsigned long pages;
	struct cost cost;

	world_pass(60 * HZ);
	use_magazines();
	world_run();
	if (reclaim == scan)
		scan_what_is_empty();
	if (leaves)
		process_ends(leaves);
	cost_begins();
	pages = reclaim();
	cost = cost_ends();
	figure_of(what, "looks", cost.looks);
	figure_of(what, "us", cost.ns / 1000.);
	figure_of(what, "ipis", cost.ipis);
	figure_of(what, "pages", pages);
}

/* Where everything is in use, and where a quarter of it has just been left. */
static void measure_pressure(void)
{
	static const struct {
		const char *what, *left;
		unsigned long (*reclaim)(void);
	} ways[] = {
		{ "scan", "left.scan", scan },
		{ "oom", "left.oom", before_oom },
		{ "hand", "left.hand", by_hand },
	};
	unsigned long quarter = together.nr;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		measure_reclaim(ways[i].what, ways[i].reclaim, NULL);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		measure_reclaim(ways[i].left, ways[i].reclaim, &together);
		by_hand(); /* which finds the rest */
		must(lender_stats().in_use == used_tables(), "%llu are lent",
		     lender_stats().in_use);
		world_pass(10 * HZ);
		borrow(&together, quarter);
	}
	process_ends(&filler);
	wait_until_found();
}

/*
 * The looks that precede each new block. A pass goes on where the last one of its node ended: over
 * all of the node's memory and, at the end of it, over the others'.
 */
static void measure_passes(void)
{
	unsigned long least = ULONG_MAX, most = 0, ns, passes;
	int nid;

	for_each_node(nid) {
		passes = pool->nodes[nid]->blocks / 2 + 2;
		while (passes--) {
			ns = world_cpu_ns();
			pool->ops->take_back(pool->nodes[nid], 2 * PTC_BLOCK_PAGES);
			ns = world_cpu_ns() - ns;
			least = min(least, ns);
			most = max(most, ns);
		}
	}
	figure("pass.least", least / 1000.);
	figure("pass.most", most / 1000.);
}

/* ---- magazines ---- */

static unsigned long lent_in_magazines(void)
{
	unsigned long nr = lender_stats().ready;
	int nid;

	for_each_node(nid)
		nr -= pool->nodes[nid]->sums.clean;
	return nr;
}

static struct page *take(void)
{
	struct page *page = pt_cache_alloc_table(ordinary, NULL, PT_CACHE_PMD, GFP_KERNEL);

	must(page, "no table");
	return page;
}

/* One CPU frees, takes and frees tables of which no two are of one block. */
static void take_from_all_over(void)
{
	static struct page *pages[2 * PTC_MAGAZINE_DEPTH * PTC_BLOCK_PAGES];
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = take();
	for (round = 0; round < 2; round++) {
		for (i = round; i < ARRAY_SIZE(pages); i += PTC_BLOCK_PAGES) {
			if (round)
				pt_cache_free_table_zeroed(ordinary, pages[i]);
			else
				pt_cache_free_table(ordinary, pages[i]);
		}
	}
	for (round = 0; round < 2; round++)
		for (i = round; i < ARRAY_SIZE(pages); i += PTC_BLOCK_PAGES)
			pages[i] = take();
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pt_cache_free_table(ordinary, pages[i]);
	world_pass(HZ);
}

#define BURST	200U

/* Each CPU frees more than its magazines hold, as zeroed and as it is, and of another node. */
static void burst(void)
{
	struct page *pages[WORLD_CPUS_MAX][BURST];
	int cpu, i;

	for (cpu = 0; cpu < world_cpus; cpu++) {
		shim_cpu = cpu;
		for (i = 0; i < BURST; i++)
			pages[cpu][i] = take();
	}
	for (cpu = 0; cpu < world_cpus; cpu++) {
		for (i = 0; i < BURST; i++) {
			shim_cpu = i % 4 ? cpu : (cpu + 1) % world_cpus;
			if (i % 2)
				pt_cache_free_table(ordinary, pages[cpu][i]);
			else
				pt_cache_free_table_zeroed(ordinary, pages[cpu][i]);
		}
	}
}

static void measure_magazines(void)
{
	struct ptc_cache_sums sums;
	int cookie;

	take_from_all_over();
	burst();
	ptc_cache_sum(ordinary, &sums);
	use_magazines();
	figure("idle_magazines.tables", sums.in_magazines);
	figure("idle_magazines.lent", lent_in_magazines());
	cookie = ptc_pools_enter();
	ptc_registry_drain_idle(); /* which notes what was used */
	ptc_registry_drain_idle();
	ptc_pools_leave(cookie);
	ptc_cache_sum(ordinary, &sums);
	figure("idle_magazines.left", sums.in_magazines + lent_in_magazines());
}

/* ---- the end ---- */

/* As many blocks as the lender may have, free and clean. */
static void add_blocks(void)
{
	int nid;

	for_each_node(nid) {
		const struct ptc_want want = {
			.node = pool->nodes[nid], .order = PTC_BLOCK_ORDER, .gfp = GFP_KERNEL,
		};

		while (pool->nodes[nid]->blocks < size->limit / size->nodes) {
			struct ptc_block *block = ptc_supply_block(&want);

			must(!IS_ERR_OR_NULL(block), "no block");
			ptc_node_add(pool->nodes[nid], block, false);
		}
	}
}

static void measure_distrust(void)
{
	struct cost cost;

	add_blocks();
	WRITE_ONCE(ptc_recycling, false);
	cost_begins();
	ptc_distrust_all(NULL);
	cost = cost_ends();
	figure("distrust.blocks", lender_stats().blocks);
	figure("distrust.us", cost.ns / 1000.);
	figure("distrust.ipis", cost.ipis);
}

/* All that is in use stays with who has it, and in the end each page is the page allocator's. */
static void measure_unload(void)
{
	unsigned long used = used_tables(), freed;
	struct cost cost;
	unsigned int i;

	cost_begins();
	pt_cache_lender_destroy(lender);
	cost = cost_ends();
	figure("unload.us", cost.ns / 1000.);
	must(ptc_counter_sum(PTC_handed_over) == used, "%llu handed over of %lu",
	     ptc_counter_sum(PTC_handed_over), used);
	must(!pt_cache_destroy(ordinary), "in use");
	for (i = 0; i < ARRAY_SIZE(processes); i++)
		process_ends(processes[i]);
	ptc_idle_exit();
	ptc_shrink_exit();
	ptc_registry_exit();
	ptc_workqueue_exit();
	ptc_supply_exit();
	ptc_index_exit();
	freed = shim_pages_free();
	must(freed == SHIM_PAGES, "%lu pages are free of %lu", freed, SHIM_PAGES);
	must(!shim_warnings, "%u warnings", shim_warnings);
}

static void show_holds(void)
{
	const struct world_hold *hold;

	for (hold = world_holds(); hold->place; hold++)
		printf("hold %p %lu %lu %lu %lu %lu %lu\n", hold->place, hold->times, hold->tables,
		       hold->blocks, hold->work, hold->ns_least, hold->ns_most);
}

static void show_run(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	figure("run.megabytes", usage.ru_maxrss / 1024);
	figure("run.seconds", usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

int main(int argc, char **argv)
{
	for (size = sizes; argc == 2 && size < sizes + ARRAY_SIZE(sizes); size++)
		if (!strcmp(size->name, argv[1]))
			break;
	if (argc != 2 || size == sizes + ARRAY_SIZE(sizes)) {
		fprintf(stderr, "usage: scale_test 1G|16G|128G|1T\n");
		return 2;
	}
	begin();
	show_machine();
	measure_growth();
	measure_bytes();
	measure_idle();
	measure_short();
	measure_limit();
	measure_end("spread", &spread);
	measure_end("together", &together);
	measure_passes();
	measure_pressure();
	measure_magazines();
	measure_distrust();
	measure_unload();
	show_holds();
	show_run();
	return 0;
}
