// SPDX-License-Identifier: GPL-2.0
/*
 * Gives single pages back to the page allocator, in the largest aligned runs.
 *
 * A page that is freed by itself goes to a list of this CPU (struct per_cpu_pages), where no other
 * CPU finds it. From 6.7 on these lists grow while pages are freed to them, up to an eighth of the
 * zone (nr_pcp_high(), mm/page_alloc.c), and direct reclaim drains them only if it made progress.
 * So kswapd on one CPU could take thousands of pages from our blocks, and a task on another was
 * killed for want of them: 16 MB lay on such lists. A run of order 4 and more never goes to them,
 * and one of order 1 to 3 makes the page allocator empty a list to which pages are being freed
 * (free_high in free_unref_page_commit()).
 */
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/sort.h>

#include "alloc/attributes.h"
#include "alloc/block.h"
#include "alloc/leave.h"

static int leave_compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* The order of the largest aligned run at the beginning of @nr pages in a row. */
static unsigned int leave_order(unsigned long pfn, unsigned int nr)
{
	unsigned int order = 0;

	/* what is counted for each page of such an allocation would be counted for one of them */
	if (IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING))
		return 0;
	while (order < PTC_BLOCK_ORDER && !(pfn & 1UL << order) && 2U << order <= nr)
		order++;
	return order;
}

/*
 * Undo the split_page() of a run, whose first page alone has a reference then. Where somebody else
 * has one to a page for a moment, only the pages before it make up a run. Returns its order.
 */
static unsigned int leave_join(struct page *page, unsigned int order)
{
	unsigned int nr, i;

	for (nr = 1; nr < 1U << order; nr++)
		if (!page_ref_freeze(page + nr, 1))
			break;
	order = ilog2(nr);
	for (i = 1U << order; i < nr; i++)
		page_ref_unfreeze(page + i, 1);
	return order;
}

/*
 * If somebody has a reference to the first page, __free_pages() frees the others, and that page is
 * freed when the reference is dropped.
 */
static void leave_run(unsigned long pfn, unsigned int nr)
{
	while (nr) {
		struct page *page = pfn_to_page(pfn);
		unsigned int order = leave_join(page, leave_order(pfn, nr));

		__free_pages(page, order);
		pfn += 1UL << order;
		nr -= 1U << order;
	}
}

/*
 * May these pages be freed together? Of pages in bad memory the page allocator keeps out those that
 * are freed one by one (free_pages_prepare()).
 */
static bool leave_together(unsigned long pfn, unsigned long next)
{
	return next == pfn + 1 && !PageHWPoison(pfn_to_page(pfn)) &&
	       !PageHWPoison(pfn_to_page(next));
}

/**
 * ptc_leave - give single pages back to the page allocator
 * @pfns: pages that no block counts any more; sorted. What is not as it came stays allocated, see
 *	ptc_attributes_filter_leaving()
 * @nr: how many
 *
 * Neither sleeps nor allocates: it runs in reclaim, and before the OOM killer.
 *
 * Context: any but NMI.
 * Return: how many were given back.
 */
unsigned int ptc_leave(unsigned long *pfns, unsigned int nr)
{
	unsigned int sound = ptc_attributes_filter_leaving(pfns, nr), i, first = 0;

	sort(pfns, sound, sizeof(*pfns), leave_compare, NULL);
	for (i = 1; i <= sound; i++) {
		if (i < sound && leave_together(pfns[i - 1], pfns[i]))
			continue;
		leave_run(pfns[first], i - first);
		first = i;
	}
	return sound;
}
