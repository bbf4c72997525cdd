// SPDX-License-Identifier: GPL-2.0
/*
 * module/direct_map/split.c, unchanged, on page tables that a set_memory_uc() of this file splits as
 * the kernel's does: 1G to 2M first, then 2M to PTEs, a table for each step, until there is none.
 * Whatever it ends with, the outcome is what the entries say, and no write-back page is lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "counters.h"
#include "direct_map/split.h"
#include "pgtable/path.h"
#include "tap.h"

#define BASE		0xffff888000000000UL	/* of the direct map */
#define PROTECTION	(_PAGE_PRESENT | _PAGE_RW | _PAGE_GLOBAL | _PAGE_NX)
#define PFN		(0x40000000UL >> PAGE_SHIFT)	/* the second 1G, whose mapping is split */
#define GIG_PAGES	(1UL << 18)

/* Tables, whose frames lie beyond the memory that is mapped. The top is the first. */
static struct {
	unsigned long tables[8][512];
	unsigned int used, left;	/* tables: in use, and to be had */
	bool stays_uncached;		/* set_memory_wb() fails */
	bool another_read_only;		/* a page of the run, and not the one that is changed */
} m;

#define TABLES_PA	(1UL << 40)

void *__va(phys_addr_t pa)
{
	return (void *)(BASE + (unsigned long)pa);
}

static unsigned long *table_of(unsigned long entry)
{
	return m.tables[((entry & PTE_PFN_MASK) - TABLES_PA) >> PAGE_SHIFT];
}

bool ptc_read_entries(const unsigned long *table, unsigned int first, unsigned int nr,
		      unsigned long *entries)
{
	const unsigned long *from = table ? table_of((unsigned long)table - BASE) : m.tables[0];

	memcpy(entries, from + first, nr * sizeof(*entries));
	return true;
}

static unsigned long new_table(void)
{
	return (TABLES_PA + (m.used++ << PAGE_SHIFT)) | _PAGE_TABLE;
}

/* Fill a table with leaves that map what the leaf above it did. Returns 0 if there is no table. */
static unsigned long split_entry(unsigned long entry, unsigned long size, bool large)
{
	unsigned long table, i;

	if (!m.left)
		return 0;
	m.left--;
	table = new_table();
	for (i = 0; i < 512; i++)
		table_of(table)[i] = (entry & ~_PAGE_PSE) + i * (size >> 9) +
				     (large ? _PAGE_PSE : 0);
	return table;
}

static unsigned long *entry_at(unsigned int shift, unsigned long addr)
{
	unsigned long *table = m.tables[0];
	unsigned int at;

	for (at = PGDIR_SHIFT; at > shift; at -= 9)
		table = table_of(table[addr >> at & 511]);
	return table + (addr >> shift & 511);
}

/* The entry of a page, split down to it. */
static unsigned long *pte_at(unsigned long addr)
{
	unsigned int shift;

	for (shift = PUD_SHIFT; shift > PAGE_SHIFT; shift -= 9) {
		unsigned long *entry = entry_at(shift, addr), table;

		if (!(*entry & _PAGE_PSE))
			continue;
		table = split_entry(*entry, 1UL << shift, shift == PUD_SHIFT);
		if (!table)
			return NULL;
		*entry = table;
	}
	return entry_at(PAGE_SHIFT, addr);
}

int set_memory_uc(unsigned long addr, int pages)
{
	unsigned long *pte = pte_at(addr);

	if (!pte)
		return -ENOMEM;
	*pte |= _PAGE_PCD;
	if (m.another_read_only)
		pte[37] &= ~_PAGE_RW;
	return 0;
}

/* What is write-back is not split for this. */
int set_memory_wb(unsigned long addr, int pages)
{
	unsigned int shift;

	if (m.stays_uncached)
		return -ENOMEM;
	for (shift = PUD_SHIFT; shift > PAGE_SHIFT; shift -= 9)
		if (*entry_at(shift, addr) & _PAGE_PSE)
			return 0;
	*entry_at(PAGE_SHIFT, addr) &= ~_PAGE_PCD;
	return 0;
}

