// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of the audit, each broken on purpose, in page tables of our own that no CPU ever walks.
 */
#include <linux/gfp.h>
#include <linux/pfn.h>
#include <linux/pgtable.h>
#include <linux/sched.h>

#include "census/audit.h"
#include "selftest.h"

/* One table at each level, and one entry that leads down, for this address. */
#define PLANT_VA	0x7f0000200000UL
#define KERNEL_HALF	(PTRS_PER_PGD / 2)

struct plant {
	struct page *table[PT_CACHE_PGD + 1];	/* NULL: the level is folded */
};

static struct plant first, second;
static struct ptc_planted list[3];
static struct ptc_audit_findings findings;
static struct ptc_audit_result *const results = findings.results;

static unsigned long *entries_of(struct page *page)
{
	return page_address(page);
}

static unsigned long entry_to(struct page *page)
{
	return PFN_PHYS(page_to_pfn(page)) | _PAGE_TABLE;
}

static unsigned int index_at(enum pt_cache_level level)
{
	switch (level) {
	case PT_CACHE_PTE:
		return pte_index(PLANT_VA);
	case PT_CACHE_PMD:
		return pmd_index(PLANT_VA);
	case PT_CACHE_PUD:
		return pud_index(PLANT_VA);
	case PT_CACHE_P4D:
		return p4d_index(PLANT_VA);
	default:
		return pgd_index(PLANT_VA);
	}
}

/* Have the table above lead to this one. */
static void hang(struct plant *plant, enum pt_cache_level level, struct page *page)
{
	enum pt_cache_level above = level + 1;

	if (!plant->table[above])
		above++;
	entries_of(plant->table[above])[index_at(above)] = entry_to(page);
}

static void uproot(struct plant *plant)
{
	int level;

	for (level = PT_CACHE_PTE; level <= PT_CACHE_PGD; level++) {
		struct page *page = plant->table[level];

		if (!page)
			continue;
		if (PageTable(page))
			__ClearPageTable(page);
		__free_page(page);
		plant->table[level] = NULL;
	}
}

/* A sound tree; the kernel half of the top is that of everybody. */
static bool grow(struct test *test, struct plant *plant)
{
	int level;

	for (level = PT_CACHE_PGD; level >= PT_CACHE_PTE; level--) {
		if (level == PT_CACHE_P4D && !pgtable_l5_enabled())
			continue;
		plant->table[level] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!check(test, plant->table[level], "no page"))
			return false;
		__SetPageTable(plant->table[level]);
		if (level < PT_CACHE_PGD)
			hang(plant, level, plant->table[level]);
	}
	memcpy(entries_of(plant->table[PT_CACHE_PGD]) + KERNEL_HALF,
	       (unsigned long *)current->mm->pgd + KERNEL_HALF, KERNEL_HALF * sizeof(long));
	return true;
}

static bool begin(struct test *test)
{
	memset(list, 0, sizeof(list));
	if (!grow(test, &first))
		return false;
	list[0].top = (pgd_t *)entries_of(first.table[PT_CACHE_PGD]);
	list[0].mm = (struct mm_struct *)&first;
	return true;
}

static void end(void)
{
	uproot(&first);
	uproot(&second);
}

/* Audits with what is planted; all rules but @rule must hold. */
static void audit(struct test *test, int rule, u64 violations, unsigned long pfn)
{
	int i, err;

	pt_cache_selftest_plant(list);
	err = pt_cache_selftest_audit(&findings);
	pt_cache_selftest_plant(NULL);
	if (!check(test, !err, "audit: %d", err))
		return;
	for (i = 0; i < PTC_NR_AUDIT_RULES; i++) {
		u64 wanted = i == rule ? violations : 0;

		check(test, results[i].violations == wanted, "rule %d: %llu violations, first pfn %#lx",
		      i, results[i].violations, results[i].first_pfn);
	}
	if (violations)
		check(test, results[rule].first_pfn == pfn, "pfn %#lx instead of %#lx",
		      results[rule].first_pfn, pfn);
}

static void sound(struct test *test)
{
	u64 before[PTC_NR_AUDIT_RULES];
	int i;

	memset(list, 0, sizeof(list));
	audit(test, -1, 0, 0);
	for (i = 0; i < PTC_NR_AUDIT_RULES; i++)
		before[i] = results[i].checked;
	check(test, before[PTC_AUDIT_one_mm] > 10, "%llu tables", before[PTC_AUDIT_one_mm]);
	check(test, before[PTC_AUDIT_marked] > 10, "%llu tables", before[PTC_AUDIT_marked]);
	check(test, before[PTC_AUDIT_target] > 100, "%llu entries", before[PTC_AUDIT_target]);
	check(test, before[PTC_AUDIT_kernel_half] > 0, "no PGD");

	if (begin(test))
		audit(test, -1, 0, 0);
	end();
}

