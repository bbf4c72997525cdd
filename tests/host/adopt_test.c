// SPDX-License-Identifier: GPL-2.0
/*
 * module/alloc/adopt.c, unchanged, on memory that is made up (adopt_world.h): passes, blocks that
 * go back, time, memory that goes offline, and others who change things between passes or in the
 * middle of one; then threads that do all this at once. The world refuses what must never be asked
 * of the page allocator. What a pass did is compared with a model that looks at all regions: what
 * it adopted, where it walked, and whether it left anything that it should have found.
 *
 * Usage: adopt_test [SEED [WORLDS [ROUNDS]]]: so many random worlds for one thread; so many rounds
 * of each thread where there are several.
 */
#include <stdlib.h>

#include "adopt_world.h"
#include "alloc/index.h"
#include "counters.h"

static struct ptc_block test_blocks[WORLD_REGIONS];	/* of ours, by region */
static struct region *test_kept[WORLD_REGIONS];		/* adopted ones */
static unsigned int test_nr_kept;

/* What the next pass of a node does, by the model. */
static struct {
	unsigned long idle_until;	/* world.ticks */
	unsigned long resume;		/* where its walk begins; 0: with the node */
	bool known;			/* nothing happened in the middle of the last pass */
} test_nodes[SHIM_NODES];

static void (*test_hook)(void);		/* in the middle of a pass */

/* What was met, so that a run that met nothing is seen. */
static struct {
	unsigned long passes, adopted, again, idle, windows, interrupted, offline;
} met;

static struct region *test_some_region(void)
{
	return &world.regions[below(world.nr_regions)];
}

static void test_time_passes(unsigned long ticks)
{
	poke(world.ticks, peek(world.ticks) + ticks);
}

static bool test_promising(int nid)
{
	return ptc_adopt_enabled && world.ticks >= test_nodes[nid].idle_until;
}

/* ---- blocks of ours, as supply.c has them ---- */

static bool test_insert(struct region *region, unsigned int at)
{
	struct ptc_block *block = &test_blocks[region - world.regions];

	if (ptc_index_prepare(region->pfn, GFP_KERNEL)) {
		must(world.short_of_memory, "no room in the index");
		return false;
	}
	ptc_adopt_prepare(region->pfn + at);
	block->pfn = region->pfn + at;
	ptc_index_insert(block);
	region->was_ours = false;
	return true;
}

static void test_remember(struct region *region)
{
	ptc_adopt_remember(test_blocks[region - world.regions].pfn, region->nid);
	region->was_ours = true;
	region->leave_until = 0;
	test_nodes[region->nid].idle_until = world.ticks;
}

static void test_free_pages(struct region *region)
{
	unsigned int i;

	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		__free_page(pfn_to_page(region->pfn + i));
	__atomic_add_fetch(&region->zone->free, PTC_BLOCK_PAGES, __ATOMIC_RELAXED);
	poke(region->taken, false);
}

static void test_keep(struct region *region)
{
	if (test_insert(region, 0))
		test_kept[test_nr_kept++] = region;
	else
		test_free_pages(region);
}

static void test_give_back(unsigned int at)
{
	struct region *region = test_kept[at];

	test_kept[at] = test_kept[--test_nr_kept];
	ptc_index_remove(&test_blocks[region - world.regions]);
	test_free_pages(region);
	test_remember(region);
}

/* A block of less than 2M comes into a region, or goes. */
static void test_smaller(struct region *region)
{
	if (region->smaller) {
		ptc_index_remove(&test_blocks[region - world.regions]);
		region->smaller = false;
		test_remember(region);
	} else if (region->online && !region->taken && !world.offline_first) {
		region->smaller = test_insert(region, 8 * below(64));
	}
}

/* ---- what happens ---- */

/* Memory goes offline step by step, and comes again. */
static void test_hotplug(struct region *region)
{
	if (!region->online) {
		while (region > world.regions && !region[-1].online)
			region--;
		world_online(region);
	} else if (!world.offline_first) {
		world_isolate(region);
	} else if (!world.going_offline) {
		must(!world_go_offline() || world.signal, "the notifier refuses");
		met.interrupted += !world.going_offline;
	} else if (below(3)) {
		must(world_offline(), "the isolation was ended");
		met.offline++;
	} else {
		world_cancel();
	}
}

