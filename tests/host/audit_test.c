// SPDX-License-Identifier: GPL-2.0
/*
 * module/census/audit.c and suspects.c, unchanged, on processes that are made up: see
 * audit_world.h. What is in two mms is found wherever it lies, in at most two walks over the
 * processes; what moves, ends or is met twice in one mm is not reported; what cannot be told is
 * counted.
 *
 * Usage: audit_test [SEED [TABLES]]: so many tables on the machine of 12 TB
 */
#include <stdlib.h>

#include "alloc/index.h"
#include "alloc/record.h"
#include "audit_world.h"
#include "census/audit.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"

/* As module/census/audit.c has them. */
#define JUDGED		64
#define TURNS		3

#define MOST		4000

static struct ptc_audit_findings report;
static struct ptc_audit_result *const one_mm = &report.results[PTC_AUDIT_one_mm];

/* Tables that are in two mms, and how often each was found where it was looked for. */
static struct {
	unsigned long pfn;
	unsigned int found;
} planted[MOST];
static unsigned int nr_planted;

/* ---- the direct map: an entry is its page frame ---- */

static unsigned long read_only;		/* the page frame that is; 0: none is */

int ptc_direct_map_read(unsigned long pfn, unsigned int nr, struct ptc_map_stretch *stretch)
{
	stretch->level = PT_CACHE_PTE;
	for (stretch->nr = 0; stretch->nr < min(nr, (unsigned int)PTC_STRETCH); stretch->nr++)
		stretch->entries[stretch->nr] = pfn + stretch->nr;
	return 0;
}

bool ptc_arch_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn)
{
	return level == PT_CACHE_PTE && entry == pfn && pfn != read_only;
}

/* ---- audits ---- */

static void judged(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < nr_planted; i++)
		planted[i].found += planted[i].pfn == pfn;
}

static int audit(void)
{
	int ret;

	world_begin_audit();
	ret = ptc_audit(&report);
	must(world.passes <= 2, "%u walks over the processes", world.passes);
	must(!shim_atomic, "in an atomic section at the end");
	return ret;
}

static void check_released(void)
{
	unsigned int i;

	for (i = 0; i < world.nr_spaces; i++)
		check(!world.spaces[i].refs, "space %u is held", i);
}

/* All but one_mm must hold; and how it is with that one. */
static void check_audit(u64 violations, u64 unjudged, u64 busy)
{
	int err = audit(), i;

	check(!err, "%d", err);
	for (i = 0; i < PTC_NR_AUDIT_RULES; i++) {
		const struct ptc_audit_result *result = &report.results[i];

		check(result->violations == (i == PTC_AUDIT_one_mm ? violations : 0),
		      "%s: %llu violations, first 0x%lx", ptc_audit_rule_name(i),
		      result->violations, result->first_pfn);
		check(result->unjudged == (i == PTC_AUDIT_one_mm ? unjudged : 0),
		      "%s: %llu unjudged", ptc_audit_rule_name(i), result->unjudged);
	}
	check(report.busy == busy, "%llu busy", report.busy);
	check_released();
}

static struct world_space *some_space(void)
{
	return &world.spaces[below(world.nr_spaces)];
}

static void plant_in(unsigned long pfn, struct world_space *first, struct world_space *second)
{
	world_insert_somewhere(first, pfn, WORLD_ANY_LEVEL);
	world_insert_somewhere(second, pfn, WORLD_ANY_LEVEL);
	planted[nr_planted].found = 0;
	planted[nr_planted++].pfn = pfn;
}

static void plant(unsigned long pfn)
{
	struct world_space *first = some_space(), *second;

	do {
		second = some_space();
	} while (second == first);
	plant_in(pfn, first, second);
}

static void begin(unsigned long pages, unsigned int nr_spaces, unsigned int nr_tables)
{
	nr_planted = 0;
	world.judged = judged;
	world_begin(pages, nr_spaces, nr_tables, nr_spaces > 4);
}

static void end(const char *promise)
{
	world.happens = NULL;
	world_end();
	test_ends(promise);
}

/* ---- a large machine ---- */

static unsigned long nr_large = 200000;

static void begin_large(void)
{
	begin(WORLD_12TB, 1000, nr_large / 1000);
}

