// SPDX-License-Identifier: GPL-2.0
/*
 * module/census/mm_walk.c and mmap_lock.c, unchanged, over address spaces that are made up and that
 * others change while they are walked, as far as the lock allows that the walk holds: see
 * mm_world.h. The walk is interrupted by visitors without room, by signals, by a lock that others
 * hold or wait for.
 *
 * Each table that was there all the time, in one place, is found once, with as many entries as it
 * had; none is read that was freed; the lock is held no longer than it is said, with preemption
 * off, and waited for no longer.
 *
 * Usage: mm_walk_test [SEED [ROUNDS]]
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census/mm_walk.h"
#include "counters.h"
#include "mm_world.h"

/* How long the mmap lock is held, at most: so many steps, or so many with look(). */
#define STEPS_PER_LOCK	48
#define LOOKS_PER_LOCK	6

/* How long a walk waits for it, and a pass over all mms. */
#define WAIT_PER_MM	(250 * NSEC_PER_MSEC)
#define WAIT_PER_PASS	(1000 * NSEC_PER_MSEC)

static struct ptc_mm_walk walk;
static struct ptc_patience patience;

/* One walk. */
static struct {
	unsigned long began;		/* world.now */
	bool count, looks, changes, interrupts;
	bool locked, refused;		/* the last try */
	bool looking;			/* the visitor is called for a table that it was shown */
	bool gone;			/* unless its PMD has changed meanwhile */
	struct ptc_mm_table looked_at;
	unsigned long signals_left;	/* until a signal comes; 0: none does */
	unsigned long steps, visits;	/* while the lock is held */
	bool unlocks;			/* this hold is to end, by no further step */
	unsigned long deposits[512];	/* page frames that are to come, as the list has them */
	unsigned long deposits_since[512];
	unsigned int nr_deposits, next_deposit;
	/* who else wants the lock */
	unsigned long held_by_others;	/* it fails to be had for so many times */
	unsigned long contended_one_in;	/* somebody waits for it that often; 0: never */
	u64 ns, slept_ns;		/* the clock, and how much passed in sleeps of the walk */
	u64 free_at;			/* held by others until then */
} now;

/* What was met, so that a run that met nothing is seen. */
static struct {
	unsigned long walks, tables, deposits, shared, ours, ldt, gone, full, signals, no_lock,
		      busy, contended, most_steps;
} met;

/* In an RCU read-side section that the walk may rely on: with interrupts off, or a spinlock. */
static bool in_section(void)
{
	return shim_atomic > shim_preempt;
}

/* ---- the lock, and what happens ---- */

static spinlock_t pmd_spinlock = PTHREAD_MUTEX_INITIALIZER;

static bool others_hold_it(void)
{
	if (now.ns < now.free_at)
		return true;
	if (!now.held_by_others && now.interrupts && !below(60))
		now.held_by_others = below(8) ? 1 + below(6) : ULONG_MAX;
	if (!now.held_by_others)
		return false;
	now.held_by_others--;
	return true;
}

bool mmap_read_trylock(struct mm_struct *mm)
{
	must(mm == &world.mm && !now.locked && !in_section(),
	     "locked twice, or in an atomic section");
	must(shim_preempt == 1, "locked with preemption on");
	now.refused = others_hold_it();
	if (now.refused) {
		met.no_lock++;
		return false;
	}
	now.locked = true;
	now.unlocks = false;
	now.steps = now.visits = 0;
	return true;
}

/* One more step with the lock held. */
static void step(void)
{
	must(!now.unlocks, "the lock is kept, and somebody waits for it, or deposits were noted");
	now.steps++;
}

bool mmap_lock_is_contended(struct mm_struct *mm)
{
	if (!now.locked)
		return false;
	step();
	now.unlocks = now.contended_one_in && !below(now.contended_one_in);
	met.contended += now.unlocks;
	return now.unlocks;
}

