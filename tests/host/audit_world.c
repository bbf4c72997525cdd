// SPDX-License-Identifier: GPL-2.0
/* See audit_world.h. */
#include <stdlib.h>

#include "audit_world.h"

/* Page frames come as groups of neighbours and alone, over all memory; no two are the same. */
#define SCATTER		2654435761UL	/* neither even nor a multiple of 3 */
#define GROUP		64

/* On the way to a place: a table of each level, and what is deposited with a PMD table. */
#define LOOK_MOST	40

struct world world;
unsigned long world_pages;
unsigned long world_top[512];

static struct mm_struct own_mm = { .pgd = (pgd_t *)world_top };
static unsigned long pfn_group, pfn_left;

unsigned long below(unsigned long limit)
{
	world.random = world.random * 6364136223846793005UL + 1442695040888963407UL;
	return (world.random >> 24) % limit;
}

unsigned long world_new_pfn(void)
{
	unsigned long regions = world_pages / 512;

	if (!pfn_left) {
		must(++pfn_group < regions, "no memory for so many tables");
		pfn_left = pfn_group % 2 ? GROUP : 1;
	}
	return pfn_group * SCATTER % regions * 512 + pfn_left--;
}

/* ---- tables of a space ---- */

/* A PMD table comes before those that are deposited with it, and these before all below it. */
static int world_compare(const struct world_table *a, const struct world_table *b)
{
	if (a->va != b->va)
		return a->va < b->va ? -1 : 1;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (a->deposited != b->deposited)
		return a->deposited ? 1 : -1;
	return a->pfn < b->pfn ? -1 : a->pfn > b->pfn;
}

