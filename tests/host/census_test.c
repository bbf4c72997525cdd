// SPDX-License-Identifier: GPL-2.0
/*
 * module/census/census.c, unchanged, fed by false walks: random tables, added up here by a look at
 * each of them for each sum.
 *
 * Usage: census_test [SEED [ROUNDS]]
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "census/census.h"
#include "census/kernel_walk.h"
#include "tap.h"

#define MOST	600

struct mm_struct {
	unsigned long bytes;	/* as the kernel counts them */
};

/* What the walks find, and how they end. */
static struct {
	struct mm_struct mm;
	struct ptc_mm_table tables[MOST];
	unsigned int nr;
	unsigned int refused;	/* how often the visitor had no room */
	int result;
	bool occupancy_asked_for;
	struct ptc_patience patience;
} world;

static unsigned long long random_state;

static unsigned int random_number(unsigned int below)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % below;
}

/* ---- the false walks ---- */

static int walk(struct ptc_visitor *visitor)
{
	unsigned int i;

	world.occupancy_asked_for = visitor->count;
	for (i = 0; i < world.nr; i++)
		world.refused += !visitor->visit(visitor, &world.tables[i]);
	return world.result;
}

void ptc_mm_walk_begin(struct ptc_mm_walk *mm_walk, struct mm_struct *mm,
		       struct ptc_visitor *visitor, struct ptc_patience *patience)
{
	check(patience == &world.patience, "another patience");
	memset(mm_walk, 0, sizeof(*mm_walk));
	mm_walk->mm = mm;
	mm_walk->visitor = visitor;
}

unsigned long mm_pgtables_bytes(const struct mm_struct *mm)
{
	return mm->bytes;
}

int ptc_mm_walk(struct ptc_mm_walk *mm_walk)
{
	check(mm_walk->mm == &world.mm, "another mm is walked");
	return walk(mm_walk->visitor);
}

int ptc_kernel_walk(struct ptc_visitor *visitor)
{
	return walk(visitor);
}

/* ---- the model ---- */

static unsigned long of_level(enum pt_cache_level level)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < world.nr; i++)
		nr += world.tables[i].level == level;
	return nr;
}

static unsigned long with(bool (*property)(const struct ptc_mm_table *table))
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < world.nr; i++)
		nr += property(&world.tables[i]);
	return nr;
}

static bool is_deposited(const struct ptc_mm_table *table)
{
	return table->deposited;
}

/* Nobody has counted the entries of a deposited table. */
static bool is_empty_pte(const struct ptc_mm_table *table)
{
	return table->level == PT_CACHE_PTE && !table->occupancy;
}

static bool is_full_pte(const struct ptc_mm_table *table)
{
	return table->level == PT_CACHE_PTE && table->occupancy == 512;
}

static bool is_empty_pmd(const struct ptc_mm_table *table)
{
	return table->level == PT_CACHE_PMD && !table->occupancy;
}

static bool is_shared(const struct ptc_mm_table *table)
{
	return table->share_count > 0;
}

static bool is_ours(const struct ptc_mm_table *table)
{
	return table->ours;
}

static unsigned long not_on(int nid)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < world.nr && nid >= 0; i++)
		nr += (int)((world.tables[i].pfn - SHIM_FIRST_PFN) / SHIM_NODE_PAGES) != nid;
	return nr;
}

/* What is known of a walk, whole or its first part; @nid: of the process, or -1. */
static void compare(const struct ptc_census *census, unsigned long unnamed_pgds, int nid)
{
	int level;

	for (level = PT_CACHE_PTE; level <= PT_CACHE_PGD; level++) {
		unsigned long nr = of_level(level) + (level == PT_CACHE_PGD ? unnamed_pgds : 0);

		check(census->tables[level] == nr, "level %d: %lu, there are %lu", level,
		      census->tables[level], nr);
	}
	check(census->deposited == with(is_deposited), "%lu deposited", census->deposited);
	check(census->pte_empty == with(is_empty_pte), "%lu empty", census->pte_empty);
	check(census->pte_full == with(is_full_pte), "%lu full", census->pte_full);
	check(census->pmd_empty == with(is_empty_pmd), "%lu PMD tables empty", census->pmd_empty);
	check(census->pmd_shared == with(is_shared), "%lu shared", census->pmd_shared);
	check(census->ours == with(is_ours), "%lu ours", census->ours);
	check(census->remote == not_on(nid), "%lu remote, on others than node %d there are %lu",
	      census->remote, nid, not_on(nid));
	check(!world.refused, "the walk was stopped");
}

