// SPDX-License-Identifier: GPL-2.0
/*
 * `flip`: what it costs the direct map to change the attributes of N pages. Write "ordinary N" for
 * pages from the page allocator, each in another 2M region that is mapped by 2M, "movable N" for
 * such pages from ZONE_MOVABLE, where there is one, or "cache N" for tables from a pt_cache. Each is
 * made uncached and write-back again, and all are given back. Read: the kind, how many pages were
 * changed, how many of these changes split a mapping of 2M, as the mapping of each page shows, and
 * how many such mappings the kernel says to have split meanwhile, others' among them.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/sched/signal.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "knob.h"
#include "selftest.h"

#define MAX_FLIPS	(1U << 16)

/* Two thirds of the 2M regions may be mapped by 4K already before no more are looked at. */
#define TRIES_A_PAGE	3

static struct {
	const char *kind;
	unsigned int pages;
	unsigned int splits;
	unsigned long kernel_splits;
} last = { .kind = "-" };

/* The kernel's own count; the array of all its events is too large for a stack. */
static int count_splits(unsigned long *splits)
{
	unsigned long *events = kcalloc(NR_VM_EVENT_ITEMS, sizeof(*events), GFP_KERNEL);

	if (!events)
		return -ENOMEM;
	all_vm_events(events);
	*splits = events[DIRECT_MAP_LEVEL2_SPLIT];
	kfree(events);
	return 0;
}

static pte_t *mapping_of(struct page *page, unsigned int *level)
{
	return lookup_address((unsigned long)page_address(page), level);
}

static bool is_mapped_by_2m(struct page *page)
{
	unsigned int level;

	return mapping_of(page, &level) && level == PG_LEVEL_2M;
}

/* A change of one page never touches a larger mapping: where there is one, all is as before. */
static bool is_write_back(struct page *page)
{
	unsigned int level;
	pte_t *pte = mapping_of(page, &level);

	return pte && (level != PG_LEVEL_4K || !(pte_flags(*pte) & _PAGE_CACHE_MASK));
}

/* A page that did not become write-back again is nobody's any more: it must not be given back. */
static int flip_page(struct page *page, bool *split)
{
	unsigned long addr = (unsigned long)page_address(page);
	bool whole = is_mapped_by_2m(page);
	int err = set_memory_uc(addr, 1);
	int tries;

	*split = whole && !is_mapped_by_2m(page);
	for (tries = 0; tries < 2 && set_memory_wb(addr, 1); tries++)
		;
	return is_write_back(page) ? err : -EUCLEAN;
}

/* Changes pages as long as it goes well, and forgets in `pages` what must not be given back. */
static int flip_pages(struct page **pages, unsigned int n)
{
	unsigned long before, after;
	unsigned int i, splits = 0;
	int err = count_splits(&before);
	bool split;

	for (i = 0; !err && i < n; i++) {
		err = flip_page(pages[i], &split);
		splits += split;
		if (err == -EUCLEAN) {
			pr_err("flip: pfn %#lx is lost\n", page_to_pfn(pages[i]));
			pages[i] = NULL;
		}
		if (signal_pending(current))
			err = err ?: -EINTR;
		cond_resched();
	}
	if (err)
		return err;
	err = count_splits(&after);
	if (err)
		return err;
	last.pages = n;
	last.splits = splits;
	last.kernel_splits = after - before;
	return 0;
}

/*
 * One page of a free 2M, the others given back: it lies as a page of a busy system does. Nothing is
 * reclaimed for it, so that a machine short of memory has fewer pages changed and is left in peace.
 */
static struct page *take_ordinary(gfp_t gfp)
{
	struct page *page = alloc_pages((gfp & ~__GFP_RECLAIM) | __GFP_NOWARN, 9);
	unsigned int i;

	if (!page)
		return NULL;
	split_page(page, 9);
	for (i = 1; i < 512; i++)
		__free_page(page + i);
	return page;
}

/* Returns how many pages of regions mapped by 2M come first; the others keep their regions away. */
static unsigned int take_scattered(struct page **pages, unsigned int n, gfp_t gfp,
				   unsigned int *taken)
{
	unsigned int good = 0;

	for (*taken = 0; good < n && *taken < TRIES_A_PAGE * n && !signal_pending(current);) {
		struct page *page = take_ordinary(gfp);

		if (!page)
			break;
		pages[(*taken)++] = page;
		if (is_mapped_by_2m(page)) {
			swap(pages[good], pages[*taken - 1]);
			good++;
		}
		cond_resched();
	}
	return good;
}

static int flip_ordinary(unsigned int n, gfp_t gfp)
{
	struct page **pages = kvcalloc(n, TRIES_A_PAGE * sizeof(*pages), GFP_KERNEL);
	unsigned int good, taken, i;
	int err;

	if (!pages)
		return -ENOMEM;
	good = take_scattered(pages, n, gfp, &taken);
	err = flip_pages(pages, good);
	for (i = 0; i < taken; i++) {
		if (pages[i])
			__free_page(pages[i]);
	}
	kvfree(pages);
	return err;
}

/* With a page lost the cache cannot be destroyed: it says so, and stays. */
static int flip_cached(unsigned int n)
{
	const struct pt_cache_attr attr = { .name = "flip", .nid = NUMA_NO_NODE };
	struct page **pages = kvcalloc(n, sizeof(*pages), GFP_KERNEL);
	struct pt_cache *cache;
	unsigned int taken, i;
	int err;

	if (!pages)
		return -ENOMEM;
	cache = pt_cache_create(&attr);
	err = PTR_ERR_OR_ZERO(cache);
	if (err)
		goto free_array;
	for (taken = 0; taken < n && !signal_pending(current); taken++) {
		pages[taken] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
		if (!pages[taken])
			break;
		cond_resched();
	}
	err = flip_pages(pages, taken);
	for (i = 0; i < taken; i++) {
		if (pages[i])
			pt_cache_free_table_zeroed(cache, pages[i]);
	}
	err = pt_cache_destroy(cache) ?: err;
free_array:
	kvfree(pages);
	return err;
}

static int flip_obey(char *line)
{
	char kind[16];
	unsigned int n;
	int err;

	if (sscanf(line, "%15s %u", kind, &n) != 2 || !n || n > MAX_FLIPS)
		return -EINVAL;
	last.kind = "-";
	last.pages = 0;
	last.splits = 0;
	last.kernel_splits = 0;
	if (!strcmp(kind, "cache")) {
		err = flip_cached(n);
		last.kind = "cache";
	} else if (!strcmp(kind, "ordinary")) {
		err = flip_ordinary(n, GFP_KERNEL);
		last.kind = "ordinary";
	} else if (!strcmp(kind, "movable")) {
		err = flip_ordinary(n, GFP_HIGHUSER_MOVABLE);
		last.kind = "movable";
	} else {
		err = -EINVAL;
	}
	return err;
}

static int flip_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s %u %u %lu\n", last.kind, last.pages, last.splits,
		   last.kernel_splits);
	return 0;
}
DEFINE_KNOB(flip, flip_show);

void flip_init(struct dentry *parent)
{
	debugfs_create_file("flip", 0600, parent, NULL, &flip_fops);
}
