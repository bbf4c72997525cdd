// SPDX-License-Identifier: GPL-2.0
/* The entries of a tree, read as the CPU's manual has them, not as our code does. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/io.h>
#include <asm/special_insns.h>

#include "tree_model.h"

/* As the manual has it (Intel SDM volume 3, 4.5; AMD APM volume 2, 5.3). */
#define MANUAL_PRESENT		(1ULL << 0)
#define MANUAL_WRITABLE		(1ULL << 1)
#define MANUAL_USER		(1ULL << 2)
#define MANUAL_LARGE		(1ULL << 7)	/* in a PTE: PAT */
#define MANUAL_PAT_OF_PTE	(1ULL << 7)
#define MANUAL_PAT_OF_LARGE	(1ULL << 12)
#define MANUAL_ADDRESS		0x000ffffffffff000ULL
#define MANUAL_NO_EXECUTE	(1ULL << 63)
#define MANUAL_CR4_LA57		(1ULL << 12)

static const u64 manual_prots[PROT_KINDS] = {
	MANUAL_PRESENT | MANUAL_WRITABLE | MANUAL_NO_EXECUTE,
	MANUAL_PRESENT | MANUAL_NO_EXECUTE,
	MANUAL_PRESENT | MANUAL_USER,
	MANUAL_PRESENT | MANUAL_WRITABLE | MANUAL_PAT_OF_PTE,
};

u64 random_below(u64 *state, u64 limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (*state >> 11) % limit;
}

pgprot_t prot_of_kind(unsigned int kind)
{
	return __pgprot(manual_prots[kind]);
}

static void note_flush(struct pt_cache_tree *tree, unsigned long start, unsigned long end,
		       void *private)
{
	struct tree_model *model = private;

	model->flushes++;
	model->flush_start = start;
	model->flush_end = end;
}

bool model_begin(struct tree_model *model, struct test *test, unsigned int shift,
		 unsigned long base, unsigned long nr, unsigned long flags)
{
	struct pt_cache_tree_attr attr = { .flush = note_flush, .private = model, .flags = flags };

	memset(model, 0, sizeof(*model));
	model->test = test;
	model->shift = shift;
	model->base = base;
	model->nr = nr;
	model->random = 1;
	xa_init(&model->units);
	model->cache = new_cache(test, "tree", 0, NUMA_NO_NODE);
	if (!model->cache)
		return false;
	attr.cache = model->cache;
	model->tree = pt_cache_tree_create(&attr);
	return check(test, !IS_ERR(model->tree), "create: %ld", PTR_ERR(model->tree));
}

/* The cache has all its tables back, or it could not be destroyed. */
void model_end(struct tree_model *model)
{
	int err;

	if (!IS_ERR_OR_NULL(model->tree)) {
		err = pt_cache_tree_destroy(model->tree);
		check(model->test, !err, "destroy: %d", err);
	}
	if (model->cache)
		give_up(model->test, model->cache);
	xa_destroy(&model->units);
}

static void *unit_value(unsigned long to, unsigned int kind)
{
	return xa_mk_value(to << 2 | kind);
}

/* Is any unit, or is each unit of the range mapped? */
static bool any_mapped(struct tree_model *model, unsigned long at, unsigned long nr)
{
	unsigned long index = at;

	return xa_find(&model->units, &index, at + nr - 1, XA_PRESENT);
}

static bool all_mapped(struct tree_model *model, unsigned long at, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (!xa_load(&model->units, at + i))
			return false;
	return true;
}

/* How many units from here on are mapped as this one is, or are not, as it is not. */
unsigned long model_run(struct tree_model *model, unsigned long at)
{
	unsigned long n = 1;

	while (at + n < model->nr &&
	       !xa_load(&model->units, at + n) == !xa_load(&model->units, at))
		n++;
	return n;
}

static unsigned long va_of(const struct tree_model *model, unsigned long at)
{
	return model->base + (at << model->shift);
}

/* Returns what the tree said; that it said what it must is checked. */
int model_map(struct tree_model *model, unsigned long at, unsigned long nr, unsigned long to,
	      unsigned int kind)
{
	int expected = any_mapped(model, at, nr) ? -EEXIST : 0, err;
	unsigned long i;

	err = pt_cache_tree_map(model->tree, va_of(model, at), (phys_addr_t)to << model->shift,
				nr << model->shift, prot_of_kind(kind));
	model->maps++;
	model->refused += err == -EEXIST;
	if (err == -ENOMEM && !pt_cache_selftest_fault_waits(PTC_FAULT_TREE_TABLE)) {
		model->failed++;
		return err;
	}
	check(model->test, err == expected, "map of %lu at %lu: %d, not %d", nr, at, err, expected);
	for (i = 0; !err && i < nr; i++)
		xa_store(&model->units, at + i, unit_value(to + i, kind), GFP_KERNEL);
	return err;
}

int model_unmap(struct tree_model *model, unsigned long at, unsigned long nr)
{
	int expected = all_mapped(model, at, nr) ? 0 : -ENOENT, err;
	unsigned long i, flushes = model->flushes;

	err = pt_cache_tree_unmap(model->tree, va_of(model, at), nr << model->shift);
	model->unmaps++;
	model->refused += err == -ENOENT;
	if (err == -ENOMEM && !pt_cache_selftest_fault_waits(PTC_FAULT_TREE_TABLE)) {
		model->failed++;
		return err;
	}
	check(model->test, err == expected, "unmap of %lu at %lu: %d, not %d", nr, at, err,
	      expected);
	if (err)
		return err;
	check(model->test, model->flushes == flushes + 1 &&
	      model->flush_start <= va_of(model, at) && model->flush_end >= va_of(model, at + nr),
	      "%lu flushes, of %#lx to %#lx, for an unmap of %lu at %lu",
	      model->flushes - flushes, model->flush_start, model->flush_end, nr, at);
	for (i = 0; i < nr; i++)
		xa_erase(&model->units, at + i);
	return 0;
}

