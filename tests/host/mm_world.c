// SPDX-License-Identifier: GPL-2.0
/* See mm_world.h. */
#include <stdlib.h>

#include <asm/cpufeature.h>

#include "alloc/index.h"
#include "mm_world.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size)		memset(start, 0xa5, size)
#define ASAN_UNPOISON_MEMORY_REGION(start, size)	((void)(start))
#endif

/* As the manual has it (Intel SDM volume 3, 4.5). */
#define PRESENT		(1UL << 0)
#define WRITABLE	(1UL << 1)
#define USER		(1UL << 2)
#define UNCACHED	(1UL << 4)
#define ACCESSED	(1UL << 5)
#define DIRTY		(1UL << 6)
#define LARGE		(1UL << 7)
#define PROT_NONE_BIT	(1UL << 8)	/* the kernel's own */
#define ADDRESS		0x000ffffffffff000UL
#define NO_EXECUTE	(1UL << 63)

#define TO_TABLE	(PRESENT | WRITABLE | USER | ACCESSED | DIRTY)

#define SZ_4K	(1UL << 12)
#define SZ_2M	(1UL << 21)
#define SZ_1G	(1UL << 30)
#define SZ_512G	(1UL << 39)

struct world world;

static struct ptc_block block;
static struct mm_struct *const owners[] = { &world.mm, (struct mm_struct *)0x1000, NULL };

unsigned long below(unsigned long limit)
{
	world.random = world.random * 6364136223846793005UL + 1442695040888963407UL;
	return (world.random >> 24) % limit;
}

/* ---- pages ---- */

static unsigned long pages_free[WORLD_PAGES];	/* a ring of indices; the first is free longest */
static unsigned int first_free, nr_free;
static unsigned long dying[WORLD_PAGES];	/* free when RCU allows */
static unsigned int nr_dying;

static unsigned long *memory_of(unsigned long at)
{
	return page_address(&shim_mem_map[at]);
}

static unsigned long index_of(const volatile void *entries)
{
	return virt_to_page(entries) - shim_mem_map;
}

struct table *world_table_of(const volatile void *entries)
{
	unsigned long at = index_of(entries);

	must(at < WORLD_PAGES, "%p is no table", entries);
	return &world.tables[at];
}

static void settle(struct table *table, int use, enum pt_cache_level level, unsigned long va)
{
	table->use = use;
	table->level = level;
	table->va = va;
	table->since = ++world.now;
	table->found = 0;
}

static unsigned long *new_table(enum pt_cache_level level, unsigned long va)
{
	unsigned long at;
	struct page *page;
	struct table *table;

	must(nr_free, "no page is free");
	if (below(2))
		at = pages_free[(first_free + --nr_free) % WORLD_PAGES];
	else
		at = pages_free[first_free++ % WORLD_PAGES], nr_free--;
	page = &shim_mem_map[at];
	table = &world.tables[at];
	must(table->use == FREE, "page %lu is not free", at);
	ASAN_UNPOISON_MEMORY_REGION(memory_of(at), PAGE_SIZE);
	memset(memory_of(at), 0, PAGE_SIZE);
	atomic_set(&page->refs, 1 + (level != PT_CACHE_PMD && !below(8)));
	page->table = below(8);
	page->pmd_huge_pte = NULL;
	settle(table, IN_TREE, level, va);
	table->shared = false;
	if (at < WORLD_BLOCK) {
		table->owner = owners[below(ARRAY_SIZE(owners))];
		ptc_record_open(&block.records[at], ptc_tag_of_cache(1, 0) | level << 8,
				(struct mm_struct *)table->owner);
	}
	return memory_of(at);
}

static void free_now(unsigned long at)
{
	struct table *table = &world.tables[at];
	u32 tag;

	must(table->use != FREE, "page %lu is freed twice", at);
	if (at < WORLD_BLOCK)
		must(ptc_record_close(&block.records[at], ptc_tag_of_cache(1, 0), &tag), "not out");
	shim_mem_map[at].table = false;
	settle(table, FREE, 0, 0);
	ASAN_POISON_MEMORY_REGION(memory_of(at), PAGE_SIZE);
	pages_free[(first_free + nr_free++) % WORLD_PAGES] = at;
}