/* In the middle of a pass: most often to the region that is looked at. */
static void test_happens(void)
{
	struct region *region = pass.looked_at && below(2) ? pass.looked_at : test_some_region();

	switch (below(64)) {
	case 0 ... 7:
		world_change(region);
		break;
	case 8:
		if (test_nr_kept && !shim_atomic)
			test_give_back(below(test_nr_kept));
		break;
	case 9:
	case 10:
		world.signal = true;
		if (!shim_atomic && region->online)
			test_hotplug(region);
		world.signal = false;
		break;
	}
}

/* ---- a pass ---- */

static void test_check_adopted(unsigned long pfn, int nid)
{
	const struct region *region = world_region(pfn);
	const struct page *page = pfn_to_page(pfn);
	unsigned int i;

	must(region && region->pfn == pfn && region->taken && pass.tries &&
	     pass.tried[pass.tries - 1] == region, "0x%lx was not taken at last", pfn);
	must(region->nid == nid && region->zone == region->last_zone, "of node %d", region->nid);
	must(region->mapping == SPLIT, "its mapping is not split");
	i = find_next_bit(region->dirty, PTC_BLOCK_PAGES, 0);
	must(i == PTC_BLOCK_PAGES, "page %u is not zero", i);
	for (i = 0; i < PTC_BLOCK_PAGES; i++)
		must(page[i].allocated && page_ref_count(&page[i]) == 1, "%d references",
		     page_ref_count(&page[i]));
	met.adopted++;
	met.again += !pass.walks;
}

/* A pass that ends without a region, and before its tries, leaves none behind. */
static void test_check_nothing_left(int nid)
{
	const struct region *region, *end = world.regions + world.nr_regions;

	must(pass.walks, "there was no walk");
	for (region = world.regions; region < end; region++) {
		if (!world_may_adopt(region, nid))
			continue;
		must(!region->was_ours, "0x%lx was ours, and is left", region->pfn);
		must(region->pfn >= pass.walk_end ||
		     region->pfn + PTC_BLOCK_PAGES <= pass.walk_from,
		     "0x%lx could be adopted, and is left", region->pfn);
	}
}

/* Passes of a node walk on, each from where the last one ended. */
static void test_check_walk(int nid, bool found)
{
	unsigned long from = max(test_nodes[nid].resume, world.start[nid]);
	unsigned long last = pass.tries ? pass.tried[pass.tries - 1]->pfn : 0;

	must(pass.walk_from == from || !test_nodes[nid].known,
	     "the walk begins at 0x%lx, not 0x%lx", pass.walk_from, from);
	test_nodes[nid].known = true;
	if (found || pass.tries == TRIES_PER_PASS)
		test_nodes[nid].resume = last + PTC_BLOCK_PAGES;
	else if (pass.walk_end < world.end[nid])
		test_nodes[nid].resume = pass.walk_end;
	else
		test_nodes[nid].resume = 0;
	met.windows += pass.walk_end < world.end[nid];
}

static void test_check_pass(int nid, unsigned long pfn, unsigned int retyped)
{
	unsigned int i, changed = 0;

	for (i = 0; i < pass.tries; i++)
		changed += pass.tried[i]->pfn != pfn &&
			   pass.type_before[i] != world_type(pass.tried[i]);
	must(retyped == changed, "%u pageblocks retyped, %u counted", changed, retyped);
	if (!test_promising(nid) || world.going_offline) {
		must(!pfn && !pass.walks && !pass.tries, "a pass while there should be none");
		return;
	}
	if (pass.walks)
		test_check_walk(nid, pfn);
	if (pfn || pass.tries == TRIES_PER_PASS)
		return;
	test_check_nothing_left(nid);
	if (pass.walk_end < world.end[nid])
		return;
	test_nodes[nid].idle_until = world.ticks + IDLE_FOR;
	met.idle++;
}

/* Returns the region that was adopted, which is kept, or NULL. */
static struct region *test_pass(int nid)
{
	unsigned long failed = ptc_counter_sum(PTC_adopt_failed), pfn;
	unsigned long retyped = ptc_counter_sum(PTC_adopt_retyped);