static void two_mms(struct test *test)
{
	if (begin(test) && grow(test, &second)) {
		list[1].top = (pgd_t *)entries_of(second.table[PT_CACHE_PGD]);
		list[1].mm = (struct mm_struct *)&second;
		audit(test, -1, 0, 0);
		hang(&second, PT_CACHE_PTE, first.table[PT_CACHE_PTE]);
		audit(test, PTC_AUDIT_one_mm, 1, page_to_pfn(first.table[PT_CACHE_PTE]));
	}
	end();
}

static void not_marked(struct test *test)
{
	if (begin(test)) {
		__ClearPageTable(first.table[PT_CACHE_PMD]);
		audit(test, PTC_AUDIT_marked, 1, page_to_pfn(first.table[PT_CACHE_PMD]));
	}
	end();
}

static void wrong_owner(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "owner", 0, NUMA_NO_NODE);
	struct page *page;

	page = pt_cache_alloc_table(cache, current->mm, PT_CACHE_PTE, GFP_KERNEL);
	if (check(test, page, "no table") && begin(test)) {
		__SetPageTable(page);
		hang(&first, PT_CACHE_PTE, page);
		list[0].mm = current->mm;
		audit(test, -1, 0, 0);
		check(test, results[PTC_AUDIT_owner].checked == 1, "%llu looked at",
		      results[PTC_AUDIT_owner].checked);
		list[0].mm = (struct mm_struct *)&first;
		audit(test, PTC_AUDIT_owner, 1, page_to_pfn(page));
		__ClearPageTable(page);
	}
	end();
	if (page)
		pt_cache_free_table(cache, page);
	give_up(test, cache);
}

static void free_target(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "target", 0, NUMA_NO_NODE);
	struct page *page;

	page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	if (check(test, page, "no table") && begin(test)) {
		entries_of(first.table[PT_CACHE_PTE])[index_at(PT_CACHE_PTE)] = entry_to(page);
		audit(test, -1, 0, 0);
		pt_cache_free_table(cache, page);
		audit(test, PTC_AUDIT_target, 1, page_to_pfn(page));
		page = NULL;
	}
	end();
	if (page)
		pt_cache_free_table(cache, page);
	give_up(test, cache);
}

static void free_table(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "table", 0, NUMA_NO_NODE);
	struct page *page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);

	if (check(test, page, "no table") && begin(test)) {
		__SetPageTable(page);
		hang(&first, PT_CACHE_PTE, page);
		pt_cache_free_table_zeroed(cache, page);
		audit(test, PTC_AUDIT_target, 1, page_to_pfn(page));
		__ClearPageTable(page);
	}
	end();
	give_up(test, cache);
}

static void another_kernel(struct test *test)
{
	unsigned long *top;
	int i;

	if (begin(test)) {
		top = entries_of(first.table[PT_CACHE_PGD]);
		for (i = PTRS_PER_PGD - 1; !top[i]; i--)
			;
		top[i] ^= _PAGE_ACCESSED; /* the hardware's remark */
		audit(test, -1, 0, 0);
		top[i] ^= PAGE_SIZE;
		audit(test, PTC_AUDIT_kernel_half, 1, page_to_pfn(first.table[PT_CACHE_PGD]));
	}
	end();
}

static void wrong_attributes(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "attributes", 0, NUMA_NO_NODE);
	struct changed changed;
	struct page *page;

	memset(list, 0, sizeof(list)); /* nothing is planted */
	page = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	if (check(test, page, "no table") &&
	    change_entry(test, &changed, page, _PAGE_RW | _PAGE_DIRTY)) {
		audit(test, -1, 0, 0);
		pt_cache_free_table_zeroed(cache, page);
		audit(test, PTC_AUDIT_attributes, 1, page_to_pfn(page));
		restore_entry(&changed);
		audit(test, -1, 0, 0);
		check(test, results[PTC_AUDIT_attributes].checked >= 512, "%llu pages",
		      results[PTC_AUDIT_attributes].checked);
	} else if (page) {
		pt_cache_free_table(cache, page);
	}
	give_up(test, cache);
}

struct test audit_tests[] = {
	{ "a system at work, and a sound tree beside it, keep all rules", sound },
	{ "a table in two mms is found", two_mms },
	{ "a table that is not marked as one is found", not_marked },
	{ "a table of ours in another mm than its owner's is found", wrong_owner },
	{ "an entry that points to a free page of ours is found", free_target },
	{ "an entry that leads to a free table of ours is found", free_table },
	{ "a PGD with another kernel half is found", another_kernel },
	{ "a free page of ours that is read-only in the direct map is found", wrong_attributes },
	{ }
};