void mmap_read_unlock(struct mm_struct *mm)
{
	unsigned long most = now.looks ? LOOKS_PER_LOCK : STEPS_PER_LOCK;

	must(mm == &world.mm && now.locked && !in_section(), "unlocked, and it was not locked");
	must(shim_preempt == 1, "preemption was on");
	/* the PGD is visited besides, by a step that is not counted */
	must(now.steps <= most && now.visits <= most + 1, "%lu steps, %lu visits in a hold",
	     now.steps, now.visits);
	/* and the last visitor may have had no room */
	must(now.visits <= now.steps + 2, "%lu visits, and after %lu of them a look who waits",
	     now.visits, now.steps);
	met.most_steps = max(met.most_steps, now.steps);
	now.locked = false;
	while (now.changes && below(4))
		world_change();
}

u64 ktime_get_ns(void)
{
	return now.ns;
}

/* It takes longer than it was to, by a fifth at most. */
int schedule_hrtimeout(ktime_t *time, enum hrtimer_mode mode)
{
	u64 ns = *time + below(*time / 5 + 1);

	might_sleep();
	must(current->state == TASK_INTERRUPTIBLE && mode == HRTIMER_MODE_REL, "how it sleeps");
	must(*time > 0 && *time <= 10 * NSEC_PER_MSEC, "a sleep of %lld ns", *time);
	current->state = TASK_RUNNING;
	now.ns += ns;
	now.slept_ns += ns;
	while (now.changes && below(3))
		world_change();
	return 0;
}

spinlock_t *pmd_lock(struct mm_struct *mm, pmd_t *pmd)
{
	struct page *page = virt_to_page(pmd)->pmd_huge_pte, *first = page;

	must(mm == &world.mm && now.locked && !in_section(), "the PMD lock in an atomic section");
	must(now.next_deposit == now.nr_deposits, "%u deposited tables are not told",
	     now.nr_deposits - now.next_deposit);
	now.next_deposit = now.nr_deposits = 0;
	for (; page && now.nr_deposits < ARRAY_SIZE(now.deposits); page = list_next_entry(page, lru)) {
		now.deposits_since[now.nr_deposits] = world_table_of(page_address(page))->since;
		now.deposits[now.nr_deposits++] = page_to_pfn(page);
		if (page->lru.next == &first->lru)
			break;
	}
	step();
	now.unlocks = true;
	spin_lock(&pmd_spinlock);
	return &pmd_spinlock;
}

/* Once a hold of the lock, and after each sleep. */
bool signal_pending(struct task_struct *task)
{
	must(!now.locked, "whoever looks at signals has the lock");
	if (now.signals_left)
		now.signals_left--;
	return now.signals_left == 1;
}

/* Who changes something under the PMD lock waits. */
static bool pmd_is_locked(void)
{
	if (pthread_mutex_trylock(&pmd_spinlock))
		return true;
	pthread_mutex_unlock(&pmd_spinlock);
	return false;
}

/* While the lock is held, and in an atomic section: with interrupts off, or RCU. */
static void happens(void)
{
	if (pmd_is_locked())
		return;
	if (!in_section())
		world_rcu_ends();
	if (!below(20))
		world_unmap_ends();
	if (now.locked && !below(30))
		world_change_meanwhile(in_section());
	else if (!now.locked && !below(4))
		world_change();
}

/* ---- the visitor ---- */

static void check_place(const struct ptc_mm_table *table)
{
	unsigned long size = world_span(table->level);

	if (table->level == PT_CACHE_PGD || !walk.mm)
		return;
	if (table->va >= LDT_BASE_ADDR) {
		must(world.mm.context.ldt, "a table of an LDT that is not installed");
		met.ldt++;
		return;
	}
	must(now.locked && !now.unlocks, "looked at without the lock, or when it was to be given up");
	must(world_in_area(table->va, size), "a table under no area is looked at, for 0x%lx",
	     table->va);
}

/* The table is detached now, or its entries change: it is told as it was, or not at all. */
static void change_what_is_shown(void)
{
	unsigned long va = now.looked_at.va + below(512) * PAGE_SIZE;

	while (now.changes && !below(3))
		world_change_meanwhile(true);
	if (now.changes && world_in_area(va, PAGE_SIZE) && !below(4))
		world_change_at(va, true);
}