	must(!world.calm || ptc_adopt_promising(nid) == test_promising(nid), "promising: %d",
	     ptc_adopt_promising(nid));
	world_begin_pass(nid);
	meanwhile = test_hook;
	pfn = ptc_adopt_pages(nid);
	meanwhile = NULL;
	met.passes++;
	if (pfn)
		test_check_adopted(pfn, nid);
	failed = ptc_counter_sum(PTC_adopt_failed) - failed;
	must(failed + !!pfn == pass.tries, "%lu of %u tries counted as failed", failed, pass.tries);
	world_end_pass(pfn);
	if (world.calm)
		test_check_pass(nid, pfn, ptc_counter_sum(PTC_adopt_retyped) - retyped);
	else
		test_nodes[nid].known = false;
	if (!pfn)
		return NULL;
	test_keep(world_region(pfn));
	return world_region(pfn);
}

/* ---- random worlds ---- */

static void test_advance(void)
{
	static const unsigned long ticks[] = {
		1, HZ / 3, HZ, IDLE_FOR - 1, IDLE_FOR, RETRY_AFTER * HZ - 1, RETRY_AFTER * HZ,
	};

	test_time_passes(ticks[below(ARRAY_SIZE(ticks))]);
}

static void test_step(void)
{
	unsigned int i;

	switch (below(20)) {
	default:
		test_pass(below(SHIM_NODES));
		break;
	case 0 ... 2:
		test_advance();
		break;
	case 3:
	case 4:
		if (test_nr_kept)
			test_give_back(below(test_nr_kept));
		break;
	case 5:
	case 6:
		for (i = below(12); i; i--)
			world_change(test_some_region());
		break;
	case 7:
	case 8:
		test_hotplug(test_some_region());
		break;
	case 9:
		test_smaller(test_some_region());
		break;
	case 10:
		ptc_adopt_enabled = below(4);
		world.faults = below(2) * 4;
		break;
	}
}

/* Nothing fails any more: what is left to be adopted is found, in as few passes as it takes. */
static void test_find_all(int nid)
{
	unsigned long span = (world.end[nid] - world.start[nid]) / WALK_PER_PASS + 2;
	unsigned int passes = 0, adopted = 0, tries = 0, idle = 0, i;

	while (idle < 2) {
		adopted += !!test_pass(nid);
		passes++;
		tries += pass.tries;
		if (ptc_adopt_promising(nid))
			continue;
		idle++;
		test_time_passes(IDLE_FOR);
	}
	must(passes <= adopted + tries / TRIES_PER_PASS + 2 * span, "%u passes", passes);
	for (i = 0; i < world.nr_regions; i++)
		must(!world_may_adopt(&world.regions[i], nid), "0x%lx is never adopted",
		     world.regions[i].pfn);
}

static void test_calm_down(void)
{
	unsigned int i;
	int nid;

	world.calm = true;
	test_hook = NULL;
	world.faults = 0;
	ptc_adopt_enabled = true;
	if (world.offline_first)
		world_cancel();
	for (i = 0; i < world.nr_regions; i++)
		if (!world.regions[i].online)
			world_online(&world.regions[i]);
	world_heal();
	test_time_passes((RETRY_AFTER + 1) * HZ);
	for_each_node(nid)
		test_nodes[nid].idle_until = world.ticks;
}

static void test_begin(void)
{
	memset(test_nodes, 0, sizeof(test_nodes));
	must(!ptc_adopt_init(), "no memory");
}

static void test_end(void)
{
	unsigned int i;

	while (test_nr_kept)
		test_give_back(0);
	for (i = 0; i < world.nr_regions; i++)
		if (world.regions[i].smaller)
			test_smaller(&world.regions[i]);
	ptc_adopt_exit();
	must(!shim_xa_chunks && !shim_memory_notifier, "something is left of it");
	rcu_barrier();
	world_end();
}

static void test_world(void)
{
	struct region *region, *end = world.regions + world.nr_regions;
	unsigned int steps;
	int nid;

	test_begin();
	for (region = world.regions; region < end; region++) {
		unsigned int blocks = below(8); /* 1: there is one, 2: there was one */

		for (; blocks <= 2 && blocks; blocks--)
			test_smaller(region);
	}
	for (steps = 0; steps < 150; steps++)
		test_step();
	test_calm_down();
	for_each_node(nid)
		test_find_all(nid);
	test_end();
}