static void test_sound(void)
{
	begin_large();
	check_audit(0, 0, 0);
	check(world.passes == 1, "%u walks for nothing", world.passes);
	check(world.visits == nr_large, "%lu tables met", world.visits);
	check(one_mm->checked == nr_large, "%llu tables", one_mm->checked);
	check(world.patiences == 1, "%lu patiences", world.patiences);
	end("12 TB, no table in two mms: one walk finds that");
}

static void check_all_found(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		check(planted[i].found == 2 * TURNS, "0x%lx was found %u times", planted[i].pfn,
		      planted[i].found);
}

static void test_wherever_it_lies(void)
{
	struct world_space *last;
	unsigned int i;

	begin_large();
	last = &world.spaces[world.nr_spaces - 1];
	plant(1);
	plant(WORLD_12TB - 1);
	plant(WORLD_12TB / 2);
	plant_in(world_new_pfn(), &world.spaces[0], last);
	plant_in(world_new_pfn(), last - 1, last);
	plant_in(world_new_pfn(), &world.spaces[0], &world.spaces[1]);
	while (nr_planted < JUDGED)
		plant(below(2) ? world_new_pfn() : 1 + below(WORLD_12TB - 1));
	for (i = 0; i < 4; i++) {
		check_audit(JUDGED, 0, 0);
		check(world.passes == 2, "%u walks", world.passes);
		check(one_mm->checked == nr_large + 2 * JUDGED, "%llu tables", one_mm->checked);
	}
	check(world.looks == 2 * TURNS * JUDGED, "%lu looks", world.looks);
	for (i = 0; i < JUDGED; i++)
		planted[i].found /= 4;
	check_all_found(JUDGED);
	end("12 TB: a table in two mms is found wherever it lies, by two walks");
}

/* ---- what is no violation ---- */

static void test_twice_in_one_mm(void)
{
	unsigned int i;

	begin(WORLD_12TB, 20, 200);
	for (i = 0; i < 300; i++) {
		struct world_space *space = some_space();
		unsigned long pfn = space->tables[1 + below(space->nr - 1)].pfn;

		world_insert_somewhere(space, pfn, WORLD_ANY_LEVEL);
		if (i % 2)
			world_insert_somewhere(space, pfn, WORLD_DEPOSIT);
	}
	check_audit(0, 0, 0);
	check(world.passes == 2, "%u walks", world.passes);
	check(!world.looks, "%lu looks", world.looks);
	end("a table that is met twice in one mm is no suspect");
}

static void test_one_mm_of_two_processes(void)
{
	struct world_space *space;

	begin(1UL << 20, 4, 100);
	space = &world.spaces[2];
	free(space->tables);
	*space = (struct world_space){
		.mm = &world.spaces[1].own, .at = space->at, .top = space->top,
	};
	while (space->nr < world.spaces[1].nr)
		world_insert(space, &world.spaces[1].tables[space->nr]);
	check_audit(0, 0, 0);
	check(world.passes == 2 && !world.looks, "%u walks, %lu looks", world.passes, world.looks);
	end("the tables of two processes that share an mm are no suspects");
}

static void test_shared_by_hugetlb(void)
{
	unsigned long i, j;

	begin(1UL << 20, 10, 100);
	for (i = 0; i < 50; i++) {
		struct world_table table = {
			.pfn = world_new_pfn(), .va = i << PUD_SHIFT, .level = PT_CACHE_PMD,
			.share_count = 4,
		};

		for (j = 0; j < 5; j++)
			world_insert(&world.spaces[2 * j], &table);
	}
	check_audit(0, 0, 0);
	check(world.passes == 1, "%u walks", world.passes);
	check(one_mm->checked == 1000, "%llu tables", one_mm->checked);
	end("tables that hugetlb shares are left out");
}

static void share_when_judged(void)
{
	unsigned int i, j;

	for (i = 0; world.judging && i < world.nr_spaces; i++)
		for (j = 0; j < world.spaces[i].nr; j++)
			if (world.spaces[i].tables[j].pfn == planted[0].pfn)
				world.spaces[i].tables[j].share_count = 1;
}