static void free_table(const unsigned long *entries, bool rcu)
{
	unsigned long at = index_of(entries);

	if (!rcu) {
		free_now(at);
		return;
	}
	/* nobody finds it any more */
	world.tables[at].since = ++world.now;
	dying[nr_dying++] = at;
}

void world_rcu_ends(void)
{
	while (nr_dying)
		free_now(dying[--nr_dying]);
}

/* ---- levels and entries ---- */

static enum pt_cache_level level_below(enum pt_cache_level level)
{
	return level == PT_CACHE_PGD && !shim_l5_enabled ? PT_CACHE_PUD : level - 1;
}

static unsigned int shift_of(enum pt_cache_level level)
{
	return level == PT_CACHE_PGD && !shim_l5_enabled ? 39 : 12 + 9 * level;
}

/* How much a table of a level maps. */
unsigned long world_span(enum pt_cache_level level)
{
	return level == PT_CACHE_PGD ? ULONG_MAX : 1UL << (shift_of(level) + 9);
}

static unsigned long *entry_in(unsigned long *table, enum pt_cache_level level, unsigned long va)
{
	return table + (va >> shift_of(level) & 511);
}

static bool is_table(unsigned long entry)
{
	return (entry & ~(ADDRESS | ACCESSED | NO_EXECUTE)) == (TO_TABLE & ~ACCESSED);
}

static unsigned long *table_below(unsigned long entry)
{
	return __va(entry & ADDRESS);
}

static bool is_none(unsigned long entry)
{
	return !(entry & ~(ACCESSED | DIRTY));
}

int world_entries(const unsigned long *entries)
{
	int i, nr = 0;

	for (i = 0; i < 512; i++)
		nr += !is_none(entries[i]);
	return nr;
}

static unsigned long frame(unsigned long size)
{
	return below(1UL << 30) * SZ_4K & ~(size - 1);
}

/* Any but one that leads to a table: mapped, of PROT_NONE, swapped out, a stray bit of hardware's. */
static unsigned long some_leaf(enum pt_cache_level level)
{
	unsigned long large = level == PT_CACHE_PTE ? 0 : LARGE, size = 1UL << shift_of(level);

	switch (below(8)) {
	case 0:
		return level == PT_CACHE_PUD ? 0 : frame(size) | PROT_NONE_BIT | large;
	case 1:
		return (below(1UL << 30) + 1) << 9 | 1UL << 59 | WRITABLE;
	case 2:
		return below(2) ? ACCESSED : DIRTY;
	case 3:
		return level == PT_CACHE_PTE ? 0 : frame(SZ_4K) | TO_TABLE | UNCACHED;
	default:
		return frame(size) | PRESENT | USER | ACCESSED | large;
	}
}

/* The entry of a level for an address, or NULL; the tables down to it are made, if asked. */
static unsigned long *find_entry(enum pt_cache_level wanted, unsigned long va, bool make)
{
	enum pt_cache_level level = PT_CACHE_PGD;
	unsigned long *table = (unsigned long *)world.mm.pgd, *entry;

	for (;; level = level_below(level)) {
		entry = entry_in(table, level, va);
		if (level == wanted)
			return entry;
		if (is_none(*entry) && make) {
			enum pt_cache_level next = level_below(level);

			table = new_table(next, va & ~(world_span(next) - 1));
			*entry = __pa(table) | TO_TABLE;
			if (below(2)) /* page-table isolation does that at the top */
				*entry ^= level == PT_CACHE_PGD ? NO_EXECUTE : ACCESSED;
			continue;
		}
		if (!is_table(*entry) || world_table_of(table_below(*entry))->shared)
			return NULL;
		table = table_below(*entry);
	}
}

