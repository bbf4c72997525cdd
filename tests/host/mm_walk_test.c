// SPDX-License-Identifier: GPL-2.0
/*
 * module/census/mm_walk.c, unchanged, over address spaces that are made up and that others change
 * while they are walked, as far as the lock allows that the walk holds: see mm_world.h. The walk is
 * interrupted by visitors without room, by signals, by a lock that cannot be had.
 *
 * Each table that was there all the time, in one place, is found once, with as many entries as it
 * had; none is read that was freed; and the lock is held no longer than it is said.
 *
 * Usage: mm_walk_test [SEED [ROUNDS]]
 */
#include <stdlib.h>

#include "census/mm_walk.h"
#include "mm_world.h"

/* How long the mmap lock is held, at most: so many steps, and so much of the address space. */
#define STEPS_PER_LOCK	4096
#define SIZE_PER_LOCK	(1UL << 30)

static struct ptc_mm_walk walk;

/* One walk. */
static struct {
	unsigned long began;		/* world.now */
	bool count, changes, interrupts;
	bool locked;
	bool looking;			/* the visitor is called for a table that it was shown */
	bool gone;			/* unless its PMD has changed meanwhile */
	struct ptc_mm_table looked_at;
	unsigned int looks;		/* since signals were looked at */
	unsigned long steps_left;	/* until a signal comes; 0: none does */
	unsigned long steps, first, last;	/* while the lock is held: addresses of PMD and PTE tables */
	bool shown_any;
	unsigned long deposits[512];	/* page frames that are to come, as the list has them */
	unsigned int nr_deposits, next_deposit;
} now;

/* What was met, so that a run that met nothing is seen. */
static struct {
	unsigned long walks, tables, deposits, shared, ours, ldt, gone, full, signals, no_lock,
		      most_steps;
} met;

/* ---- the lock, and what happens ---- */

static spinlock_t pmd_spinlock = PTHREAD_MUTEX_INITIALIZER;

int mmap_read_lock_killable(struct mm_struct *mm)
{
	must(mm == &world.mm && !now.locked && !shim_atomic, "locked twice, or in an atomic section");
	if (now.interrupts && !below(40)) {
		met.no_lock++;
		return -EINTR;
	}
	now.locked = true;
	now.steps = 0;
	now.shown_any = false;
	return 0;
}

void mmap_read_unlock(struct mm_struct *mm)
{
	must(mm == &world.mm && now.locked && !shim_atomic, "unlocked, and it was not locked");
	must(now.steps <= STEPS_PER_LOCK, "%lu steps with the lock held", now.steps);
	must(!now.shown_any || now.last - now.first < SIZE_PER_LOCK,
	     "0x%lx to 0x%lx with the lock held", now.first, now.last);
	met.most_steps = max(met.most_steps, now.steps);
	now.locked = false;
	while (now.changes && below(4))
		world_change();
}

spinlock_t *pmd_lock(struct mm_struct *mm, pmd_t *pmd)
{
	struct page *page = virt_to_page(pmd)->pmd_huge_pte, *first = page;

	must(mm == &world.mm && now.locked && !shim_atomic, "the PMD lock in an atomic section");
	must(now.next_deposit == now.nr_deposits, "%u deposited tables are not told",
	     now.nr_deposits - now.next_deposit);
	now.next_deposit = now.nr_deposits = 0;
	for (; page && now.nr_deposits < ARRAY_SIZE(now.deposits); page = list_next_entry(page, lru)) {
		now.deposits[now.nr_deposits++] = page_to_pfn(page);
		if (page->lru.next == &first->lru)
			break;
	}
	spin_lock(&pmd_spinlock);
	return &pmd_spinlock;
}

