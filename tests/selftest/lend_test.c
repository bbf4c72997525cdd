// SPDX-License-Identifier: GPL-2.0
/*
 * Lending, without a kernel that borrows: what the borrower does is done here on purpose, with
 * tables full of dirt, references held for too long, bad memory, and everything at once.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "selftest.h"

static struct pt_cache_lender *new_lender(struct test *test, unsigned long max_blocks, bool verify)
{
	const struct pt_cache_lender_attr attr = {
		.name = "lender", .max_blocks = max_blocks, .verify = verify,
	};
	struct pt_cache_lender *lender = pt_cache_lender_create(&attr);

	check(test, !IS_ERR(lender), "%ld", PTR_ERR(lender));
	return lender;
}

/* As many as there are, @nr at most. */
static unsigned int borrow(struct pt_cache_lender *lender, unsigned int nr, struct page **pages)
{
	unsigned int got = 0;

	while (got < nr && (pages[got] = pt_cache_lend(lender, current->mm, PT_CACHE_PTE)))
		got++;
	return got;
}

static void fill_and_free(struct page **pages, unsigned int nr)
{
	while (nr--) {
		memset(page_address(pages[nr]), 0x67, PAGE_SIZE);
		__free_page(pages[nr]);
	}
}

static unsigned int among(const struct page *page, struct page **pages, unsigned int nr)
{
	unsigned int i, found = 0;

	for (i = 0; i < nr; i++)
		found += pages[i] == page;
	return found;
}

static void as_allocated(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 4, false);
	struct page *page = pt_cache_lend(lender, current->mm, PT_CACHE_PTE);

	if (check(test, page, "no table")) {
		check(test, page_count(page) == 2, "%d references", page_count(page));
		check(test, !PageTable(page) && !page->mapping && !page_private(page) &&
		      atomic_read(&page->_mapcount) == -1, "not as the page allocator's");
		check(test, table_is_zero(page, 0), "not zero");
		check(test, table_is_mapped_by_ptes(page, 0), "not mapped by PTEs");
		check(test, pt_cache_table_owner(page) == current->mm, "owner %p",
		      pt_cache_table_owner(page));
		__free_page(page);
		check(test, !pt_cache_table_owner(page), "owned, though it is free");
	}
	pt_cache_lender_destroy(lender);
}

#define MANY	600U

static void cleared(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 4, true);
	struct page **pages = kcalloc(2 * MANY, sizeof(*pages), GFP_KERNEL);
	unsigned int round, i, got, again = 0;
	u64 dirty = count_of("left_dirty");
	struct page **before = pages + MANY;

	for (round = 0; pages && round < 20; round++) {
		got = borrow(lender, MANY, pages);
		for (i = 0; i < got; i++) {
			check(test, table_is_zero(pages[i], 0), "pfn %#lx in round %u",
			      page_to_pfn(pages[i]), round);
			again += among(pages[i], before, MANY);
		}
		memcpy(before, pages, MANY * sizeof(*pages));
		fill_and_free(pages, got);
		memset(pages, 0, MANY * sizeof(*pages));
		pt_cache_selftest_collect(true);
	}
	say("# %u of the tables had been lent before\n", again);
	check(test, again > MANY, "%u were lent again", again);
	check(test, count_of("left_dirty") - dirty >= again, "%llu were seen to be dirty",
	      count_of("left_dirty") - dirty);
	kfree(pages);
	pt_cache_lender_destroy(lender);
}

/*
 * Take back, clear, and lend all there is: does @page come? It is lent again then, and @got more.
 */
static bool comes_again(struct pt_cache_lender *lender, struct page *page, struct page **pages,
			unsigned int *got)
{
	pt_cache_selftest_collect(true);
	*got = borrow(lender, MANY, pages);
	return among(page, pages, *got);
}

static void referenced(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 1, true);
	struct page **pages = kcalloc(MANY, sizeof(*pages), GFP_KERNEL), *page;
	unsigned int got;

	page = pt_cache_lend(lender, NULL, PT_CACHE_PTE);
	if (check(test, pages && page, "no table")) {
		memset(page_address(page), 0xff, PAGE_SIZE);
		get_page(page); /* as a speculative lookup does, or a batch of tables until RCU */
		__free_page(page);
		check(test, !comes_again(lender, page, pages, &got), "it was lent again");
		check(test, ((u8 *)page_address(page))[4095] == 0xff, "it was cleared");
		fill_and_free(pages, got);
		put_page(page);
		check(test, comes_again(lender, page, pages, &got), "it was not");
		fill_and_free(pages, got);

		/* while it waits, and while it is lent again, a reference may come and go */
		pt_cache_selftest_collect(false);
		get_page(page);
		pt_cache_selftest_collect(true);
		got = borrow(lender, MANY, pages);
		check(test, among(page, pages, got) == 1, "lent %u times",
		      among(page, pages, got));
		put_page(page);
		check(test, page_count(page) == 2, "%d references", page_count(page));
		check(test, table_is_zero(page, 0), "it is not zero");
		fill_and_free(pages, got);
	}
	kfree(pages);
	pt_cache_lender_destroy(lender);
}