unsigned long world_pmd(unsigned long va)
{
	const unsigned long *pmd = find_entry(PT_CACHE_PMD, va, false);

	return pmd ? *pmd : 0;
}

/* ---- areas ---- */

static unsigned int area_behind(unsigned long va)
{
	unsigned int low = 0, high = world.nr_areas;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (world.areas[middle].vm_end <= va)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long va)
{
	unsigned int at = area_behind(va);

	must(mm == &world.mm, "another mm");
	return at < world.nr_areas ? &world.areas[at] : NULL;
}

bool world_in_area(unsigned long start, unsigned long size)
{
	unsigned int at = area_behind(start);

	return at < world.nr_areas && world.areas[at].vm_start < start + size;
}

bool world_in_old_area(unsigned long start, unsigned long size, unsigned long since)
{
	unsigned int at = area_behind(start);

	for (; at < world.nr_areas && world.areas[at].vm_start < start + size; at++)
		if (world.areas[at].since <= since)
			return true;
	return false;
}

static bool covers(unsigned long start, unsigned long size)
{
	unsigned int at = area_behind(start);

	return at < world.nr_areas && world.areas[at].vm_start <= start &&
	       world.areas[at].vm_end >= start + size;
}

static void add_area(unsigned long start, unsigned long end)
{
	unsigned int at = area_behind(start);

	if (world_in_area(start, end - start) || world.nr_areas == WORLD_AREAS)
		return;
	memmove(&world.areas[at + 1], &world.areas[at],
		(world.nr_areas++ - at) * sizeof(world.areas[0]));
	world.areas[at] = (struct vm_area_struct){ start, end, ++world.now };
}

static void cut_area(unsigned long va)
{
	unsigned int at = area_behind(va);

	if (at == world.nr_areas || world.areas[at].vm_start >= va ||
	    world.nr_areas == WORLD_AREAS)
		return;
	memmove(&world.areas[at + 1], &world.areas[at],
		(world.nr_areas++ - at) * sizeof(world.areas[0]));
	world.areas[at].vm_end = world.areas[at + 1].vm_start = va;
}

/* ---- tables that are deposited ---- */

static void deposit(unsigned long *pmd, unsigned long *table)
{
	struct page *pmd_page = virt_to_page(pmd), *page = virt_to_page(table);

	if (!pmd_page->pmd_huge_pte)
		INIT_LIST_HEAD(&page->lru);
	else
		list_add(&page->lru, &pmd_page->pmd_huge_pte->lru);
	pmd_page->pmd_huge_pte = page;
	settle(world_table_of(table), DEPOSIT, PT_CACHE_PTE, world_table_of(pmd)->va);
}

/* The one that was deposited last, or NULL. */
static unsigned long *withdraw(unsigned long *pmd)
{
	struct page *pmd_page = virt_to_page(pmd), *page = pmd_page->pmd_huge_pte;

	if (!page)
		return NULL;
	pmd_page->pmd_huge_pte = list_empty(&page->lru) ? NULL : list_next_entry(page, lru);
	list_del(&page->lru);
	return page_address(page);
}

/* Is it a mapping of anonymous memory? The others have nothing deposited. */
static bool is_huge(unsigned long pmd)
{
	return (pmd & (LARGE | DIRTY)) == (LARGE | DIRTY);
}

static unsigned long huge(void)
{
	return frame(SZ_2M) | PRESENT | USER | ACCESSED | LARGE | DIRTY;
}

static void zap_pmd(unsigned long *pmd, bool rcu)
{
	if (is_huge(*pmd))
		free_table(withdraw(pmd), rcu);
	*pmd = 0;
}

/* ---- what is done to them ---- */

/* An address that is in an area; most often of one that has been chosen lately. */
static unsigned long some_address(void)
{
	const struct vm_area_struct *area = &world.areas[below(world.nr_areas)];
	unsigned long size = area->vm_end - area->vm_start;

	if (below(2))
		size = min(size, 8 * SZ_2M);
	return area->vm_start + below(size / SZ_4K) * SZ_4K;
}