static void test_shared_late(void)
{
	begin(1UL << 20, 4, 100);
	plant(world_new_pfn());
	check_audit(1, 0, 0);
	world.happens = share_when_judged;
	check_audit(0, 0, 0);
	check(world.looks, "no looks");
	end("nor is one reported that hugetlb shares by the time it is judged");
}

/* ---- tables that move ---- */

static struct {
	bool within;			/* one mm */
	unsigned int most;		/* tables at an event */
	unsigned long nr;
} moves;

static void move_some(void)
{
	unsigned int nr;

	for (nr = below(moves.most + 1); nr; nr--) {
		struct world_space *from = some_space();
		unsigned int at = 1 + below(from->nr - 1);
		unsigned long pfn = from->tables[at].pfn;

		if (from->nr < 20)
			continue;
		world_remove(from, at);
		world_insert_somewhere(moves.within ? from : some_space(), pfn, WORLD_ANY_LEVEL);
		moves.nr++;
	}
}

static void test_moves(bool within, const char *promise)
{
	unsigned long looks = 0;
	unsigned int i;

	begin(1UL << 24, 30, 100);
	moves.within = within;
	moves.most = 2;
	world.happens = move_some;
	for (i = 0; i < 20; i++) {
		int err = audit();

		check(!err && !one_mm->violations, "%d, %llu violations", err, one_mm->violations);
		check_released();
		looks += world.looks;
	}
	check(within ? !looks : looks > 100, "%lu looks", looks);
	end(promise);
}

/* A table that is given from one to the other and back, now and then while it is judged. */
static struct world_space *holder, *other;
static struct world_table ball;

static void play(void)
{
	struct world_space *space = holder;
	unsigned int at;

	if (below(2))
		return;
	for (at = 0; space->tables[at].pfn != ball.pfn; at++)
		;
	world_remove(space, at);
	holder = other;
	other = space;
	world_insert(holder, &ball);
}

static void play_between_looks(void)
{
	static unsigned long looks;

	if (world.looks != looks || !world.judging)
		play();
	looks = world.looks;
}

static void test_ball(void)
{
	unsigned int i, suspects = 0, reported = 0;

	begin(1UL << 20, 2, 10);
	holder = &world.spaces[0];
	other = &world.spaces[1];
	ball = (struct world_table){ .pfn = world_new_pfn(), .share_count = -1 };
	ball.va = TASK_SIZE_MAX / 2 & PMD_MASK;
	world_insert(holder, &ball);
	world.happens = play_between_looks;
	for (i = 0; i < 2000; i++) {
		must(!audit(), "an error");
		suspects += world.looks > 0;
		reported += one_mm->violations;
	}
	check(suspects > 50, "%u times a suspect", suspects);
	check(reported * 8 < suspects, "%u of %u times reported", reported, suspects);
	end("one that goes back and forth is reported only if it keeps step with every look");
}

/* ---- more suspects than are judged, or than there is room for ---- */

/* Returns how many audits it takes until each was judged. */
static unsigned int audits_for_all(unsigned int most)
{
	unsigned int audits, i = 0;

	for (audits = 1; audits <= most; audits++) {
		check_audit(JUDGED, nr_planted - JUDGED, 0);
		for (i = 0; i < nr_planted; i++)
			if (!planted[i].found)
				break;
		if (i == nr_planted)
			return audits;
	}
	check(false, "after %u audits 0x%lx was not judged", most, planted[i].pfn);
	return 0;
}

static void test_rotation(void)
{
	unsigned int i;

	begin_large();
	while (nr_planted < 3 * JUDGED + 8)
		plant(world_new_pfn());
	audits_for_all(4);
	for (i = 0; i < nr_planted; i++)
		planted[i].found = 0;
	audits_for_all(4);
	end("of more suspects than are judged, each audit judges others; the rest is unjudged");
}

/* Half of the slots of a small machine's hash table are for one class of 512. */
static void test_no_room(void)
{
	unsigned int audits;

	begin((1UL << 18) - 512, 50, 20);
	while (nr_planted < 3000)
		plant(world_new_pfn());
	audits = audits_for_all(100);
	printf("# %u suspects, room for 512: each was judged within %u audits\n", nr_planted,
	       audits);
	end("where there is no room for all that is met twice, audits take turns at that, too");
}

/* ---- processes that are busy, or gone ---- */