/* The first table that is not before @table. */
static unsigned int world_find(const struct world_space *space, const struct world_table *table)
{
	unsigned int from = 0, to = space->nr;

	while (from < to) {
		unsigned int middle = (from + to) / 2;

		if (world_compare(&space->tables[middle], table) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

void world_insert(struct world_space *space, const struct world_table *table)
{
	unsigned int at = world_find(space, table);

	if (space->nr == space->room) {
		space->room = space->room * 2 + 8;
		space->tables = realloc(space->tables, space->room * sizeof(*table));
		must(space->tables, "no memory");
	}
	memmove(&space->tables[at + 1], &space->tables[at], (space->nr++ - at) * sizeof(*table));
	space->tables[at] = *table;
}

void world_remove(struct world_space *space, unsigned int at)
{
	memmove(&space->tables[at], &space->tables[at + 1],
		(--space->nr - at) * sizeof(space->tables[0]));
}

/* A table of PMDs of the space, or NULL. */
static const struct world_table *world_some_pmd_table(const struct world_space *space)
{
	unsigned int at = below(space->nr), looked;

	for (looked = 0; looked < space->nr; looked++, at++) {
		const struct world_table *table = &space->tables[at % space->nr];

		if (table->level == PT_CACHE_PMD && !table->deposited)
			return table;
	}
	return NULL;
}

/* An address has one table of a level. */
static bool world_has_table_at(const struct world_space *space, enum pt_cache_level level,
			       unsigned long va)
{
	const struct world_table before = { .level = level, .va = va };
	unsigned int at = world_find(space, &before);

	return at < space->nr && space->tables[at].level == level && space->tables[at].va == va;
}

static unsigned long world_new_va(const struct world_space *space, enum pt_cache_level level)
{
	unsigned long va;

	do {
		va = ptc_table_start(level, below(TASK_SIZE_MAX >> PAGE_SHIFT) << PAGE_SHIFT);
	} while (world_has_table_at(space, level, va));
	return va;
}

void world_insert_somewhere(struct world_space *space, unsigned long pfn, int level)
{
	struct world_table table = { .pfn = pfn, .share_count = -1 };
	const struct world_table *above = NULL;

	if (level == WORLD_ANY_LEVEL)
		level = below(6) ? below(2) ? PT_CACHE_PTE : WORLD_DEPOSIT :
		       below(2) ? PT_CACHE_PMD : PT_CACHE_PUD;
	if (level == WORLD_DEPOSIT)
		above = world_some_pmd_table(space);
	table.deposited = above;
	table.level = above ? PT_CACHE_PMD : max(level, (int)PT_CACHE_PTE);
	table.va = above ? above->va : world_new_va(space, table.level);
	if (table.level == PT_CACHE_PMD && !above)
		table.share_count = 0;
	world_insert(space, &table);
}

static void world_populate(struct world_space *space, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		int level = !i ? PT_CACHE_PGD : i < 4 ? PT_CACHE_PUD : PT_CACHE_PTE;

		if (level == PT_CACHE_PTE && i % 8 == 4)
			level = PT_CACHE_PMD;
		else if (level == PT_CACHE_PTE && !below(16))
			level = WORLD_DEPOSIT;
		world_insert_somewhere(space, world_new_pfn(), level);
	}
}

/* With @planted, the last two spaces are those of a test, behind all processes. */
void world_begin(unsigned long pages, unsigned int nr_spaces, unsigned int nr_tables, bool planted)
{
	unsigned int i;

	world_pages = pages;
	pfn_group = pfn_left = 0;
	current->mm = &own_mm;
	world.nr_spaces = nr_spaces;
	world.spaces = calloc(nr_spaces, sizeof(*world.spaces));
	must(world.spaces, "no memory");
	for (i = 0; i < nr_spaces; i++) {
		struct world_space *space = &world.spaces[i];
		bool process = !planted || i < nr_spaces - 2;

		space->mm = process ? &space->own : NULL;
		space->at = (process ? 1 : 4 << 20) + 3 * i;
		space->top = world_top;
		world_populate(space, nr_tables);
	}
}

void world_end(void)
{
	unsigned int i;

	for (i = 0; i < world.nr_spaces; i++)
		free(world.spaces[i].tables);
	free(world.spaces);
	world.nr_spaces = 0;
}

void world_begin_audit(void)
{
	world.passes = 0;
	world.visits = world.looks = world.patiences = world.events = 0;
	world.judging = world.signal = false;
}

/* ---- what the audit calls ---- */

/* Something happens, or a signal comes. */
static bool world_event(void)
{
	if (++world.events == world.signal_at)
		world.signal = true;
	if (world.happens)
		world.happens();
	return world.signal;
}

bool signal_pending(struct task_struct *task)
{
	return world_event();
}

static unsigned int world_refs(void)
{
	unsigned int i, refs = 0;

	for (i = 0; i < world.nr_spaces; i++)
		refs += world.spaces[i].refs;
	return refs;
}

static unsigned long world_identity(const struct world_space *space)
{
	return (unsigned long)(space->mm ?: &space->own);
}

int ptc_space_next(pid_t from, struct ptc_space *space)
{
	unsigned int at;

	must(!shim_atomic, "in an atomic section");
	if (world_event())
		return -EINTR;
	memset(space, 0x5a, sizeof(*space));
	if (!from) {
		must(!world.judging, "all processes are walked to judge");
		world.passes++;
	}
	for (at = 0; at < world.nr_spaces; at++) {
		struct world_space *found = &world.spaces[at];

		if (found->at < from || found->ended)
			continue;
		found->refs++;
		memset(space, 0, sizeof(*space));
		space->process.mm = found->mm;
		space->process.pid = found->at;
		space->top = (pgd_t *)found->top;
		space->mm = world_identity(found);
		space->at = found->at;
		return 1;
	}
	return 0;
}

static struct world_space *world_space_at(pid_t at)
{
	unsigned int i;

	for (i = 0; i < world.nr_spaces; i++)
		if (world.spaces[i].at == at)
			return &world.spaces[i];
	must(false, "no space at %d", at);
}

void ptc_space_put(struct ptc_space *space)
{
	must(--world_space_at(space->at)->refs >= 0, "put, and not held");
}

void ptc_patience_for_pass(struct ptc_patience *patience)
{
	world.patiences++;
	patience->pass_ns = 1;
}

/* The walk that is under way: of which space, from where, and what it came to last. */
static struct {
	struct world_space *space;
	unsigned long from;
	struct world_table last;
	bool began;
} walked;

void ptc_mm_walk_begin_space(struct ptc_mm_walk *walk, const struct ptc_space *space,
			     struct ptc_visitor *visitor, struct ptc_patience *patience)
{
	must(world.patiences == 1 && patience->pass_ns == 1, "another patience");
	must(world_refs() <= 2, "%u address spaces are held", world_refs());
	walk->visitor = visitor;
	walked.space = world_space_at(space->at);
	must(walked.space->refs, "walked, and not held");
	walked.from = 0;
	walked.began = false;
}

void ptc_mm_walk_from(struct ptc_mm_walk *walk, unsigned long va)
{
	must(world_refs() == 2, "judged without both being held");
	world.judging = true;
	world.looks++;
	walked.from = va;
}

/* The next table on the way, or NULL. */
static const struct world_table *world_next(void)
{
	const struct world_space *space = walked.space;
	unsigned int at = walked.began ? world_find(space, &walked.last) : 0;

	for (; at < space->nr; at++) {
		const struct world_table *table = &space->tables[at];

		if (walked.began && world_compare(table, &walked.last) <= 0)
			continue;
		if (ptc_table_end(table->level, table->va) > walked.from)
			return table;
	}
	return NULL;
}

static bool world_visit(struct ptc_visitor *visitor, const struct world_table *is)
{
	static const unsigned long nothing[512];
	struct ptc_mm_table table = {
		.va = is->deposited ? PTC_NO_VA : is->va,
		.pfn = is->pfn,
		.level = is->deposited ? PT_CACHE_PTE : is->level,
		.occupancy = -1,
		.share_count = is->share_count,
		.deposited = is->deposited,
		.ours = is->ours,
		.owner = is->owner,
		.marked = !is->unmarked,
	};
	bool goes_on;

	must(!visitor->count, "entries are counted");
	shim_irq_save();
	if (visitor->look && !is->deposited)
		visitor->look(visitor, &table, is->entries ?: nothing);
	goes_on = visitor->visit(visitor, &table);
	shim_irq_restore();
	return goes_on;
}

/* A table that is met is one more event; it is the table as it was before that. */
int ptc_mm_walk(struct ptc_mm_walk *walk)
{
	unsigned int busy = world.judging ? WORLD_BUSY_JUDGED : world.passes, nr = 0;
	const struct world_table *table;

	while ((table = world_next())) {
		walked.last = *table;
		walked.began = true;
		if (world_event())
			return -EINTR;
		if (walked.space->busy & busy && nr >= walked.space->busy_after)
			return -EBUSY;
		must(++nr <= LOOK_MOST || !world.judging, "to look at a place takes many tables");
		world.visits += !world.judging;
		if (!world_visit(walk->visitor, &walked.last)) {
			if (world.judging && world.judged)
				world.judged(walked.last.pfn);
			return 1;
		}
	}
	return 0;
}