static void fault(unsigned long va)
{
	unsigned long *pte;

	if (nr_free < 64)
		return;
	pte = find_entry(PT_CACHE_PTE, va, true);
	if (pte)
		*pte = some_leaf(PT_CACHE_PTE);
}

static void fault_huge(unsigned long va)
{
	unsigned long *pmd;

	va &= ~(SZ_2M - 1);
	if (!covers(va, SZ_2M) || nr_free < 64)
		return;
	pmd = find_entry(PT_CACHE_PMD, va, true);
	if (!pmd || !is_none(*pmd))
		return;
	if (below(4)) {
		deposit(pmd, new_table(PT_CACHE_PTE, 0));
		*pmd = huge();
	} else {
		*pmd = some_leaf(PT_CACHE_PMD) & ~DIRTY;
	}
}

/* 1G, or a table of PMDs that other mms have, too. */
static void fault_hugetlb(unsigned long va)
{
	unsigned long *pud, *table, i;

	va &= ~(SZ_1G - 1);
	if (!covers(va, SZ_1G) || nr_free < 64)
		return;
	pud = find_entry(PT_CACHE_PUD, va, true);
	if (!pud || !is_none(*pud))
		return;
	if (below(2)) {
		*pud = some_leaf(PT_CACHE_PUD);
		return;
	}
	table = new_table(PT_CACHE_PMD, va);
	world_table_of(table)->shared = true;
	atomic_set(&virt_to_page(table)->refs, 2 + below(3));
	for (i = 0; i < 512; i += 1 + below(64))
		table[i] = frame(SZ_2M) | PRESENT | LARGE | ACCESSED | USER;
	*pud = __pa(table) | TO_TABLE;
}

static void unshare(unsigned long va, bool rcu)
{
	unsigned long *pud = find_entry(PT_CACHE_PUD, va, false), *table;

	if (!pud || !is_table(*pud) || !world_table_of(table_below(*pud))->shared)
		return;
	table = table_below(*pud);
	*pud = 0;
	free_table(table, rcu);
}

/* MADV_DONTNEED of a page or of 2M. */
static void zap(unsigned long va, bool rcu)
{
	unsigned long *pmd = find_entry(PT_CACHE_PMD, va, false), *pte;

	if (!pmd)
		return;
	if (!is_table(*pmd)) {
		if (covers(va & ~(SZ_2M - 1), SZ_2M))
			zap_pmd(pmd, rcu);
		return;
	}
	pte = table_below(*pmd);
	if (below(2))
		pte[va >> 12 & 511] = 0;
	else if (covers(va & ~(SZ_2M - 1), SZ_2M))
		memset(pte, 0, PAGE_SIZE);
}

/* As MADV_DONTNEED of 7.2 does with an empty table, and khugepaged with one of a file's. */
static void free_pte_table(unsigned long va, bool rcu)
{
	unsigned long *pmd = find_entry(PT_CACHE_PMD, va, false), *table;

	if (!pmd || !is_table(*pmd))
		return;
	table = table_below(*pmd);
	if (world_entries(table) && !covers(va & ~(SZ_2M - 1), SZ_2M))
		return;
	*pmd = below(2) ? 0 : frame(SZ_2M) | PRESENT | LARGE | USER;
	free_table(table, rcu);
}

static void split_huge(unsigned long va)
{
	unsigned long *pmd = find_entry(PT_CACHE_PMD, va, false), *table, i;

	if (!pmd || !is_huge(*pmd))
		return;
	table = withdraw(pmd);
	for (i = 0; i < 512; i++)
		table[i] = some_leaf(PT_CACHE_PTE);
	settle(world_table_of(table), IN_TREE, PT_CACHE_PTE, va & ~(SZ_2M - 1));
	*pmd = __pa(table) | TO_TABLE;
}

/* The hardware uses an entry for the first time. */
static void note_access(unsigned long va)
{
	enum pt_cache_level level = PT_CACHE_PMD + below(2);
	unsigned long *entry = find_entry(level, va, false);

	if (entry && *entry & PRESENT)
		*entry |= ACCESSED;
}