/* A table in two mms, the second busy after some tables: is it found? */
static void check_busy(unsigned int busy, unsigned int after, u64 violations, u64 unjudged)
{
	struct world_space *space = &world.spaces[5];

	space->busy = busy;
	space->busy_after = after;
	check_audit(violations, unjudged, busy & (WORLD_BUSY_FIRST | WORLD_BUSY_SECOND) ? 1 : 0);
	space->busy = 0;
}

static void test_busy(void)
{
	struct world_table table = { .share_count = -1 };
	unsigned int i;

	begin(1UL << 20, 10, 100);
	table.pfn = world_new_pfn();
	table.va = ptc_table_start(PT_CACHE_PTE, TASK_SIZE_MAX - 1); /* the last one */
	world_insert(&world.spaces[5], &table);
	world_insert(&world.spaces[2], &table);
	plant_in(world_new_pfn(), &world.spaces[3], &world.spaces[4]);
	check_audit(2, 0, 0);
	check_busy(WORLD_BUSY_FIRST, 0, 1, 0);
	check_busy(WORLD_BUSY_FIRST, 60, 1, 0);
	check_busy(WORLD_BUSY_SECOND, 60, 1, 0);
	check_busy(WORLD_BUSY_FIRST | WORLD_BUSY_SECOND, 60, 1, 0);
	check_busy(WORLD_BUSY_JUDGED, 0, 1, 1);
	check_busy(WORLD_BUSY_JUDGED, 1, 1, 1);
	for (i = 0; i < 10; i++) {
		world.spaces[i].busy = WORLD_BUSY_FIRST;
		world.spaces[i].busy_after = i;
	}
	check_audit(0, 0, 10);
	check(one_mm->checked == 45, "%llu tables", one_mm->checked);
	end("busy processes are counted, and the others are audited");
}

static void end_when_judged(void)
{
	world.spaces[5].ended |= world.passes == 2 && world.visits == 2 * one_mm->checked;
}

static void reuse_when_judged(void)
{
	if (world.passes == 2 && world.visits == 2 * one_mm->checked)
		world.spaces[5].mm = &world.spaces[6].own;
}

static void test_gone(void)
{
	begin(1UL << 20, 10, 100);
	plant_in(world_new_pfn(), &world.spaces[5], &world.spaces[7]);
	plant_in(world_new_pfn(), &world.spaces[3], &world.spaces[4]);
	check_audit(2, 0, 0);
	world.happens = reuse_when_judged;
	check_audit(1, 0, 0);
	world.happens = NULL;
	world.spaces[5].mm = &world.spaces[5].own;
	check_audit(2, 0, 0);
	world.happens = end_when_judged;
	check_audit(1, 0, 0);
	check(world.spaces[5].ended, "it has not ended");
	end("a suspect whose process has ended, or has another mm, is no violation");
}

/* ---- steps that fail ---- */

static void test_signals(void)
{
	unsigned long events, at;

	begin(1UL << 18, 8, 12);
	while (nr_planted < 5)
		plant(world_new_pfn());
	check_audit(5, 0, 0);
	events = world.events;
	for (at = 1; at <= events; at++) {
		int err;

		world.signal_at = at;
		err = audit();
		check(err == -EINTR, "signal %lu of %lu: %d", at, events, err);
		check(world.events == at, "%lu more steps", world.events - at);
		check_released();
	}
	world.signal_at = 0;
	check_audit(5, 0, 0);
	printf("# a signal at each of %lu places\n", events);
	end("a signal at any place ends the audit, and nothing is held");
}

static void test_no_memory(void)
{
	unsigned int nth;

	begin(1UL << 18, 4, 10);
	plant(world_new_pfn());
	for (nth = 1; ; nth++) {
		int err;

		WRITE_ONCE(shim_fail_nth, nth);
		err = audit();
		if (READ_ONCE(shim_fail_nth))
			break;
		check(err == -ENOMEM && !world.passes, "allocation %u: %d", nth, err);
		check_released();
	}
	WRITE_ONCE(shim_fail_nth, 0);
	check(nth == 5, "%u allocations", nth - 1);
	check_audit(1, 0, 0);
	current->mm = NULL;
	check(audit() == -EINVAL, "a task without an mm");
	end("any allocation may fail: -ENOMEM, before anything is walked");
}