static void look(struct ptc_visitor *visitor, const struct ptc_mm_table *table,
		 const unsigned long *entries)
{
	const struct table *is = world_table_of(entries);
	const struct page *page = virt_to_page(entries);
	bool ours = is - world.tables < WORLD_BLOCK;
	unsigned long pmd;

	must(in_section(), "the entries are shown with interrupts on");
	must(is->use == IN_TREE && is->level == table->level && is->va == table->va,
	     "level %d for 0x%lx is found, it is level %d for 0x%lx (use %d)", table->level,
	     table->va, is->level, is->va, is->use);
	check_place(table);
	must(table->pfn == page_to_pfn(page) && !table->deposited, "pfn 0x%lx", table->pfn);
	must(table->occupancy == (now.count ? world_entries(entries) : -1),
	     "%d entries, it has %d", table->occupancy, world_entries(entries));
	must(table->page_refs == page_ref_count(page), "%d references", table->page_refs);
	must(table->share_count == (table->level == PT_CACHE_PMD && walk.mm ?
				    page_ref_count(page) - 1 : -1), "shared by %d",
	     table->share_count);
	must(table->marked == page->table, "marked");
	must(table->ours == ours && table->owner == (ours ? (unsigned long)is->owner : 0),
	     "ours: %d, owner 0x%lx", table->ours, table->owner);
	now.looking = true;
	now.looked_at = *table;
	met.shared += is->shared;
	met.ours += ours;
	pmd = world_pmd(table->va);
	change_what_is_shown();
	now.gone = table->level == PT_CACHE_PTE && world_pmd(table->va) != pmd;
	met.gone += now.gone;
}

/* It was in the list when that was read, and may be anywhere by now. */
static void check_deposited(const struct ptc_mm_table *table)
{
	must(now.next_deposit < now.nr_deposits && table->pfn == now.deposits[now.next_deposit],
	     "pfn 0x%lx is told as deposited, and is not, or not now", table->pfn);
	must(table->va == PTC_NO_VA && table->level == PT_CACHE_PTE && table->occupancy == -1 &&
	     table->share_count == -1, "a deposited table has a va, or entries");
	met.deposits++;
}

static void check_looked_at(const struct ptc_mm_table *table)
{
	must(now.looking, "told, and not shown");
	must(!now.gone, "told, and it was gone when it had been shown");
	must(table->va == now.looked_at.va && table->pfn == now.looked_at.pfn &&
	     table->level == now.looked_at.level && table->occupancy == now.looked_at.occupancy,
	     "another one is told than was shown");
	now.looking = false;
}

/* Of a table that was not shown, as much as can be told afterwards. */
static void check_not_looked_at(const struct ptc_mm_table *table, const struct table *is)
{
	const struct page *page = &shim_mem_map[is - world.tables];

	check_place(table);
	if (now.changes)
		return;
	must(is->use == IN_TREE && is->level == table->level && is->va == table->va,
	     "level %d for 0x%lx is none", table->level, table->va);
	must(table->occupancy == (now.count ? world_entries(page_address(page)) : -1),
	     "%d entries", table->occupancy);
	met.shared += is->shared;
	met.ours += table->ours;
}

/* Under the lock, but what needs none: deposits, tables of an LDT, planted ones. */
static void check_lock(const struct ptc_mm_table *table)
{
	bool locked = !table->deposited && walk.mm && table->va < LDT_BASE_ADDR;

	must(now.locked == locked && shim_atomic == locked,
	     "%s the lock, or in an atomic section: level %d for 0x%lx",
	     now.locked ? "with" : "without", table->level, table->va);
	now.visits += locked;
	if (table->deposited)
		check_deposited(table);
}

/* Is it what it was when it was found, and in its place? */
static bool still_is(const struct table *is, const struct ptc_mm_table *table)
{
	if (table->deposited)
		return is->use == DEPOSIT && is->since == now.deposits_since[now.next_deposit];
	return is->use == IN_TREE && is->va == table->va;
}