static void poisoned(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 1, true);
	struct page **pages = kcalloc(MANY, sizeof(*pages), GFP_KERNEL), *page;
	u64 bad = count_of("poisoned"), gone = count_of("quarantined_pages");
	struct pt_cache_lender_stats stats;
	unsigned int got, round;

	page = pt_cache_lend(lender, NULL, PT_CACHE_PTE);
	if (check(test, pages && page, "no table")) {
		SetPageHWPoison(page);
		__free_page(page);
		for (round = 0; round < 3; round++) {
			check(test, !comes_again(lender, page, pages, &got), "it was lent again");
			check(test, got > 300, "%u tables", got);
			fill_and_free(pages, got);
		}
		check(test, count_of("poisoned") == bad + 1, "%llu", count_of("poisoned") - bad);
		check(test, count_of("quarantined_pages") == gone + 1, "%llu in quarantine",
		      count_of("quarantined_pages") - gone);
		check(test, page_count(page) == 1, "%d references: it would be given back",
		      page_count(page));

		/* and one that goes bad while it is in: a clean one, in a block or on top of a stack */
		for (round = 0; round < 2; round++) {
			pt_cache_selftest_collect(true);
			page = pt_cache_lend(lender, NULL, PT_CACHE_PTE);
			if (!check(test, page, "no table"))
				break;
			__free_page(page);
			pt_cache_selftest_collect(true);
			SetPageHWPoison(page);
			got = borrow(lender, MANY, pages);
			check(test, !among(page, pages, got), "bad memory was lent");
			fill_and_free(pages, got);
		}
		check(test, count_of("poisoned") == bad + 3, "%llu", count_of("poisoned") - bad);
		pt_cache_lender_stats(lender, &stats);
		check(test, stats.lends, "bad memory ended the lending");
	}
	kfree(pages);
	pt_cache_lender_destroy(lender);
}

static void limits(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 0, false);
	struct page **pages = kcalloc(2048, sizeof(*pages), GFP_KERNEL);
	struct pt_cache_lender_stats stats;
	unsigned int got, i;

	check(test, !pt_cache_lend(lender, NULL, PT_CACHE_PTE), "0 blocks, and a table");
	/* one for each node, and one more; those of a node that nobody asks come to this one */
	pt_cache_lender_limit(lender, num_online_nodes() + 1);
	for (i = 0, got = 0; pages && i < 20; i++, msleep(100))
		got += borrow(lender, 2048 - got, pages + got);
	pt_cache_lender_stats(lender, &stats);
	check(test, got > 512 * num_online_nodes() && got <= 512 * (num_online_nodes() + 1),
	      "%u tables of %d blocks", got, num_online_nodes() + 1);
	check(test, stats.blocks == num_online_nodes() + 1 && stats.in_use == got,
	      "%lu blocks, %llu in use", stats.blocks, stats.in_use);

	/* what is in use stays, and is not lent again when the limit is lower */
	pt_cache_lender_limit(lender, 0);
	msleep(200);
	pt_cache_lender_stats(lender, &stats);
	check(test, stats.blocks == DIV_ROUND_UP(got, 512), "%lu blocks, and %u were in use",
	      stats.blocks, got);
	/* nor is what came back, though its blocks are held for the others */
	if (got > 100) {
		got -= 100;
		fill_and_free(pages + got, 100);
		pt_cache_selftest_collect(true);
		check(test, !pt_cache_lend(lender, NULL, PT_CACHE_PTE), "lent with a limit of 0");
		pt_cache_lender_limit(lender, num_online_nodes() + 1);
		check(test, borrow(lender, 50, pages + got) == 50, "not lent with a limit again");
		got += 50;
		pt_cache_lender_limit(lender, 0);
		check(test, !pt_cache_lend(lender, NULL, PT_CACHE_PTE), "a magazine lends");
	}
	if (pages)
		fill_and_free(pages, got);
	for (i = 0; i < 50 && stats.blocks; i++, msleep(100)) {
		pt_cache_selftest_collect(true);
		pt_cache_lender_limit(lender, 0);
		pt_cache_lender_stats(lender, &stats);
	}
	check(test, stats.blocks <= 1, "%lu blocks are left", stats.blocks); /* a magazine's */
	kfree(pages);
	pt_cache_lender_destroy(lender);
}