/* ---- the other rules ---- */

static void check_rule(enum ptc_audit_rule rule, u64 violations, unsigned long pfn)
{
	const struct ptc_audit_result *result = &report.results[rule];
	int err = audit(), i;

	check(!err, "%d", err);
	for (i = 0; i < PTC_NR_AUDIT_RULES; i++)
		check(i == rule || !report.results[i].violations, "%s is broken",
		      ptc_audit_rule_name(i));
	check(result->violations == violations, "%s: %llu violations", ptc_audit_rule_name(rule),
	      result->violations);
	check(result->checked >= violations && (!violations || result->first_pfn == pfn),
	      "%s: %llu checked, pfn 0x%lx", ptc_audit_rule_name(rule), result->checked,
	      result->first_pfn);
}

static struct world_table *table_of_level(enum pt_cache_level level)
{
	struct world_table *table = world.spaces[1].tables;

	while (table->level != level || table->deposited)
		table++;
	return table;
}

/* Entries that lead to a free page of ours, to one that is out, to a page that is not ours. */
static void test_target(struct ptc_block *block)
{
	static unsigned long entries[512];
	struct world_table *table = table_of_level(PT_CACHE_PTE);
	unsigned int i;

	for (i = 0; i < 512; i += 2)
		entries[i] = (block->pfn + i) << PAGE_SHIFT | _PAGE_TABLE;
	table->entries = entries;
	check_rule(PTC_AUDIT_target, 255, block->pfn + 2);
	check(report.results[PTC_AUDIT_target].checked == 256, "%llu entries",
	      report.results[PTC_AUDIT_target].checked);
	table->entries = NULL;
	table = world.spaces[1].tables;
	table->entries = entries;
	check_rule(PTC_AUDIT_target, 127, block->pfn + 2);
	table->entries = NULL;
}

static void test_other_rules(void)
{
	struct ptc_block block = { .pfn = 0x1000, .pages = 512, .span = 512 };
	struct world_table *table;
	static unsigned long another_top[512];

	begin(1UL << 20, 4, 100);
	block.records = calloc(512, sizeof(*block.records));
	must(block.records && !ptc_index_prepare(block.pfn, GFP_KERNEL), "no memory");
	ptc_index_insert(&block);
	block.records[0].tag = ptc_tag_of_cache(1, 0);
	check_audit(0, 0, 0);
	check(report.results[PTC_AUDIT_attributes].checked == 511, "%llu pages",
	      report.results[PTC_AUDIT_attributes].checked);
	read_only = block.pfn + 100;
	check_rule(PTC_AUDIT_attributes, 1, read_only);
	read_only = 0;
	test_target(&block);
	table = table_of_level(PT_CACHE_PMD);
	table->unmarked = true;
	check_rule(PTC_AUDIT_marked, 1, table->pfn);
	table->unmarked = false;
	table->ours = true;
	check_rule(PTC_AUDIT_owner, 1, table->pfn);
	table->owner = (unsigned long)world.spaces[1].mm;
	check_rule(PTC_AUDIT_owner, 0, 0);
	world.spaces[1].top = another_top;
	another_top[300] = _PAGE_ACCESSED;
	check_rule(PTC_AUDIT_kernel_half, 0, 0);
	another_top[300] = PAGE_SIZE;
	check_rule(PTC_AUDIT_kernel_half, 1, world.spaces[1].tables[0].pfn);
	ptc_index_remove(&block);
	free(block.records);
	end("each of the other rules is checked, in the first walk");
}

int main(int argc, char **argv)
{
	world.random = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	nr_large = argc > 2 ? strtoul(argv[2], NULL, 0) : nr_large;
	test_sound();
	test_wherever_it_lies();
	test_twice_in_one_mm();
	test_one_mm_of_two_processes();
	test_shared_by_hugetlb();
	test_shared_late();
	test_moves(false, "tables that move between mms are not reported");
	test_moves(true, "nor are tables that move within one: they are no suspects");
	test_ball();
	test_rotation();
	test_no_room();
	test_busy();
	test_gone();
	test_signals();
	test_no_memory();
	test_other_rules();
	rcu_barrier();
	ptc_index_exit();
	return tests_end();
}
