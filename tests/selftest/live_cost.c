// SPDX-License-Identifier: GPL-2.0
/*
 * `live_cost`: read it before and while pt_cache_live.ko is loaded, and the TSC's ticks for a
 * user's PTE table are measured: in a guest under `boot --icount` a tick is an instruction.
 *
 *	clear_page	clearing a page
 *	alone_stock	what pte_alloc_one() does, called here: alloc_page() and the constructor
 *	alone_live	what pt_cache_live.ko does in its place, called here, without the detour to it
 *	in_kernel	the kernel's own way to a new table, which by ftrace and livepatch may be ours
 *			(kernel_tables.c)
 *
 * So the detour is what in_kernel grew by, more than alone_live differs from alone_stock.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <asm/msr.h>
#include <asm/pgalloc.h>

#include "compat/pte_ctor.h"
#include "selftest.h"

#define TABLES	500U
#define ROUNDS	6

static pgtable_t stock_alloc(struct mm_struct *mm)
{
	struct page *page = alloc_page(GFP_PGTABLE_USER);

	if (page && !ptc_pte_ctor(page)) {
		__free_page(page);
		page = NULL;
	}
	return page;
}

/* The least of some rounds: an interrupt is in the others. */
static u64 time_alone(ptc_live_alloc_fn alloc, struct page **pages)
{
	u64 start, least = U64_MAX;
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		start = rdtsc();
		for (i = 0; i < TABLES; i++) {
			pages[i] = alloc(current->mm);
			if (!pages[i])
				break;
		}
		least = min(least, rdtsc() - start);
		while (i--)
			ptc_pte_free(pages[i]);
		pt_cache_selftest_collect(true);
	}
	return least / TABLES;
}

static u64 time_in_kernel(void)
{
	u64 ticks, least = U64_MAX;
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		if (time_kernel_tables(TABLES, &ticks))
			return 0;
		least = min(least, ticks);
		pt_cache_selftest_collect(true);
	}
	return least / TABLES;
}

static u64 time_clearing(struct page *page)
{
	u64 start, least = U64_MAX;
	unsigned int i;

	for (i = 0; i < TABLES; i++) {
		start = rdtsc();
		clear_page(page_address(page));
		least = min(least, rdtsc() - start);
	}
	return least;
}

static int live_cost_show(struct seq_file *m, void *unused)
{
	struct page **pages = kcalloc(TABLES, sizeof(*pages), GFP_KERNEL), *page;
	ptc_live_alloc_fn live = pt_cache_selftest_live();

	page = alloc_page(GFP_KERNEL);
	if (pages && page) {
		seq_printf(m, "clear_page %llu\n", time_clearing(page));
		seq_printf(m, "alone_stock %llu\n", time_alone(stock_alloc, pages));
		if (live)
			seq_printf(m, "alone_live %llu\n", time_alone(live, pages));
		seq_printf(m, "in_kernel %llu\n", time_in_kernel());
	}
	if (page)
		__free_page(page);
	kfree(pages);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(live_cost);

void live_cost_init(struct dentry *parent)
{
	debugfs_create_file("live_cost", 0400, parent, NULL, &live_cost_fops);
}