static void test_random(unsigned long seed, unsigned long worlds, bool calm, const char *promise)
{
	unsigned long i;

	for (i = 0; i < worlds; i++) {
		world_random = seed + i;
		world_begin(i % WORLD_KINDS, i / WORLD_KINDS % 2);
		world.calm = calm;
		test_hook = calm ? NULL : test_happens;
		test_world();
	}
	test_ends(promise);
}

/* ---- one thing at a time ---- */

static void test_begin_plain(unsigned int nr, unsigned int nodes)
{
	world_begin_plain(nr, nodes);
	test_begin();
}

static void test_first_and_again(void)
{
	struct region *ours = &world.regions[5];
	unsigned int i;

	test_begin_plain(12, 1);
	for (i = 0; i < 6; i++)
		must(test_pass(0) == &world.regions[i], "not in order");
	test_give_back(5);
	must(test_pass(0) == ours && !pass.walks, "what was ours is not the first");
	test_give_back(5);
	ours->content = UNMOVABLE;
	must(test_pass(0) == ours + 1 && pass.tries == 2 && pass.tried[0] == ours,
	     "what was ours is not tried first");
	ours->content = EMPTY;
	test_time_passes((RETRY_AFTER - 1) * HZ);
	must(test_pass(0) == ours + 2 && pass.tries == 1, "tried again, too soon");
	test_time_passes(HZ);
	must(test_pass(0) == ours && !pass.walks, "not tried again");
	test_end();
	test_ends("what was ours is tried first, what has failed not again for a minute");
}

static void test_tries_and_idle(void)
{
	unsigned int i;

	test_begin_plain(4 * TRIES_PER_PASS + 1, 1);
	must(!ptc_adopt_promising(SHIM_NODES), "a node without memory is promising");
	must(test_pass(0), "nothing is adopted");
	for (i = 1; i < world.nr_regions; i++)
		world.regions[i].content = UNMOVABLE;
	for (i = 0; i < 4; i++)
		must(!test_pass(0) && pass.tries == TRIES_PER_PASS && ptc_adopt_promising(0),
		     "%u tries", pass.tries);
	must(!test_pass(0) && !pass.tries && !ptc_adopt_promising(0), "not idle");
	test_time_passes(IDLE_FOR - 1);
	must(!ptc_adopt_promising(0), "idle for too short");
	test_time_passes(1);
	must(ptc_adopt_promising(0) && !test_pass(0) && !ptc_adopt_promising(0), "idle for good");
	test_give_back(0);
	must(ptc_adopt_promising(0) && test_pass(0), "it stays idle though a region came back");
	test_end();
	test_ends("tries are bounded; a pass in vain is the last for a while, unless one is back");
}

/* ---- memory that goes offline ---- */

/* In the middle of a pass: who takes memory offline gets a signal while he waits for its end. */
static void test_interrupt(void)
{
	if (!pass.looked_at || met.interrupted)
		return;
	world.signal = true;
	must(world_isolate(&world.regions[2 * SECTION_REGIONS]), "not isolated");
	must(world_go_offline() == -EINTR, "the signal is not seen");
	world.signal = false;
	met.interrupted++;
}

static void test_memory_offline(void)
{
	struct region *ours = &world.regions[0], *next = ours + SECTION_REGIONS;

	test_begin_plain(3 * SECTION_REGIONS, 1);
	while (test_pass(0) != next)
		;
	while (test_nr_kept)
		test_give_back(0);
	must(world_isolate(ours) && !world_go_offline(), "not offline");
	must(!test_pass(0) && !pass.walks && !pass.tries, "adopted while memory goes offline");
	world_cancel();
	must(test_pass(0) == ours && !pass.walks, "not adopted after that has ended");
	test_give_back(0);
	test_hook = test_interrupt;
	must(test_pass(0) == ours, "not adopted beside what was interrupted");
	test_hook = NULL;
	must(met.interrupted, "nothing was interrupted");
	must(test_pass(0), "not adopted after it");
	while (test_nr_kept)
		test_give_back(0);
	must(world_isolate(ours) && !world_go_offline(), "not offline");
	must(world_offline(), "the isolation was ended");
	world_online(ours);
	must(test_pass(0) == next && !pass.walks, "the next section is forgotten, or this is not");
	test_end();
	test_ends("nothing is adopted while memory goes offline; what was known of it is lost");
}