/* Once a step: so the steps are counted here. */
bool signal_pending(struct task_struct *task)
{
	now.steps++;
	now.looks = 0;
	if (now.steps_left)
		now.steps_left--;
	return now.interrupts && now.steps_left == 1;
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
	if (!shim_atomic)
		world_rcu_ends();
	if (!below(20))
		world_unmap_ends();
	if (now.locked && !below(30))
		world_change_meanwhile(shim_atomic);
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
	must(now.locked, "looked at without the lock");
	must(world_in_area(table->va, size), "a table under no area is looked at, for 0x%lx",
	     table->va);
	if (table->level > PT_CACHE_PMD)
		return;
	now.first = now.shown_any ? min(now.first, table->va) : table->va;
	now.last = now.shown_any ? max(now.last, table->va) : table->va;
	now.shown_any = true;
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

	must(shim_atomic, "the entries are shown with interrupts on");
	must(!now.looks++, "signals are not looked at between two tables");
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

static bool visit(struct ptc_visitor *visitor, const struct ptc_mm_table *table)
{
	struct table *is = &world.tables[table->pfn - SHIM_FIRST_PFN];

	must(!shim_atomic && (now.locked || !walk.mm || table->va >= LDT_BASE_ADDR ||
			      table->deposited), "told without the lock, or in an atomic section");
	if (table->deposited)
		check_deposited(table);
	else
		check_looked_at(table);
	if (now.interrupts && !below(8)) {
		met.full++;
		return false;
	}
	now.next_deposit += table->deposited;
	met.tables++;
	/* unless it is something else already */
	if ((is->use == DEPOSIT) == table->deposited && (table->deposited || is->va == table->va))
		must(++is->found == 1, "level %d for 0x%lx is found twice", table->level,
		     table->va);
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

/*
 * What has been there all the time, where the walk goes, is found. When all that lies before the
 * walk went while the visitor had no room, so have the deposited tables that were to be told.
 */
static void check_all_found(void)
{
	unsigned long i;

	must(now.changes || now.next_deposit == now.nr_deposits, "deposited tables are not told");
	for (; now.next_deposit < now.nr_deposits; now.next_deposit++)
		world.tables[now.deposits[now.next_deposit] - SHIM_FIRST_PFN].since = ULONG_MAX;
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
	now.steps = 0;
	now.steps_left = now.interrupts && !below(3) ? 2 + below(300) : 0;
	met.walks++;
}

/* Returns whether the walk came to its end. */
static bool walk_on(void)
{
	for (;;) {
		int ret = ptc_mm_walk(&walk);

		must(!now.locked && !shim_atomic, "a lock is held at the end, %d", ret);
		if (ret == -EINTR) {
			must(now.interrupts, "-EINTR, and nobody interrupted");
			met.signals += now.steps_left == 1;
			return false;
		}
		if (!ret)
			return true;
		must(ret == 1 && now.interrupts, "%d", ret);
	}
}

static void one_walk(struct ptc_visitor *visitor)
{
	begin_walk();
	ptc_mm_walk_begin(&walk, &world.mm, visitor);
	if (walk_on())
		check_all_found();
	now.steps_left = 0;
}

static void test_walks(unsigned long rounds, bool interrupts, bool changes, const char *promise)
{
	static const enum world_kind kinds[] = {
		RANDOM, RANDOM, RANDOM, AREAS, RANDOM, RANDOM, RANDOM, RANDOM, RANDOM, TABLES,
		RANDOM, RANDOM, RANDOM, RANDOM, NOTHING,
	};
	unsigned long round, i;

	for (round = 0; round < rounds; round++) {
		struct ptc_visitor visitor = { .visit = visit, .look = look, .count = below(4) };

		now.count = visitor.count;
		now.interrupts = now.changes = false;
		world_begin(4 + round % 2, below(2));
		world_populate(kinds[round % ARRAY_SIZE(kinds)]);
		now.interrupts = interrupts;
		now.changes = changes;
		meanwhile = changes ? happens : NULL;
		for (i = 0; i < 4; i++)
			one_walk(&visitor);
		meanwhile = NULL;
		world_rcu_ends();
	}
	test_ends(promise);
}

static void test_planted(unsigned long rounds)
{
	struct ptc_visitor visitor = { .visit = visit, .look = look, .count = true };
	unsigned long round;

	now.count = true;
	now.changes = false;
	for (round = 0; round < rounds; round++) {
		pgd_t *top;

		now.interrupts = false;
		world_begin(4 + round % 2, false);
		world.tables[virt_to_page(world.mm.pgd) - shim_mem_map].since = ULONG_MAX;
		top = world_plant();
		now.interrupts = true;
		begin_walk();
		ptc_mm_walk_begin_space(&walk, &(struct ptc_space){ .top = top }, &visitor);
		if (walk_on())
			check_all_found();
	}
	test_ends("tables under a top of their own: each is found once");
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
	printf("# %lu walks, %lu tables, %lu deposited, %lu shared, %lu ours, %lu of LDTs\n", met.walks,
	       met.tables, met.deposits, met.shared, met.ours, met.ldt);
	printf("# %lu changes; %lu gone while looked at; %lu times no room, %lu signals, %lu no lock\n",
	       world.changes, met.gone, met.full, met.signals, met.no_lock);
	printf("# at most %lu steps with the lock held\n", met.most_steps);
	world_end();
	return tests_end();
}