static void bounded(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 1, false);
	struct page **pages = kcalloc(MANY, sizeof(*pages), GFP_KERNEL);
	unsigned long start, took, requests, lent;
	u64 looks;
	unsigned int got;

	if (!check(test, pages, "no memory"))
		goto destroy;
	/* a hit looks at nothing */
	got = borrow(lender, 40, pages);
	looks = count_of("collect_looks");
	__free_page(pages[--got]);
	pages[got++] = pt_cache_lend(lender, NULL, PT_CACHE_PTE);
	check(test, count_of("collect_looks") == looks, "%llu looks on a hit",
	      count_of("collect_looks") - looks);
	pt_cache_selftest_collect(true);

	/* none is free: each table is looked at ten times a second, however many ask */
	got += borrow(lender, MANY - got, pages + got);
	start = jiffies;
	looks = count_of("collect_looks");
	for (requests = 0; time_before(jiffies, start + HZ); requests++)
		check(test, !pt_cache_lend(lender, NULL, PT_CACHE_PTE), "there was one");
	took = jiffies - start;
	looks = count_of("collect_looks") - looks;
	lent = 512 * num_online_nodes();
	say("# %lu requests in vain, %llu looks in %lu ms\n", requests, looks, took * 1000 / HZ);
	check(test, looks <= lent * (took / (HZ / 10) + 2), "%llu looks", looks);
	check(test, requests > 100, "%lu requests", requests);
	fill_and_free(pages, got);
destroy:
	kfree(pages);
	pt_cache_lender_destroy(lender);
}

static void in_use(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 4, true);
	struct page *pages[100];
	u64 over = count_of("handed_over");
	unsigned int got = borrow(lender, ARRAY_SIZE(pages), pages), i;

	for (i = 0; i < got; i++)
		memset(page_address(pages[i]), i + 1, PAGE_SIZE);
	pt_cache_lender_destroy(lender);
	check(test, got == ARRAY_SIZE(pages), "%u", got);
	check(test, count_of("handed_over") - over == got, "%llu handed over",
	      count_of("handed_over") - over);
	for (i = 0; i < got; i++) {
		check(test, page_count(pages[i]) == 1, "%d references", page_count(pages[i]));
		check(test, !memchr_inv(page_address(pages[i]), i + 1, PAGE_SIZE), "table %u", i);
		check(test, !pt_cache_table_owner(pages[i]), "the side table has it still");
		__free_page(pages[i]);
	}
}

static void no_memory(struct test *test)
{
	struct pt_cache_lender *lender;
	struct page *page;

	pt_cache_selftest_adopt(false);
	pt_cache_selftest_fault(PTC_FAULT_BLOCK_PAGES, 1000);
	lender = new_lender(test, 4, false);
	check(test, !pt_cache_lend(lender, NULL, PT_CACHE_PTE), "there is one");
	check(test, pt_cache_selftest_fault_waits(PTC_FAULT_BLOCK_PAGES), "it was not that");
	pt_cache_selftest_fault(PTC_FAULT_BLOCK_PAGES, 0);
	msleep(1200); /* it tries again after a second */
	pt_cache_lender_limit(lender, 4);
	msleep(500);
	page = pt_cache_lend(lender, NULL, PT_CACHE_PTE);
	check(test, page, "there is none, though there is memory");
	if (page)
		__free_page(page);
	pt_cache_lender_destroy(lender);
	pt_cache_selftest_adopt(true);
}

static void any_context(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 2, true);
	struct page *pages[200];
	unsigned long flags;
	unsigned int got;

	local_irq_save(flags);
	got = borrow(lender, ARRAY_SIZE(pages), pages);
	local_irq_restore(flags);
	check(test, got == ARRAY_SIZE(pages), "%u", got);
	fill_and_free(pages, got);
	pt_cache_lender_destroy(lender);
}

/*
 * All at once: borrowers that stamp their tables and leave them dirty, collectors, and somebody who
 * takes references of tables that are none of his business. One table with two borrowers would show
 * a foreign stamp, or dirt.
 */
#define HELD	24
#define PFNS	4096

static struct {
	struct pt_cache_lender *lender;
	atomic_t broken, lent, seen_free;
	unsigned long pfns[PFNS];	/* of tables that were lent at some time */
	atomic_t nr_pfns;
	bool stop;
	struct completion finished;
	atomic_t running;
} race;