/* ---- steps that fail ---- */

static void test_use_everything(void)
{
	unsigned int i;
	int err;

	world_begin_plain(2 * TRIES_PER_PASS, 2);
	world.calm = false;
	world.short_of_memory = true;
	for (i = 0; i < world.nr_regions; i += 2)
		world.regions[i].content = UNMOVABLE;
	err = ptc_adopt_init();
	if (err) {
		must(err == -ENOMEM && !shim_memory_notifier, "%d", err);
		test_begin();
	}
	for (i = 0; i < 8; i++) {
		test_pass(i % 2);
		if (test_nr_kept && i % 3)
			test_give_back(0);
	}
	test_end();
}

static void test_each_step_fails(void)
{
	unsigned int nth, before;

	for (nth = 1, before = 0; ; nth++) {
		world_random = 1;
		WRITE_ONCE(shim_fail_nth, nth);
		test_use_everything();
		if (READ_ONCE(shim_fail_nth))
			break;
		before = nth;
	}
	WRITE_ONCE(shim_fail_nth, 0);
	must(before > 12, "%u steps that can fail", before);
	test_ends("each step may fail: the next works, and nothing is left at the end");
}

static void test_no_memory_to_remember(void)
{
	test_begin_plain(4, 1);
	must(test_pass(0) && test_pass(0), "nothing is adopted");
	WRITE_ONCE(shim_fail_one_in, 1);
	test_give_back(1);
	WRITE_ONCE(shim_fail_one_in, 0);
	must(test_pass(0) == &world.regions[1] && !pass.walks, "not remembered");
	test_end();
	test_ends("what has a place reserved is remembered without memory");
}

/* ---- threads ---- */

#define ADOPTERS	3
#define SECTIONS	8U

static pthread_mutex_t test_lock = PTHREAD_MUTEX_INITIALIZER;	/* test_kept */
static bool test_held[WORLD_REGIONS];	/* atomic */
static unsigned int test_running;	/* adopters that have rounds left; atomic */
static unsigned long test_rounds;	/* of each */

static void test_thread_keeps(unsigned long pfn)
{
	struct region *region = world_region(pfn);
	unsigned int dirty = find_next_bit(region->dirty, PTC_BLOCK_PAGES, 0);

	must(dirty == PTC_BLOCK_PAGES, "page %u is not zero", dirty);
	must(!__atomic_exchange_n(&test_held[region - world.regions], true, __ATOMIC_ACQ_REL),
	     "0x%lx is adopted twice", pfn);
	must(!ptc_index_prepare(pfn, GFP_KERNEL), "no room in the index");
	ptc_adopt_prepare(pfn);
	ptc_index_insert(&test_blocks[region - world.regions]);
	pthread_mutex_lock(&test_lock);
	test_kept[test_nr_kept] = region;
	poke(test_nr_kept, test_nr_kept + 1);
	pthread_mutex_unlock(&test_lock);
	__atomic_add_fetch(&met.adopted, 1, __ATOMIC_RELAXED);
}