/* khugepaged, of anonymous memory: the table is deposited. */
static void collapse(unsigned long va)
{
	unsigned long *pmd = find_entry(PT_CACHE_PMD, va, false), *table;

	if (!pmd || !is_table(*pmd) || !covers(va & ~(SZ_2M - 1), SZ_2M))
		return;
	table = table_below(*pmd);
	memset(table, 0, PAGE_SIZE);
	deposit(pmd, table);
	*pmd = huge();
}

/* mremap() of 2M, or more: the tables of PTEs go along. */
static void move_tables(unsigned long from, unsigned long to)
{
	unsigned long *source, *target;

	from &= ~(SZ_2M - 1);
	to &= ~(SZ_2M - 1);
	if (from == to || !covers(from, SZ_2M) || !covers(to, SZ_2M) || nr_free < 64)
		return;
	source = find_entry(PT_CACHE_PMD, from, false);
	target = find_entry(PT_CACHE_PMD, to, true);
	if (!source || !target || !is_table(*source) || !is_none(*target))
		return;
	settle(world_table_of(table_below(*source)), IN_TREE, PT_CACHE_PTE, to);
	*target = *source;
	*source = 0;
}

/* The entries of a table that is to go, and all below. */
static void empty_table(unsigned long *table, enum pt_cache_level level)
{
	unsigned int i;

	for (i = 0; i < 512; i++) {
		if (level > PT_CACHE_PTE && is_table(table[i])) {
			unsigned long *next = table_below(table[i]);

			if (!world_table_of(next)->shared)
				empty_table(next, level_below(level));
			free_table(next, false);
		} else if (level == PT_CACHE_PMD) {
			zap_pmd(&table[i], false);
		}
		table[i] = 0;
	}
}

/* Within [start, end): what is mapped under no area, and the tables that are under none. */
static void sweep(unsigned long *table, enum pt_cache_level level, unsigned long start,
		  unsigned long end)
{
	unsigned long size = 1UL << shift_of(level), va = start & ~(size - 1);

	for (; va < end; va += size) {
		unsigned long *entry = entry_in(table, level, va);

		if (is_none(*entry))
			continue;
		if (level == PT_CACHE_PTE || !is_table(*entry)) {
			if (world_in_area(va, size))
				continue;
			if (level == PT_CACHE_PMD)
				zap_pmd(entry, false);
			*entry = 0;
		} else if (!world_in_area(va, size)) {
			unsigned long *next = table_below(*entry);

			*entry = 0;
			if (!world_table_of(next)->shared)
				empty_table(next, level_below(level));
			free_table(next, false);
		} else if (!world_table_of(table_below(*entry))->shared) {
			sweep(table_below(*entry), level_below(level), max(start, va),
			      min(end, va + size));
		}
	}
}

static void unmap(unsigned long start, unsigned long end)
{
	unsigned int at, nr = 0;

	/* a huge mapping that is cut is split first, and a table that is shared unshared */
	split_huge(start);
	split_huge(end - 1);
	unshare(start, false);
	unshare(end - 1, false);
	cut_area(start);
	cut_area(end);
	at = area_behind(start);
	while (at + nr < world.nr_areas && world.areas[at + nr].vm_end <= end)
		nr++;
	world.nr_areas -= nr;
	memmove(&world.areas[at], &world.areas[at + nr],
		(world.nr_areas - at) * sizeof(world.areas[0]));
	world.unmapped = at ? world.areas[at - 1].vm_end : 0;
	world.unmapped_end = at < world.nr_areas ? world.areas[at].vm_start : TASK_SIZE_MAX;
	if (below(2))
		world_unmap_ends();
}

void world_unmap_ends(void)
{
	if (world.unmapped < world.unmapped_end)
		sweep((unsigned long *)world.mm.pgd, PT_CACHE_PGD, world.unmapped,
		      world.unmapped_end);
	world.unmapped_end = 0;
}