static bool visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct table *is = &world.tables[table->pfn - SHIM_FIRST_PFN];

	check_lock(table);
	if (!table->deposited && now.looks)
		check_looked_at(table);
	else if (!table->deposited)
		check_not_looked_at(table, is);
	if (now.interrupts && !below(8)) {
		met.full++;
		return false;
	}
	met.tables++;
	if (still_is(is, table))
		must(++is->found == 1, "level %d for 0x%lx is found twice", table->level,
		     table->va);
	now.next_deposit += table->deposited;
	return true;
}

/* ---- walks ---- */

/* Was there always the same area for the walk to find it in? */
static bool stays_in_area(const struct table *is)
{
	enum pt_cache_level level = is->use == DEPOSIT ? PT_CACHE_PMD : is->level;

	return level == PT_CACHE_PGD || !walk.mm ||
	       world_in_old_area(is->va, world_span(level), now.began);
}

/* What has been there all the time, where the walk goes, is found. */
static void check_all_found(void)
{
	unsigned long i;

	must(now.next_deposit == now.nr_deposits, "deposited tables are not told");
	for (i = 0; i < WORLD_PAGES; i++) {
		const struct table *is = &world.tables[i];

		if (is->use == FREE || is->since > now.began)
			continue;
		if (is->va >= LDT_BASE_ADDR && is->use == IN_TREE && !world.mm.context.ldt)
			must(!is->found, "a table of an LDT that is not installed is found");
		else if (is->va < LDT_BASE_ADDR ? stays_in_area(is) : !now.changes)
			must(is->found == 1, "level %d for 0x%lx, use %d, is found %u times",
			     is->level, is->va, is->use, is->found);
	}
}

static void begin_walk(void)
{
	unsigned long i;

	for (i = 0; i < WORLD_PAGES; i++)
		world.tables[i].found = 0;
	now.began = world.now;
	now.nr_deposits = now.next_deposit = 0;
	now.looking = false;
	now.slept_ns = 0;
	now.held_by_others = 0;
	now.signals_left = now.interrupts && !below(3) ? 2 + below(60) : 0;
	now.contended_one_in = now.interrupts ? below(3) * 4 : 0;
	ptc_patience_for_pass(&patience);
	met.walks++;
}

/* Returns whether the walk goes on after it did not get the lock. */
static bool goes_on_when_busy(void)
{
	met.busy++;
	must(now.refused, "-EBUSY, and nobody has the lock");
	must(!patience.mm_ns, "-EBUSY, and it may wait for %llu ns", patience.mm_ns);
	now.held_by_others = 0;
	return below(2);
}

/* Returns whether the walk came to its end. */
static bool walk_on(void)
{
	for (;;) {
		int ret = ptc_mm_walk(&walk);

		must(!now.locked && !shim_atomic, "a lock is held at the end, %d", ret);
		must(now.slept_ns <= WAIT_PER_MM, "it waited for %llu ns", now.slept_ns);
		if (!ret)
			return true;
		must(now.interrupts, "%d, and nobody interrupted", ret);
		if (ret == -EINTR) {
			must(now.signals_left == 1, "-EINTR without a signal");
			met.signals++;
			now.signals_left = 0;
			if (below(2))
				return false;
		} else if (ret == -EBUSY) {
			if (!goes_on_when_busy())
				return false;
		} else {
			must(ret == 1, "%d", ret);
		}
	}
}

static void one_walk(struct ptc_visitor *visitor)
{
	begin_walk();
	ptc_mm_walk_begin(&walk, &world.mm, visitor, &patience);
	if (walk_on())
		check_all_found();
}

static struct ptc_visitor new_visitor(bool count, bool looks)
{
	now.count = count;
	now.looks = looks;
	return (struct ptc_visitor){ .visit = visit, .look = looks ? look : NULL, .count = count };
}