static void *test_adopter(void *arg)
{
	unsigned long rounds;

	world_random = (unsigned long)arg;
	for (rounds = test_rounds; rounds; rounds--) {
		unsigned long pfn;
		int nid = below(2);

		world_begin_pass(nid);
		pfn = ptc_adopt_pages(nid);
		world_end_pass(pfn);
		if (pfn)
			test_thread_keeps(pfn);
		udelay(100);
	}
	__atomic_sub_fetch(&test_running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static bool test_all_have_ended(void)
{
	return !__atomic_load_n(&test_running, __ATOMIC_ACQUIRE);
}

/* Returns whether there was one. */
static bool test_thread_gives_back(void)
{
	struct region *region = NULL;

	pthread_mutex_lock(&test_lock);
	if (test_nr_kept) {
		unsigned int at = below(test_nr_kept);

		region = test_kept[at];
		test_kept[at] = test_kept[test_nr_kept - 1];
		poke(test_nr_kept, test_nr_kept - 1);
	}
	pthread_mutex_unlock(&test_lock);
	if (!region)
		return false;
	__atomic_store_n(&test_held[region - world.regions], false, __ATOMIC_RELEASE);
	ptc_index_remove(&test_blocks[region - world.regions]);
	test_free_pages(region);
	ptc_adopt_remember(region->pfn, region->nid);
	return true;
}

/* And time passes. */
static void *test_giver(void *arg)
{
	world_random = (unsigned long)arg;
	while (!test_all_have_ended()) {
		test_time_passes(below(2 * HZ));
		if (!ptc_adopt_promising(below(2)) || peek(test_nr_kept) > 24)
			test_thread_gives_back();
		udelay(20);
	}
	while (test_thread_gives_back())
		;
	return NULL;
}

static bool test_isolate_some(void)
{
	unsigned int at = below(SECTIONS), i;

	for (i = 0; i < SECTIONS; i++, at++)
		if (world_isolate(&world.regions[at % SECTIONS * SECTION_REGIONS]))
			return true;
	return false;
}

/* Memory goes offline, and comes again. */
static void *test_hotplugger(void *arg)
{
	world_random = (unsigned long)arg;
	while (!test_all_have_ended()) {
		struct region *first;

		udelay(20);
		if (!test_isolate_some())
			continue;
		first = world.offline_first;
		world.signal = below(2);
		if (world_go_offline()) {
			met.interrupted++;
			continue;
		}
		udelay(below(200));
		if (!below(3)) {
			world_cancel();
		} else if (world_offline()) {
			met.offline++;
			world_online(first);
		}
	}
	return NULL;
}

static void test_threads(unsigned long seed, unsigned long rounds)
{
	static void *(* const others[])(void *arg) = { test_giver, test_hotplugger };
	pthread_t threads[ADOPTERS + ARRAY_SIZE(others)];
	unsigned int i;

	test_begin_plain(SECTIONS * SECTION_REGIONS, 2);
	world.threads = true;
	world.calm = false;
	for (i = 0; i < world.nr_regions; i++) {
		bool full = i / SECTION_REGIONS % 2; /* hardly ever ours: it can go offline */

		world.regions[i].content = full && below(16) ? UNMOVABLE : below(4);
		test_blocks[i].pfn = world.regions[i].pfn;
	}
	test_rounds = rounds;
	test_running = ADOPTERS;
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		must(!pthread_create(&threads[i], NULL,
				     i < ADOPTERS ? test_adopter : others[i - ADOPTERS],
				     (void *)(seed * 100 + i)), "no thread");
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	test_end();
	test_ends("threads adopt, give back and take memory offline: a region is one's alone");
}

/* ---- all of it ---- */

static void test_alone(unsigned long seed, unsigned long worlds)
{
	test_each_step_fails();
	test_no_memory_to_remember();
	test_first_and_again();
	test_tries_and_idle();
	test_memory_offline();
	test_random(seed, worlds, true,
		    "what may be adopted is, all of it and in few passes, and nothing else");
	test_random(seed, worlds, false, "also when others change it in the middle of a pass");
	printf("# held: %lu regions adopted, each as a model has it\n", met.adopted);
}

static void test_show(unsigned long seed)
{
	printf("# seed %lu: %lu adopted in %lu tries, %lu of them late\n", seed, met.adopted,
	       world.tries, world.late);
	printf("# memory was offline %lu times, and interrupted %lu times on the way\n",
	       met.offline, met.interrupted);
	if (!met.passes)
		return;
	printf("# alone: %lu passes, %lu without a walk, %lu in vain, %lu of a part of a node\n",
	       met.passes, met.again, met.idle, met.windows);
	printf("# %lu tries failed, %lu because the region was joined\n", world.failed,
	       world.joined);
}

int main(int argc, char **argv)
{
	unsigned long seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	unsigned long worlds = argc > 2 ? strtoul(argv[2], NULL, 0) : 60;
	unsigned long rounds = argc > 3 ? strtoul(argv[3], NULL, 0) : 300;

	if (worlds)
		test_alone(seed, worlds);
	if (rounds)
		test_threads(seed, rounds);
	test_show(seed);
	ptc_index_exit();
	return tests_end();
}
