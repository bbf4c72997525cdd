// SPDX-License-Identifier: GPL-2.0
/*
 * `fragment`: write N, a power of two, and every free run of N pages and more is broken: each Nth
 * of its pages is kept, the others are given back (512: no 2M page is left; 2: single pages only).
 * Write 0 to give everything back.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>

#include "knob.h"
#include "selftest.h"

/* The pages we hold are chained through their first word. */
static struct page *chain;

static void hold_page(struct page *page)
{
	*(struct page **)page_address(page) = chain;
	chain = page;
}

static void give_all_back(void)
{
	while (chain) {
		struct page *page = chain;

		chain = *(struct page **)page_address(page);
		__free_page(page);
		cond_resched();
	}
}

/*
 * Compaction that failed is put off for up to 64 requests; then it is tried again, and what has
 * come free meanwhile may make a run of 2M for that one.
 */
#define FAILURES	128

/*
 * Break the runs of 2^order pages that are free, or that compaction can put together, with the
 * effort that a supply of blocks would make for one.
 */
static void break_runs(unsigned int order, unsigned int nth)
{
	unsigned int i, failures = 0;

	while (failures < (order == 9 ? FAILURES : 1)) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, order);

		if (!page) {
			failures++;
			continue;
		}
		split_page(page, order);
		for (i = 0; i < 1U << order; i++) {
			if (page_to_pfn(page + i) % nth == nth / 2)
				hold_page(page + i);
			else
				__free_page(page + i);
		}
		cond_resched();
	}
}

static int fragment_set(u64 nth)
{
	unsigned int order;

	if (nth && (nth < 2 || nth > 512 || !is_power_of_2(nth)))
		return -EINVAL;
	if (!nth)
		give_all_back();
	for (order = 9; nth && order >= ilog2(nth); order--)
		break_runs(order, nth);
	return 0;
}
DEFINE_NUMBER_KNOB(fragment, knob_shows_nothing);

void fragment_init(struct dentry *parent)
{
	debugfs_create_file("fragment", 0200, parent, NULL, &fragment_fops);
}

void fragment_exit(void)
{
	give_all_back();
}