struct comparison {
	struct tree_model *model;
	unsigned long first, end;	/* units */
	unsigned long found;		/* units in them */
	unsigned long wrong, wrong_users;
};

/* A leaf, with its protection as a PTE has it, held against the model unit by unit. */
static void compare_leaf(struct comparison *comparison, unsigned long va, u64 pa,
			 unsigned long size, u64 prot)
{
	struct tree_model *model = comparison->model;
	unsigned long unit;

	if (size >> model->shift == 0 || va < model->base) {
		comparison->wrong++;
		return;
	}
	unit = (va - model->base) >> model->shift;
	for (; size; size -= 1UL << model->shift, unit++, pa += 1UL << model->shift) {
		void *value = xa_load(&model->units, unit);
		unsigned long word = xa_to_value(value);

		if (unit < comparison->first || unit >= comparison->end)
			continue;
		comparison->found++;
		if (!value || word >> 2 != pa >> model->shift || manual_prots[word & 3] != prot)
			comparison->wrong++;
	}
}

static int visit(const struct pt_cache_mapping *mapping, void *data)
{
	compare_leaf(data, mapping->va, mapping->pa, mapping->size, pgprot_val(mapping->prot));
	return 0;
}

static bool judge(struct comparison *comparison, const char *how)
{
	unsigned long expected = 0, unit = comparison->first;

	while (xa_find(&comparison->model->units, &unit, comparison->end - 1, XA_PRESENT)) {
		expected++;
		unit++;
	}
	return check(comparison->model->test,
		     !comparison->wrong && comparison->found == expected,
		     "%s of units %lu to %lu: %lu wrong, %lu found, %lu expected", how,
		     comparison->first, comparison->end, comparison->wrong, comparison->found,
		     expected);
}

/* By the tree's own walk. */
bool model_compare(struct tree_model *model, unsigned long at, unsigned long nr)
{
	struct comparison comparison = { .model = model, .first = at, .end = at + nr };
	int ret = pt_cache_tree_walk(model->tree, va_of(model, at), nr << model->shift, visit,
				     &comparison);

	check(model->test, !ret, "walk: %d", ret);
	return judge(&comparison, "walk");
}

/*
 * @level counts from 1 for PTEs. A table has a user for each entry that is not none; the top has
 * the tree, too.
 */
static void read_raw(struct comparison *comparison, const u64 *table, int level, unsigned long va,
		     bool top)
{
	unsigned int shift = 12 + 9 * (level - 1), i, users = top;

	for (i = 0; i < 512; i++)
		users += table[i] != 0;
	comparison->wrong_users += pt_cache_selftest_users(virt_to_page(table)) != users;
	for (i = 0; i < 512; i++) {
		u64 entry = table[i], prot, pa;
		unsigned long at = va + ((unsigned long)i << shift);

		if (!(entry & MANUAL_PRESENT)) {
			comparison->wrong += entry != 0;
			continue;
		}
		if (level > 1 && !(entry & MANUAL_LARGE)) {
			read_raw(comparison, phys_to_virt(entry & MANUAL_ADDRESS), level - 1, at,
				 false);
			continue;
		}
		comparison->wrong += level > 3;
		prot = entry & ~MANUAL_ADDRESS;
		pa = entry & MANUAL_ADDRESS;
		if (level > 1) {
			prot &= ~MANUAL_LARGE;
			if (pa & MANUAL_PAT_OF_LARGE)
				prot |= MANUAL_PAT_OF_PTE;
			pa &= ~MANUAL_PAT_OF_LARGE;
			comparison->wrong += (pa & ((1ULL << shift) - 1)) != 0;
		}
		compare_leaf(comparison, at, pa, 1UL << shift, prot);
	}
}

/* All of the tree, from its top, as a CPU would. */
bool model_compare_raw(struct tree_model *model)
{
	struct comparison comparison = { .model = model, .end = model->nr };
	int levels = native_read_cr4() & MANUAL_CR4_LA57 ? 5 : 4;

	read_raw(&comparison, page_address(pt_cache_tree_top(model->tree)), levels, 0, true);
	check(model->test, !comparison.wrong_users, "%lu tables have other users than entries",
	      comparison.wrong_users);
	return judge(&comparison, "the raw entries");
}

static unsigned long count_tables(const u64 *table, int level)
{
	unsigned long n = 1;
	int i;

	for (i = 0; level > 1 && i < 512; i++)
		if (table[i] & MANUAL_PRESENT && !(table[i] & MANUAL_LARGE))
			n += count_tables(phys_to_virt(table[i] & MANUAL_ADDRESS), level - 1);
	return n;
}

/* All its tables, the top included. */
unsigned long tables_of(struct pt_cache_tree *tree)
{
	return count_tables(page_address(pt_cache_tree_top(tree)),
			    native_read_cr4() & MANUAL_CR4_LA57 ? 5 : 4);
}