static void finish(void)
{
	if (atomic_dec_and_test(&race.running))
		complete(&race.finished);
}

static void take_one(struct page **slot, u64 stamp)
{
	struct page *page = pt_cache_lend(race.lender, NULL, PT_CACHE_PTE);
	u64 *words;
	int at;

	*slot = page;
	if (!page)
		return;
	words = page_address(page);
	if (!table_is_zero(page, 0))
		atomic_inc(&race.broken);
	words[0] = words[511] = stamp ^ page_to_pfn(page);
	at = atomic_inc_return(&race.lent) % PFNS;
	WRITE_ONCE(race.pfns[at], page_to_pfn(page));
	if (at > atomic_read(&race.nr_pfns))
		atomic_set(&race.nr_pfns, at);
}

static void let_one_go(struct page **slot, u64 stamp)
{
	u64 *words = page_address(*slot);

	if (words[0] != (stamp ^ page_to_pfn(*slot)) || words[511] != words[0] ||
	    page_count(*slot) < 2)
		atomic_inc(&race.broken);
	__free_page(*slot);
	*slot = NULL;
}

static int borrower(void *arg)
{
	u64 stamp = (unsigned long)arg * 0x9e3779b97f4a7c15ULL + 1, random = stamp;
	struct page *held[HELD] = {};
	unsigned int i;

	while (!READ_ONCE(race.stop)) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		i = (random >> 33) % HELD;
		if (held[i])
			let_one_go(&held[i], stamp);
		else
			take_one(&held[i], stamp);
		if (!(random >> 40 & 63))
			cond_resched();
	}
	for (i = 0; i < HELD; i++)
		if (held[i])
			let_one_go(&held[i], stamp);
	finish();
	return 0;
}

static int collector(void *arg)
{
	while (!READ_ONCE(race.stop)) {
		atomic_add(pt_cache_selftest_collect((unsigned long)arg & 1), &race.seen_free);
		cond_resched();
	}
	finish();
	return 0;
}

static int meddler(void *arg)
{
	u64 random = 4711;

	while (!READ_ONCE(race.stop)) {
		unsigned int i, nr = atomic_read(&race.nr_pfns);
		struct page *pages[8] = {};

		for (i = 0; nr && i < ARRAY_SIZE(pages); i++) {
			struct page *page;

			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			page = pfn_to_page(READ_ONCE(race.pfns[(random >> 33) % nr + 1]) ?:
					   page_to_pfn(ZERO_PAGE(0)));
			if (page != ZERO_PAGE(0) && get_page_unless_zero(page))
				pages[i] = page;
		}
		cond_resched();
		for (i = 0; i < ARRAY_SIZE(pages); i++)
			if (pages[i])
				put_page(pages[i]);
	}
	finish();
	return 0;
}

static void start(int (*thread)(void *arg), unsigned long arg)
{
	struct task_struct *task = kthread_run(thread, (void *)arg, "ptc_lend/%lu", arg);

	if (IS_ERR(task)) {
		atomic_inc(&race.broken);
		finish();
	}
}

static void all_at_once(struct test *test)
{
	unsigned int cpus = min(num_online_cpus(), 4U), i;
	u64 over = count_of("handed_over");

	race.lender = new_lender(test, 1, true);
	race.stop = false;
	atomic_set(&race.broken, 0);
	atomic_set(&race.lent, 0);
	init_completion(&race.finished);
	atomic_set(&race.running, cpus + 3);
	pt_cache_selftest_fault(PTC_FAULT_LEND_LATE, 5000);
	for (i = 0; i < cpus; i++)
		start(borrower, i + 1);
	start(collector, 0);
	start(collector, 1);
	start(meddler, 0);
	/* a kernel that is watched lends some hundred a second, on a machine that is shared fewer */
	for (i = 0; i < 4 || (i < 120 && atomic_read(&race.lent) <= 2000); i++)
		msleep(1000);
	WRITE_ONCE(race.stop, true);
	wait_for_completion(&race.finished);
	pt_cache_selftest_fault(PTC_FAULT_LEND_LATE, 0);
	say("# %d lent, %d taken back by the collectors, %llu left dirty so far\n",
	    atomic_read(&race.lent), atomic_read(&race.seen_free), count_of("left_dirty"));
	check(test, !atomic_read(&race.broken), "%d tables had two borrowers, or were dirty",
	      atomic_read(&race.broken));
	check(test, atomic_read(&race.lent) > 2000, "%d lent", atomic_read(&race.lent));
	check(test, !count_of("non_zero"), "%llu dirty", count_of("non_zero"));
	pt_cache_lender_destroy(race.lender);
	check(test, count_of("handed_over") == over, "%llu were in use", count_of("handed_over") - over);
}

