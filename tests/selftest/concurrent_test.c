// SPDX-License-Identifier: GPL-2.0
/*
 * Every CPU allocates and frees at once, and passes tables on to other CPUs. A table is stamped by
 * its holder: a hand-out that was not zero, or a stamp that changed, means two holders.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "selftest.h"

#define ROUNDS		30000
#define HELD		96
#define SHARED		64
#define MAX_THREADS	8

static struct pt_cache *caches[2];	/* orders 0 and 1, one pool */
static struct page *shared[2][SHARED];	/* tables on their way to another CPU */
static atomic_t broken, nulls;
static struct completion finished;
static atomic_t running;

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static u64 stamp_of(const struct page *page)
{
	return page_to_pfn(page) ^ 0x7461626c65000000ULL;
}

static struct page *get(unsigned int order, bool atomic)
{
	struct page *page = pt_cache_alloc_table(caches[order], NULL, PT_CACHE_PTE,
						 atomic ? GFP_ATOMIC : GFP_KERNEL);
	u64 *words;

	if (!page) {
		atomic_inc(&nulls);
		return NULL;
	}
	words = page_address(page);
	if (!table_is_zero(page, order))
		atomic_inc(&broken);
	words[0] = stamp_of(page);
	words[511 << order] = stamp_of(page);
	return page;
}

static void put(struct page *page, unsigned int order, bool zeroed)
{
	u64 *words = page_address(page);

	if (words[0] != stamp_of(page) || words[511 << order] != stamp_of(page))
		atomic_inc(&broken);
	if (zeroed) {
		words[0] = 0;
		words[511 << order] = 0;
		pt_cache_free_table_zeroed(caches[order], page);
	} else {
		pt_cache_free_table(caches[order], page);
	}
}

static int worker(void *arg)
{
	struct page **held = kcalloc(HELD, sizeof(*held), GFP_KERNEL);
	u64 random = (unsigned long)arg * 0x9e3779b97f4a7c15ULL + 1;
	int i;

	for (i = 0; held && i < ROUNDS; i++) {
		u64 r = next_random(&random);
		unsigned int order = r >> 8 & 1, at = (r >> 16) % HELD;
		struct page **slot = &held[(at & ~1U) | order]; /* a slot keeps its order */

		if (*slot) {
			put(*slot, order, r >> 32 & 1);
			*slot = NULL;
		} else {
			*slot = get(order, r >> 33 & 1);
		}
		if (!(r >> 40 & 7)) /* pass one on, take what lies there */
			*slot = xchg(&shared[order][r >> 48 & (SHARED - 1)], *slot);
		if (!(i & 255))
			cond_resched();
	}
	for (i = 0; held && i < HELD; i++)
		if (held[i])
			put(held[i], i & 1, false);
	kfree(held);
	if (atomic_dec_and_test(&running))
		complete(&finished);
	return 0;
}

static void drain_shared(void)
{
	int order, i;

	for (order = 0; order < 2; order++) {
		for (i = 0; i < SHARED; i++) {
			if (shared[order][i])
				put(shared[order][i], order, false);
			shared[order][i] = NULL;
		}
	}
}

static void many_cpus(struct test *test)
{
	unsigned int cpu, threads = min_t(unsigned int, num_online_cpus(), MAX_THREADS), n = 0;

	if (threads < 2) {
		test->skipped = "one CPU only";
		return;
	}
	caches[0] = new_cache(test, "many0", 0, NUMA_NO_NODE);
	caches[1] = new_cache(test, "many1", 1, NUMA_NO_NODE);
	init_completion(&finished);
	atomic_set(&running, threads);
	for_each_online_cpu(cpu) {
		struct task_struct *task;

		if (n == threads)
			break;
		task = kthread_create(worker, (void *)(unsigned long)cpu, "ptc_test/%u", cpu);
		if (!check(test, !IS_ERR(task), "thread %u", cpu))
			return; /* cannot end well: the others wait for it */
		kthread_bind(task, cpu);
		wake_up_process(task);
		n++;
	}
	wait_for_completion(&finished);
	drain_shared();
	check(test, !atomic_read(&broken), "%d tables had two holders or were not zero",
	      atomic_read(&broken));
	say("# %u CPUs, %u operations each, %d times NULL for GFP_ATOMIC\n", threads, ROUNDS,
	    atomic_read(&nulls));
	give_up(test, caches[0]);
	give_up(test, caches[1]);
}

static void free_it(void *page)
{
	pt_cache_free_table_zeroed(caches[0], page);
}

static void one_free_wins(struct test *test)
{
	u64 before = count_of("bad_free"), expected = 0;
	unsigned int i;

	if (num_online_cpus() < 2) {
		test->skipped = "one CPU only";
		return;
	}
	caches[0] = new_cache(test, "race", 0, NUMA_NO_NODE);
	expect_warning("free_refuse");
	for (i = 0; i < 5000; i++) {
		struct page *page = pt_cache_alloc_table(caches[0], NULL, PT_CACHE_PTE, GFP_KERNEL);

		if (!check(test, page, "round %u", i))
			break;
		on_each_cpu(free_it, page, true);
		expected += num_online_cpus() - 1;
	}
	expect_end();
	check(test, count_of("bad_free") - before == expected, "%llu of %llu refused",
	      count_of("bad_free") - before, expected);
	give_up(test, caches[0]);
}

struct test concurrent_tests[] = {
	{ "of frees of one table on all CPUs at once, one is taken", one_free_wins },
	{ "two or more CPUs at once never hold one table", many_cpus },
	{ }
};