static void test_walks(unsigned long rounds, bool interrupts, bool changes, const char *promise)
{
	static const enum world_kind kinds[] = {
		RANDOM, RANDOM, RANDOM, AREAS, RANDOM, RANDOM, RANDOM, RANDOM, RANDOM, TABLES,
		RANDOM, RANDOM, RANDOM, RANDOM, NOTHING,
	};
	unsigned long round, i;

	for (round = 0; round < rounds; round++) {
		struct ptc_visitor visitor;

		now.interrupts = now.changes = false;
		world_begin(4 + round % 2, below(2));
		world_populate(kinds[round % ARRAY_SIZE(kinds)]);
		now.interrupts = interrupts;
		now.changes = changes;
		meanwhile = changes ? happens : NULL;
		for (i = 0; i < 4; i++) {
			visitor = new_visitor(below(4), below(2));
			one_walk(&visitor);
		}
		meanwhile = NULL;
		world_rcu_ends();
	}
	now.interrupts = now.changes = false;
	test_ends(promise);
}

static void test_planted(unsigned long rounds)
{
	struct ptc_visitor visitor = new_visitor(true, true);
	unsigned long round;

	for (round = 0; round < rounds; round++) {
		pgd_t *top;

		now.interrupts = false;
		world_begin(4 + round % 2, false);
		world.tables[virt_to_page(world.mm.pgd) - shim_mem_map].since = ULONG_MAX;
		top = world_plant();
		now.interrupts = true;
		begin_walk();
		ptc_mm_walk_begin_space(&walk, &(struct ptc_space){ .top = top }, &visitor,
					&patience);
		if (walk_on())
			check_all_found();
	}
	now.interrupts = false;
	test_ends("tables under a top of their own: each is found once");
}

/* Is any address from @from on that the table maps in an area? */
static bool reaches(const struct table *is, unsigned long from)
{
	enum pt_cache_level level = is->use == DEPOSIT ? PT_CACHE_PMD : is->level;
	unsigned long start = max(is->va, from), end = is->va + world_span(level);

	return level == PT_CACHE_PGD || (start < end && world_in_area(start, end - start));
}

static void check_found_from(unsigned long from)
{
	unsigned long i;

	for (i = 0; i < WORLD_PAGES; i++) {
		const struct table *is = &world.tables[i];

		if (is->use != FREE && is->va < LDT_BASE_ADDR)
			must(is->found == reaches(is, from), "from 0x%lx: level %d for 0x%lx: %u",
			     from, is->level, is->va, is->found);
	}
}

static void test_from(unsigned long rounds)
{
	unsigned long round;

	for (round = 0; round < rounds; round++) {
		struct ptc_visitor visitor = new_visitor(true, below(2));
		unsigned long from;

		world_begin(4 + round % 2, below(2));
		world_populate(RANDOM);
		from = world.areas[below(world.nr_areas)].vm_start + below(2000) * PAGE_SIZE;
		from = below(10) ? from : 0;
		begin_walk();
		ptc_mm_walk_begin(&walk, &world.mm, &visitor, &patience);
		ptc_mm_walk_from(&walk, from);
		check(walk_on(), "no end");
		check_found_from(from);
	}
	test_ends("a walk from an address on finds the tables that map what is mapped from there on");
}

/* ---- how long it waits ---- */

static int walk_once(struct ptc_visitor *visitor)
{
	ptc_mm_walk_begin(&walk, &world.mm, visitor, &patience);
	return ptc_mm_walk(&walk);
}

static void begin_waiting(u64 ns)
{
	begin_walk();
	now.free_at = now.ns + ns;
}