static void compare_whole(const struct ptc_census *census, unsigned long unnamed_pgds, int nid)
{
	unsigned long vm_pte = 0;
	int level;

	compare(census, unnamed_pgds, nid);
	for (level = PT_CACHE_PTE; level <= PT_CACHE_PUD; level++)
		vm_pte += of_level(level) * PAGE_SIZE;
	check(census->bytes == vm_pte, "%lu bytes, %lu are right", census->bytes, vm_pte);
	check(census->state == PTC_CENSUS_OK, "state %d", census->state);
}

/* ---- tests ---- */

static struct ptc_mm_table random_table(void)
{
	struct ptc_mm_table table = {
		.va = random_number(512) << 21,
		.pfn = SHIM_FIRST_PFN + random_number(SHIM_PAGES),
		.level = random_number(PTC_LEVELS),
		.occupancy = random_number(3) ? 1 + (int)random_number(512) : 512 * random_number(2),
		.page_refs = 1,
		.share_count = -1,
		.ours = random_number(2),
		.marked = random_number(2),
	};

	if (table.level == PT_CACHE_PTE && !random_number(4)) {
		table.deposited = true;
		table.va = PTC_NO_VA;
		table.occupancy = -1;
	}
	if (table.level == PT_CACHE_PMD)
		table.share_count = random_number(3);
	return table;
}

/* Sums start from zero, whatever was in the census before. */
static struct ptc_census dirty_census(void)
{
	struct ptc_census census;

	memset(&census, 0x5a, sizeof(census));
	return census;
}

static void random_tables(unsigned int nr)
{
	for (world.nr = 0; world.nr < nr; world.nr++)
		world.tables[world.nr] = random_table();
}

static int census_of(struct ptc_mm_walk *mm_walk, int nid, struct ptc_census *census)
{
	const struct ptc_process process = { .mm = &world.mm, .nid = nid, .pid = 7 };

	world.mm.bytes = random_number(1 << 30);
	*census = dirty_census();
	return ptc_census_of_process(mm_walk, &process, &world.patience, census);
}

static void test_random(struct ptc_mm_walk *mm_walk, unsigned long rounds)
{
	struct ptc_census census;
	unsigned long i;

	for (i = 0; i < rounds; i++) {
		int nid = random_number(SHIM_NODES + 1);

		random_tables(i % MOST);
		check(!census_of(mm_walk, nid, &census), "round %lu", i);
		compare_whole(&census, 0, nid);
		check(world.occupancy_asked_for, "the walk does not count entries");
		census = dirty_census();
		check(!ptc_census_of_kernel(&census), "round %lu", i);
		compare_whole(&census, 1, -1);
	}
	test_ends("the sums are those of the tables that were found, and the kernel has a PGD more");
}

/* The lock was not to be had at first, or not any more. */
static void test_busy(struct ptc_mm_walk *mm_walk, unsigned long rounds)
{
	struct ptc_census census;
	unsigned long i;

	world.result = -EBUSY;
	for (i = 0; i < rounds; i++) {
		random_tables(i % MOST);
		if (world.nr) /* a walk finds it first */
			world.tables[0] = (struct ptc_mm_table){
				.pfn = SHIM_FIRST_PFN, .level = PT_CACHE_PGD, .occupancy = 1,
				.share_count = -1,
			};
		check(!census_of(mm_walk, 1, &census), "a process that is busy is an error");
		check(census.state == (world.nr ? PTC_CENSUS_CUT : PTC_CENSUS_BUSY),
		      "state %d after %u tables", census.state, world.nr);
		check(census.bytes == world.mm.bytes, "%lu bytes, the kernel says %lu",
		      census.bytes, world.mm.bytes);
		compare(&census, 0, 1);
	}
	world.result = 0;
	test_ends("of a process that is busy, or busy from some table on, the bytes are the kernel's");
}

static void test_errors(struct ptc_mm_walk *mm_walk)
{
	static const int errors[] = { -EINTR, -ENOMEM };
	struct ptc_census census;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		world.result = errors[i];
		check(ptc_census_of_kernel(&census) == world.result, "%d is lost", world.result);
		check(census_of(mm_walk, 0, &census) == world.result, "%d is lost", world.result);
	}
	world.result = 0;
	test_ends("an error of the walk is told");
}

int main(int argc, char **argv)
{
	struct ptc_mm_walk *mm_walk = malloc(sizeof(*mm_walk));
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 2000;

	random_state = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	test_random(mm_walk, rounds);
	test_busy(mm_walk, rounds);
	test_errors(mm_walk);
	free(mm_walk);
	return tests_end();
}