/* The lender goes while its tables are in use, and are being freed, and looked at. */
static void unload_race(struct test *test)
{
	struct page *pages[64];
	unsigned int round, i, got;

	race.stop = false;
	init_completion(&race.finished);
	atomic_set(&race.running, 2);
	start(collector, 1);
	start(meddler, 0);
	for (round = 0; round < 20; round++) {
		struct pt_cache_lender *lender = new_lender(test, 1, true);

		got = borrow(lender, ARRAY_SIZE(pages), pages);
		for (i = 0; i < got / 2; i++)
			__free_page(pages[i]);
		pt_cache_lender_destroy(lender);
		for (; i < got; i++) {
			check(test, page_count(pages[i]) >= 1, "round %u", round);
			__free_page(pages[i]);
		}
	}
	WRITE_ONCE(race.stop, true);
	wait_for_completion(&race.finished);
}

struct test lend_tests[] = {
	{ "a lent table is as the page allocator's page, with a reference of ours", as_allocated },
	{ "what the borrower leaves in a table is cleared before it is lent again", cleared },
	{ "a table with another reference is not lent again, one without it is", referenced },
	{ "a page whose memory is bad is never lent again", poisoned },
	{ "the limit of blocks holds, raised and lowered", limits },
	{ "a hit looks at nothing, and in vain tables are looked at ten times a second", bounded },
	{ "tables in use stay with the borrower when the lender goes", in_use },
	{ "without memory nothing is lent, and it is tried again", no_memory },
	{ "lending works with interrupts off", any_context },
	{ "borrowers, collectors and foreign references at once: no table has two borrowers",
	  all_at_once },
	{ "a lender may go while its tables are freed and looked at", unload_race },
	{ }
};

/* What ends the lending for good: each wants pt_cache.ko loaded for itself. */
static void stray_write(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 1, true);
	struct page **pages = kcalloc(MANY, sizeof(*pages), GFP_KERNEL);
	u64 gone = count_of("quarantined_pages");
	struct pt_cache_lender_stats stats;
	unsigned long pfn;
	unsigned int got;

	pfn = pt_cache_selftest_dirty_ready();
	if (check(test, pages && pfn, "no clean table waits")) {
		got = borrow(lender, MANY, pages);
		pt_cache_lender_stats(lender, &stats);
		check(test, !among(pfn_to_page(pfn), pages, got), "the dirty table was lent");
		check(test, stats.non_zero == 1 && count_of("non_zero") == 1, "%llu found",
		      stats.non_zero);
		check(test, count_of("quarantined_pages") == gone + 1, "it is not in quarantine");
		check(test, !stats.lends, "lending goes on");
		fill_and_free(pages, got);
		msleep(300);
		pt_cache_selftest_collect(true);
		got = borrow(lender, 10, pages);
		check(test, !got, "%u more were lent", got);
		fill_and_free(pages, got);
	}
	kfree(pages);
	pt_cache_lender_destroy(lender);
}

struct test lend_dirty_tests[] = {
	{ "a write into a table that was cleared is found, and nothing is lent any more", stray_write },
	{ }
};

static void bad_state(struct test *test)
{
	struct pt_cache_lender *lender = new_lender(test, 1, false);
	struct page *page = pt_cache_lend(lender, NULL, PT_CACHE_PTE), *next;
	u64 bad = count_of("bad_state");
	struct pt_cache_lender_stats stats;

	if (check(test, page, "no table")) {
		SetPagePrivate(page); /* the page allocator would call it a bad page, too */
		__free_page(page);
		pt_cache_selftest_collect(true);
		pt_cache_lender_stats(lender, &stats);
		check(test, count_of("bad_state") == bad + 1, "%llu", count_of("bad_state") - bad);
		check(test, !stats.lends, "lending goes on");
		msleep(300);
		next = pt_cache_lend(lender, NULL, PT_CACHE_PTE);
		check(test, !next, "pfn %#lx was lent", next ? page_to_pfn(next) : 0);
		if (next)
			__free_page(next);
		ClearPagePrivate(page);
	}
	pt_cache_lender_destroy(lender);
}

struct test lend_state_tests[] = {
	{ "a page that the kernel left in a bad state is retired, and nothing is lent any more",
	  bad_state },
	{ }
};
