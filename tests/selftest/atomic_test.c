// SPDX-License-Identifier: GPL-2.0
/* Requests that may not sleep. */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "selftest.h"

#define MORE_THAN_THERE_IS 8192

/* Nothing that a request could wait for, allocate or split has happened. */
struct supply_counts {
	u64 n[5];
};

static struct supply_counts supply_counts(void)
{
	return (struct supply_counts){ {
		count_of("splits"), count_of("fresh"), count_of("fresh_failed"),
		count_of("smaller"), count_of("single"),
	} };
}

static void until_null(struct test *test)
{
	static DEFINE_SPINLOCK(lock);
	struct pt_cache *cache = new_cache(test, "atomic", 0, NUMA_NO_NODE);
	struct page **pages = vzalloc(MORE_THAN_THERE_IS * sizeof(*pages));
	struct page *later;
	unsigned int got = 0, tries;
	unsigned long flags;
	int this_cpu;

	/*
	 * In the worst context of all: a sleep here is "scheduling while atomic", which fails the
	 * whole run. The worker is another CPU's or waits until we are through, so this ends.
	 */
	spin_lock_irqsave(&lock, flags);
	this_cpu = smp_processor_id();
	while (got < MORE_THAN_THERE_IS) {
		pages[got] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_ATOMIC);
		if (!pages[got])
			break;
		got++;
	}
	check(test, this_cpu == smp_processor_id(), "it slept");
	spin_unlock_irqrestore(&lock, flags);
	check(test, got >= 128, "only %u tables without sleeping", got);
	check(test, got < MORE_THAN_THERE_IS, "never NULL: it must have been supplied");
	while (got--)
		pt_cache_free_table_zeroed(cache, pages[got]);

	/* the reserve is there again without anybody asking */
	for (tries = 0; tries < 100 && pt_cache_selftest_reserve(numa_mem_id()) < 128; tries++)
		msleep(100);
	check(test, pt_cache_selftest_reserve(numa_mem_id()) >= 128, "%lu pages in the reserve",
	      pt_cache_selftest_reserve(numa_mem_id()));
	later = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_ATOMIC);
	check(test, later, "none after the refill");
	if (later)
		pt_cache_free_table(cache, later);
	give_up(test, cache);
	vfree(pages);
}

/*
 * Only what the request itself does counts here: the worker may split on another CPU meanwhile,
 * so the run ends before the reserve is low.
 */
static void no_split_by_us(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "nosplit", 0, NUMA_NO_NODE);
	struct supply_counts before, after;
	struct page *pages[200];
	unsigned int got = 0;

	preempt_disable();
	before = supply_counts();
	while (got < ARRAY_SIZE(pages)) {
		pages[got] = pt_cache_alloc_table(cache, NULL, PT_CACHE_PTE, GFP_NOWAIT);
		if (!pages[got])
			break;
		got++;
	}
	after = supply_counts();
	preempt_enable();
	check(test, got == ARRAY_SIZE(pages), "%u", got);
	check(test, !memcmp(&before, &after, sizeof(before)), "something was supplied");
	pt_cache_free_bulk(cache, got, pages);
	give_up(test, cache);
}

static void sleepers_spare_the_reserve(struct test *test)
{
	struct pt_cache *cache = new_cache(test, "sleepers", 0, NUMA_NO_NODE);
	unsigned long reserve = pt_cache_selftest_reserve(numa_mem_id());
	struct page **pages = vzalloc(2048 * sizeof(*pages));
	unsigned int got;

	got = pt_cache_alloc_bulk(cache, NULL, PT_CACHE_PTE, GFP_KERNEL, 2048, pages);
	check(test, got == 2048, "%u", got);
	check(test, pt_cache_selftest_reserve(numa_mem_id()) >= reserve, "%lu of %lu are left",
	      pt_cache_selftest_reserve(numa_mem_id()), reserve);
	pt_cache_free_bulk(cache, got, pages);
	give_up(test, cache);
	vfree(pages);
}

static struct {
	struct timer_list timer;
	struct pt_cache *cache;
	struct page *page;
	struct completion done;
} tick;

/* Softirq context: what a tree does from its RCU callbacks. */
static void in_timer(struct timer_list *timer)
{
	struct page *page = pt_cache_alloc_table(tick.cache, NULL, PT_CACHE_PTE, GFP_ATOMIC);

	pt_cache_free_table(tick.cache, tick.page);
	tick.page = page;
	complete(&tick.done);
}

static void from_softirq(struct test *test)
{
	int i;

	tick.cache = new_cache(test, "softirq", 0, NUMA_NO_NODE);
	tick.page = pt_cache_alloc_table(tick.cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
	init_completion(&tick.done);
	timer_setup(&tick.timer, in_timer, 0);
	for (i = 0; i < 50; i++) {
		struct page *page;

		mod_timer(&tick.timer, jiffies + 1);
		/* the process side of the same CPU's magazine, meanwhile */
		while (!try_wait_for_completion(&tick.done)) {
			page = pt_cache_alloc_table(tick.cache, NULL, PT_CACHE_PTE, GFP_KERNEL);
			if (check(test, page, "none"))
				pt_cache_free_table_zeroed(tick.cache, page);
			cond_resched();
		}
		if (!check(test, tick.page && table_is_zero(tick.page, 0), "round %d", i))
			break;
	}
	if (tick.page)
		pt_cache_free_table(tick.cache, tick.page);
	give_up(test, tick.cache);
}

struct test atomic_tests[] = {
	{ "with interrupts off it never sleeps, ends in NULL, and the reserve comes back", until_null },
	{ "a request that may not sleep takes nothing from the page allocator", no_split_by_us },
	{ "a request that may sleep leaves the reserve alone", sleepers_spare_the_reserve },
	{ "tables come and go from softirq beside process context", from_softirq },
	{ }
};