static void test_waiting(void)
{
	struct ptc_visitor visitor = new_visitor(true, false);
	u64 counted = ptc_counter_sum(PTC_mmap_lock_wait_ns);
	unsigned int i, waited = 0;

	world_begin(4, false);
	world_populate(RANDOM);
	begin_waiting(0);
	check(!walk_once(&visitor) && !now.slept_ns, "nobody has the lock, and it waits");
	begin_waiting(30 * NSEC_PER_MSEC);
	check(!walk_once(&visitor), "it was to be had");
	check(now.slept_ns >= 30 * NSEC_PER_MSEC && now.slept_ns < 45 * NSEC_PER_MSEC,
	      "it waits for %llu ns, and 30 ms were enough", now.slept_ns);
	check(ptc_counter_sum(PTC_mmap_lock_wait_ns) - counted == now.slept_ns,
	      "%llu ns are counted", ptc_counter_sum(PTC_mmap_lock_wait_ns) - counted);
	test_ends("a lock that somebody holds for a while is waited for, and that is counted");

	begin_waiting(ULONG_MAX / 2);
	check(walk_once(&visitor) == -EBUSY, "it gets the lock");
	check(now.slept_ns >= WAIT_PER_MM / 2 && now.slept_ns <= WAIT_PER_MM, "%llu ns",
	      now.slept_ns);
	now.slept_ns = 0;
	check(ptc_mm_walk(&walk) == -EBUSY && !now.slept_ns, "it waits again");
	now.free_at = 0;
	check(!ptc_mm_walk(&walk), "the lock is free");
	check_all_found();
	test_ends("not for long; after that, the walk tries, and may yet be finished");

	begin_waiting(ULONG_MAX / 2);
	for (i = 0; i < 200; i++) {
		u64 before = now.slept_ns;

		check(walk_once(&visitor) == -EBUSY, "it gets the lock");
		waited += now.slept_ns > before;
	}
	check(now.slept_ns <= WAIT_PER_PASS, "%llu ns", now.slept_ns);
	check(waited >= 10, "%u mms use it all up", waited);
	now.free_at = 0;
	test_ends("a pass over many stuck processes does not wait for long, and for more than the first");

	begin_waiting(ULONG_MAX / 2);
	now.signals_left = 5;
	check(walk_once(&visitor) == -EINTR, "no signal ends it");
	check(now.slept_ns < NSEC_PER_MSEC, "%llu ns", now.slept_ns);
	now.free_at = now.signals_left = 0;
	test_ends("a signal ends the waiting");
}

/* ---- somebody always waits for it ---- */

static void test_contended(void)
{
	struct ptc_visitor visitor = new_visitor(true, false);
	unsigned long most = met.most_steps;

	world_begin(4, false);
	world_populate(TABLES);
	begin_walk();
	now.contended_one_in = 1;
	met.most_steps = 0;
	ptc_mm_walk_begin(&walk, &world.mm, &visitor, &patience);
	check(walk_on(), "no end");
	check_all_found();
	check(met.most_steps == 1, "%lu steps", met.most_steps);
	met.most_steps = most;
	test_ends("with somebody always waiting, the lock is given up after each step, and all are found");
}

/* ---- a visitor that sleeps ---- */

static bool sleep_at(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	cond_resched();
	return true;
}

/* The sanitizers' last words about it are not shown. */
static void test_sleep(void)
{
	struct ptc_visitor visitor = { .visit = sleep_at };
	int status = 0;
	pid_t child;

	world_begin(4, false);
	world_populate(RANDOM);
	begin_walk();
	fflush(stdout);
	child = fork();
	if (!child) {
		fclose(stderr);
		walk_once(&visitor);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status), "status 0x%x", status);
	test_ends("who sleeps with the lock held would be seen here");
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 100;

	world.random = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	test_walks(rounds, false, false, "each table is found once, with all its entries");
	test_walks(rounds, true, false, "also with interruptions");
	test_walks(rounds, false, true, "what is there all the time is found once, others change the rest");
	test_walks(rounds, true, true, "also with interruptions");
	test_planted(rounds);
	test_from(rounds);
	test_waiting();
	test_contended();
	test_sleep();
	printf("# %lu walks, %lu tables, %lu deposited, %lu shared, %lu ours, %lu of LDTs\n", met.walks,
	       met.tables, met.deposits, met.shared, met.ours, met.ldt);
	printf("# %lu changes; %lu gone while looked at; %lu times no room, %lu signals\n",
	       world.changes, met.gone, met.full, met.signals);
	printf("# %lu times no lock, %lu given up, %lu contended; at most %lu steps in a hold\n",
	       met.no_lock, met.busy, met.contended, met.most_steps);
	world_end();
	return tests_end();
}