/* Where areas begin: at borders of tables of all levels, and close together. */
static unsigned long some_place(void)
{
	static const unsigned long places[] = {
		0x400000, SZ_1G - 3 * SZ_2M, 7 * SZ_1G, SZ_512G - SZ_1G, 0x555555554000,
		0x7ffff0000000,
	};
	unsigned long va = places[below(ARRAY_SIZE(places))];

	if (shim_l5_enabled && !below(3))
		va = (1UL << 48) * (1 + below(3)) - SZ_1G;
	switch (below(3)) {
	case 0:
		return va + below(4096) * SZ_4K;
	case 1:
		return va + below(40) * SZ_2M / 2;
	default:
		return (va & ~(SZ_1G - 1)) + below(4) * SZ_1G;
	}
}

static void map_something(void)
{
	unsigned long start = some_place(), size = (1 + below(64)) * SZ_4K;

	if (!below(3))
		size = (1 + below(20)) * SZ_2M;
	else if (!below(3))
		size = (1 + below(3)) * SZ_1G;
	if (start + size <= TASK_SIZE_MAX && world.nr_areas < 60)
		add_area(start, start + size);
}

static void unmap_something(void)
{
	unsigned long start = some_address(), end;
	const struct vm_area_struct *area = find_vma(&world.mm, start);

	if (world.nr_areas < 4)
		return;
	if (below(2))
		start = area->vm_start;
	end = below(2) ? area->vm_end : start + (1 + below(1024)) * SZ_4K;
	unmap(start, min(end, area->vm_end));
}

/* modify_ldt(): a first one that gets no memory leaves, and waits for no walk. */
static void change_ldt(void)
{
	unsigned long *pgd = entry_in((unsigned long *)world.mm.pgd, PT_CACHE_PGD, LDT_BASE_ADDR);

	if (!boot_cpu_has(X86_FEATURE_PTI) || world.mm.context.ldt || nr_free < 64)
		return;
	if (!world.has_ldt_tables) {
		*find_entry(PT_CACHE_PTE, LDT_BASE_ADDR + below(16) * SZ_4K, true) =
			frame(SZ_4K) | PRESENT;
		world.has_ldt_tables = true;
	} else if (below(2)) {
		world.mm.context.ldt = &world;
	} else {
		empty_table(table_below(*pgd), level_below(PT_CACHE_PGD));
		free_table(table_below(*pgd), false);
		*pgd = 0;
		world.has_ldt_tables = false;
	}
}

static void change_at(unsigned long va, bool rcu)
{
	world.changes++;
	switch (below(11)) {
	case 0:
	case 1:
		fault(va);
		break;
	case 2:
		fault_huge(va);
		break;
	case 3:
		fault_hugetlb(va);
		break;
	case 4:
		zap(va, rcu);
		break;
	case 5:
	case 6:
		free_pte_table(va, rcu);
		break;
	case 7:
		split_huge(va);
		break;
	case 8:
		unshare(va, rcu);
		break;
	case 9:
		note_access(va);
		break;
	case 10:
		if (!below(8))
			change_ldt();
	}
}

static void change(void)
{
	unsigned long va;

	world_unmap_ends();
	while (!world.nr_areas)
		map_something();
	va = some_address();
	world.changes++;
	switch (below(8)) {
	case 0:
		map_something();
		break;
	case 1:
		unmap_something();
		break;
	case 2:
		cut_area(va);
		break;
	case 3:
		collapse(va);
		break;
	case 4:
		move_tables(va, some_address());
		break;
	default:
		change_at(va, false);
	}
}

/* Nothing happens while something happens. */
void world_change_at(unsigned long va, bool rcu)
{
	void (*happens)(void) = meanwhile;

	meanwhile = NULL;
	change_at(va, rcu);
	meanwhile = happens;
}

void world_change_meanwhile(bool rcu)
{
	if (world.nr_areas)
		world_change_at(some_address(), rcu);
}

void world_change(void)
{
	void (*happens)(void) = meanwhile;

	meanwhile = NULL;
	change();
	meanwhile = happens;
}