/* The second 1G is mapped at once, or by 2M; so many tables can be had to split it. */
static void new_machine(enum pt_cache_level level, unsigned int left)
{
	unsigned long addr = BASE + PFN * PAGE_SIZE, leaf = PFN * PAGE_SIZE | PROTECTION | _PAGE_PSE;

	memset(&m, 0, sizeof(m));
	m.used = 1;
	*entry_at(PGDIR_SHIFT, addr) = new_table();
	*entry_at(PUD_SHIFT, addr) = leaf;
	m.left = 1;
	if (level == PT_CACHE_PMD)
		*entry_at(PUD_SHIFT, addr) = split_entry(leaf, 1UL << PUD_SHIFT, true);
	m.left = left;
}

struct wanted {
	enum pt_cache_level before;
	unsigned int tables;
	enum ptc_split outcome;
	unsigned int splits, splits_1g;
};

static void expect(const struct wanted *wanted, unsigned long pfn, unsigned int pages)
{
	u64 splits = ptc_counter_sum(PTC_splits), splits_1g = ptc_counter_sum(PTC_splits_1g);
	enum ptc_split outcome = ptc_direct_map_split(pfn, pages);

	check(outcome == wanted->outcome, "level %d, %u tables: %d instead of %d", wanted->before,
	      wanted->tables, outcome, wanted->outcome);
	check(ptc_counter_sum(PTC_splits) - splits == wanted->splits &&
	      ptc_counter_sum(PTC_splits_1g) - splits_1g == wanted->splits_1g,
	      "level %d, %u tables: other splits are counted", wanted->before, wanted->tables);
	check(ptc_direct_map_is_split(pfn, pages) == (wanted->outcome == PTC_SPLIT_DONE),
	      "level %d, %u tables: the entries say something else", wanted->before,
	      wanted->tables);
}

static void test_outcomes(void)
{
	static const struct wanted all[] = {
		{ PT_CACHE_PMD, 1, PTC_SPLIT_DONE, 1, 0 },
		{ PT_CACHE_PMD, 0, PTC_SPLIT_UNDONE, 0, 0 },
		{ PT_CACHE_PUD, 2, PTC_SPLIT_DONE, 1, 1 },
		{ PT_CACHE_PUD, 0, PTC_SPLIT_UNDONE, 0, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		new_machine(all[i].before, all[i].tables);
		expect(&all[i], PFN, 512);
		new_machine(all[i].before, all[i].tables);
		expect(&all[i], PFN + GIG_PAGES - 64, 64);
	}
	test_ends("a split is done, or as if it had not been tried");
}

static void test_half_way(void)
{
	static const struct wanted half = { PT_CACHE_PUD, 1, PTC_SPLIT_UNDONE, 0, 1 };

	new_machine(half.before, half.tables);
	expect(&half, PFN + 512, 512);
	m.left = 1;
	expect(&(struct wanted){ PT_CACHE_PMD, 1, PTC_SPLIT_DONE, 1, 0 }, PFN + 512, 512);
	test_ends("a 1G mapping that came down to 2M and no further is no loss");
}

static void test_lost(void)
{
	static const struct wanted lost = { PT_CACHE_PMD, 1, PTC_SPLIT_LOST, 1, 0 };

	new_machine(PT_CACHE_PMD, 1);
	m.stays_uncached = true;
	expect(&lost, PFN, 512);
	new_machine(PT_CACHE_PMD, 1);
	m.another_read_only = true;
	expect(&lost, PFN, 512);
	test_ends("what does not come back write-back and writable is lost");
}

static void test_split_already(void)
{
	u64 avoided = ptc_counter_sum(PTC_split_avoided);

	new_machine(PT_CACHE_PUD, 2);
	must(pte_at(BASE + PFN * PAGE_SIZE), "no table");
	expect(&(struct wanted){ PT_CACHE_PTE, 0, PTC_SPLIT_DONE, 0, 0 }, PFN, 512);
	check(ptc_counter_sum(PTC_split_avoided) == avoided + 1, "it is not counted");
	*pte_at(BASE + (PFN + 5) * PAGE_SIZE) |= _PAGE_PCD;
	expect(&(struct wanted){ PT_CACHE_PTE, 0, PTC_SPLIT_LOST, 0, 0 }, PFN, 512);
	*entry_at(PUD_SHIFT, BASE + PFN * PAGE_SIZE) = 0;
	check(ptc_direct_map_split(PFN, 512) == PTC_SPLIT_UNDONE, "what is not mapped is touched");
	test_ends("what is mapped by PTEs is looked at, and not touched");
}

int main(void)
{
	test_outcomes();
	test_half_way();
	test_lost();
	test_split_already();
	return tests_end();
}
