// SPDX-License-Identifier: GPL-2.0
/*
 * module/census/audit.c and suspects.c over the walk of module/census/mm_walk.c, all unchanged, and
 * an address space that is made up: see mm_world.h. It is shown as that of two mms, so each of its
 * tables is in two mms, at any level, deposited, of an LDT or under a planted top. Each is found.
 *
 * Usage: audit_walk_test [SEED [ROUNDS]]
 */
#include <stdlib.h>

#include "census/audit.h"
#include "census/mm_walk.h"
#include "direct_map/arch.h"
#include "direct_map/read.h"
#include "mm_world.h"

/* As module/census/audit.c has it. */
#define JUDGED	64

unsigned long world_pages = 1UL << 20;

static pgd_t *planted;			/* NULL: a process */
static struct { unsigned long tables, deposited, of_ldts; } met;

/* ---- two mms that are one, whose lock is always to be had ---- */

int ptc_space_next(pid_t from, struct ptc_space *space)
{
	pid_t at = from <= 5 ? 5 : 8;

	*space = (struct ptc_space){
		.process = { .mm = planted ? NULL : &world.mm, .pid = at },
		.top = planted ?: world.mm.pgd,
		.mm = at,
		.at = at,
	};
	return from <= at;
}

void ptc_space_put(struct ptc_space *space)
{
}

static bool locked;

int ptc_mmap_lock(struct mm_struct *mm, struct ptc_patience *patience)
{
	must(!locked && mm == &world.mm, "locked twice, or another mm");
	locked = true;
	return 0;
}

void ptc_mmap_unlock(struct mm_struct *mm)
{
	locked = false;
}

bool mmap_lock_is_contended(struct mm_struct *mm)
{
	return !below(10);
}

void ptc_patience_for_pass(struct ptc_patience *patience)
{
}

void ptc_patience_for_next_mm(struct ptc_patience *patience)
{
}

spinlock_t *pmd_lock(struct mm_struct *mm, pmd_t *pmd)
{
	static spinlock_t lock = PTHREAD_MUTEX_INITIALIZER;

	spin_lock(&lock);
	return &lock;
}

/* ---- no block of ours is free ---- */

int ptc_direct_map_read(unsigned long pfn, unsigned int nr, struct ptc_map_stretch *stretch)
{
	return -EAGAIN;
}

bool ptc_arch_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn)
{
	return true;
}

/* ---- audits ---- */

/* The tables of the address space; hugetlb's and those of an LDT that is not installed aside. */
static unsigned long count_tables(void)
{
	unsigned long nr = 0, i;

	for (i = 0; i < WORLD_PAGES; i++) {
		const struct table *table = &world.tables[i];
		bool of_ldt = table->use == IN_TREE && table->va >= LDT_BASE_ADDR;

		if (table->use == FREE || table->shared || (of_ldt && !world.mm.context.ldt))
			continue;
		nr++;
		met.deposited += table->use == DEPOSIT;
		met.of_ldts += of_ldt;
	}
	met.tables += nr;
	return nr;
}

static void find_all(void)
{
	unsigned long nr = count_tables(), left;

	for (left = nr; left; left -= min(left, (unsigned long)JUDGED)) {
		struct ptc_audit_findings findings;
		const struct ptc_audit_result *one_mm = &findings.results[PTC_AUDIT_one_mm];
		int err = ptc_audit(&findings);

		check(!err && one_mm->checked == 2 * nr, "%d, %llu tables of %lu met", err,
		      one_mm->checked, 2 * nr);
		check(one_mm->violations == min(nr, (unsigned long)JUDGED),
		      "%llu of %lu tables are found", one_mm->violations, nr);
		check(one_mm->unjudged == nr - one_mm->violations, "%llu unjudged",
		      one_mm->unjudged);
	}
}

static void test_process(unsigned int levels, bool pti)
{
	planted = NULL;
	world_begin(levels, pti);
	world_populate(RANDOM);
	find_all();
}

static void test_planted(unsigned int levels)
{
	world_begin(levels, false);
	world.tables[virt_to_page(world.mm.pgd) - shim_mem_map].use = FREE;
	planted = world_plant();
	find_all();
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 100, round;
	struct mm_struct own = { .pgd = calloc(1, PAGE_SIZE) };

	world.random = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	current->mm = &own;
	for (round = 0; round < rounds; round++)
		test_process(4 + round % 2, round % 3);
	test_ends("each table of a process is found where it was met");
	check(met.deposited && met.of_ldts, "no deposited table, or none of an LDT");
	for (round = 0; round < rounds; round++)
		test_planted(4 + round % 2);
	test_ends("each planted table, too");
	printf("# %lu tables, %lu deposited, %lu of LDTs\n", met.tables, met.deposited,
	       met.of_ldts);
	free(own.pgd);
	world_end();
	return tests_end();
}
