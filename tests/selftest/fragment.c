// SPDX-License-Identifier: GPL-2.0
/*
 * `fragment`: write N, and all free memory but a rest is taken page by page and given back but for
 * every Nth page frame, so that no aligned run of N pages is free any more (write 512: no 2M page;
 * 2: single pages only). Write 0 to give everything back.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "selftest.h"

/* What the rest of the system has to live on meanwhile. */
#define SPARE_PAGES	((96UL << 20) >> PAGE_SHIFT)

/* The pages we hold are chained through their first word. */
static struct page *chain;
static DEFINE_MUTEX(chain_lock);

static struct page *next_of(struct page *page)
{
	return *(struct page **)page_address(page);
}

static void push(struct page **stack, struct page *page)
{
	*(struct page **)page_address(page) = *stack;
	*stack = page;
}

static void take_all(void)
{
	while (si_mem_available() > (long)SPARE_PAGES) {
		struct page *page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);

		if (!page)
			break;
		push(&chain, page);
		cond_resched();
	}
}

/*
 * What take_all() spared, and what compaction can still put together: every free run of 2^order
 * pages, with the effort that a supply of blocks would make for it.
 */
static void take_runs(unsigned int order)
{
	struct page *page;
	unsigned int i;

	while ((page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, order))) {
		split_page(page, order);
		for (i = 0; i < 1U << order; i++)
			push(&chain, page + i);
		cond_resched();
	}
}

/* Give back all but every @nth page frame; all of them for 0. */
static void give_back_but(unsigned int nth)
{
	struct page *keep = NULL;

	while (chain) {
		struct page *page = chain;

		chain = next_of(page);
		if (nth && page_to_pfn(page) % nth == nth / 2)
			push(&keep, page);
		else
			__free_page(page);
		cond_resched();
	}
	chain = keep;
}

static ssize_t fragment_write(struct file *file, const char __user *text, size_t size, loff_t *pos)
{
	unsigned int nth, order;
	int err = kstrtouint_from_user(text, size, 0, &nth);

	if (err)
		return err;
	mutex_lock(&chain_lock);
	if (nth)
		take_all();
	give_back_but(nth);
	for (order = 9; nth && 1U << order >= nth; order--) {
		take_runs(order);
		give_back_but(nth);
	}
	mutex_unlock(&chain_lock);
	return size;
}

static const struct file_operations fragment_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = fragment_write,
};

int fragment_init(struct dentry *parent)
{
	debugfs_create_file("fragment", 0200, parent, NULL, &fragment_fops);
	return 0;
}

void fragment_exit(void)
{
	give_back_but(0);
}