static void populate_areas(void)
{
	unsigned long va = 7 * SZ_1G + below(100) * SZ_4K;
	unsigned int i;

	for (i = 0; i < 6000; i++, va += (2 + below(16)) * SZ_4K)
		add_area(va, va + SZ_4K);
	for (i = 0; i < 100; i++)
		fault(some_address());
}

static void populate_tables(void)
{
	unsigned long va = 7 * SZ_1G - below(1000) * SZ_4K, i;

	add_area(va, va + 2 * SZ_1G);
	for (i = 0; i < 1024; i++, va += SZ_2M)
		if (below(4))
			fault(va);
		else
			fault_huge(va);
}

static void populate_at_random(void)
{
	unsigned int i;

	for (i = 4 + below(40); i; i--)
		map_something();
	if (!world.nr_areas)
		add_area(SZ_4K, SZ_1G);
	for (i = 20 + below(300); i; i--) {
		unsigned long va = some_address();

		switch (below(8)) {
		case 0:
			fault_huge(va);
			break;
		case 1:
			fault_hugetlb(va);
			break;
		case 2:
			note_access(va);
			break;
		default:
			fault(va);
		}
	}
}

void world_populate(enum world_kind kind)
{
	if (kind == AREAS)
		populate_areas();
	else if (kind == TABLES)
		populate_tables();
	else if (kind == RANDOM)
		populate_at_random();
	if (below(2))
		change_ldt();
	if (below(2))
		change_ldt();
}

/* ---- all of it ---- */

static pgd_t *new_top(void)
{
	unsigned long *top = new_table(PT_CACHE_PGD, 0);
	unsigned int i;

	/* the kernel's half: nobody follows it */
	for (i = 256; i < 512; i++)
		if (below(2) && i != (LDT_PGD_ENTRY & 511))
			top[i] = below(1UL << 20) << 12 | TO_TABLE;
	return (pgd_t *)top;
}

pgd_t *world_plant(void)
{
	unsigned int i;

	world.mm.pgd = new_top();
	for (i = 10 + below(60); i; i--) {
		fault(min(some_place(), TASK_SIZE_MAX - SZ_2M));
		if (!below(4))
			fault(below(TASK_SIZE_MAX / SZ_4K) * SZ_4K);
	}
	fault(TASK_SIZE_MAX - SZ_4K);
	return world.mm.pgd;
}

/* World after world: what lies there is forgotten. */
void world_begin(unsigned int levels, bool pti)
{
	unsigned long i;

	if (!shim_memory) {
		shim_memory_init();
		block.pfn = SHIM_FIRST_PFN;
		block.pages = block.span = WORLD_BLOCK;
		block.records = calloc(WORLD_BLOCK, sizeof(*block.records));
		must(block.records && !ptc_index_prepare(block.pfn, GFP_KERNEL), "no memory");
		ptc_index_insert(&block);
	}
	shim_set_levels(levels);
	shim_cpu_features[X86_FEATURE_PTI] = pti;
	first_free = nr_free = nr_dying = 0;
	world.nr_areas = 0;
	world.has_ldt_tables = false;
	world.unmapped_end = 0;
	world.mm.context.ldt = NULL;
	for (i = 0; i < WORLD_PAGES; i++) {
		u32 tag;

		if (i < WORLD_BLOCK)
			ptc_record_close(&block.records[i], ptc_tag_of_cache(1, 0), &tag);
		world.tables[i].use = FREE;
		pages_free[nr_free++] = i;
	}
	ASAN_POISON_MEMORY_REGION(memory_of(0), WORLD_PAGES << PAGE_SHIFT);
	world.mm.pgd = new_top();
}

void world_end(void)
{
	ASAN_UNPOISON_MEMORY_REGION(memory_of(0), WORLD_PAGES << PAGE_SHIFT);
	ptc_index_remove(&block);
	free(block.records);
	rcu_barrier();
	ptc_index_exit();
	shim_memory_exit();
}
