// SPDX-License-Identifier: GPL-2.0
/* What several tests need. The oracle for the direct map is the kernel's lookup_address(). */
#include <linux/err.h>
#include <linux/pgtable.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "selftest.h"

struct pt_cache *new_cache(struct test *test, const char *name, unsigned int order, int nid)
{
	const struct pt_cache_attr attr = { .name = name, .nid = nid, .order = order };
	struct pt_cache *cache = pt_cache_create(&attr);

	check(test, !IS_ERR(cache), "create %s order %u: %ld", name, order, PTR_ERR(cache));
	return IS_ERR(cache) ? NULL : cache;
}

void give_up(struct test *test, struct pt_cache *cache)
{
	int err = pt_cache_destroy(cache);

	check(test, !err, "destroy: %d", err);
}

bool table_is_zero(struct page *page, unsigned int order)
{
	return !memchr_inv(page_address(page), 0, PAGE_SIZE << order);
}

bool table_is_mapped_by_ptes(struct page *page, unsigned int order)
{
	unsigned int i, level;

	for (i = 0; i < 1U << order; i++) {
		unsigned long addr = (unsigned long)page_address(page) + i * PAGE_SIZE;
		pte_t *pte = lookup_address(addr, &level);

		if (!pte || level != PG_LEVEL_4K || !pte_present(*pte) || !pte_write(*pte) ||
		    pte_pfn(*pte) != page_to_pfn(page) + i ||
		    pte_flags(*pte) & _PAGE_CACHE_MASK)
			return false;
	}
	return true;
}

void check_table(struct test *test, struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	check(test, table_is_zero(page, order), "pfn %#lx order %u", pfn, order);
	check(test, IS_ALIGNED(pfn, 1UL << order), "pfn %#lx order %u", pfn, order);
	check(test, table_is_mapped_by_ptes(page, order), "pfn %#lx order %u", pfn, order);
	check(test, page_count(page) == 1, "pfn %#lx: %d references", pfn, page_count(page));
}

u64 count_of(const char *counter)
{
	u64 value = pt_cache_selftest_counter(counter);

	WARN_ON(value == U64_MAX);
	return value;
}

/*
 * INVLPG forgets a global entry, too. One that is not, as with page-table isolation, may stay in
 * another PCID: where it is read-only still, the kernel sees through the fault.
 */
static void forget_address(void *addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

static void set_entry(const struct changed *changed, pte_t to)
{
	WRITE_ONCE(*changed->entry, to);
	on_each_cpu(forget_address, (void *)changed->addr, 1);
}

bool change_entry(struct test *test, struct changed *changed, struct page *page, pteval_t bits)
{
	unsigned int level;

	changed->addr = (unsigned long)page_address(page);
	changed->entry = lookup_address(changed->addr, &level);
	if (!check(test, changed->entry && level == PG_LEVEL_4K, "pfn %#lx: level %u",
		   page_to_pfn(page), level))
		return false;
	changed->was = *changed->entry;
	set_entry(changed, __pte(pte_val(changed->was) & ~bits));
	return true;
}

void restore_entry(const struct changed *changed)
{
	set_entry(changed, changed->was);
}
