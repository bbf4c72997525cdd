// SPDX-License-Identifier: GPL-2.0
/*
 * `measure`: write "CONTENDER MIX", read what the mix took, in ticks of the TSC; under `boot
 * --icount` a tick is an instruction.
 *
 * A mix is cut into stretches. Before each this task sleeps to the next tick of the timer, so that
 * none falls into it, and others (pt_cache's worker, for one) do what they have to. It runs as
 * SCHED_FIFO, so that they do not while it measures. Of the rounds of a mix the cheapest counts
 * that another one repeats to a thousandth.
 */
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>
#include <asm/msr.h>

#include "../../selftest/knob.h"
#include "bench.h"

#define ROUNDS		7
#define STRETCH		200U
#define PAIRS		1000U
#define BURST		2000U
#define BULK		512U
#define SLOTS		20000U	/* of the random mix; half of them are out */
#define TOGGLES		2000U

static void **items;
static u32 *toggles;		/* there, and back again */

struct sums {
	u64 alloc, free;	/* ticks; what is both counts as the first */
	u64 from_buddy;		/* pages that the page allocator handed out meanwhile */
};

static struct {
	const struct contender *contender;
	const char *mix;
	unsigned int pairs;
	bool agreed;
	struct sums sums;
} last;

/* On this CPU, to which the task is bound. */
static u64 pages_from_buddy(void)
{
	u64 pages = raw_cpu_read(vm_event_states.event[PGALLOC_NORMAL]) +
		    raw_cpu_read(vm_event_states.event[PGALLOC_MOVABLE]);

#ifdef CONFIG_ZONE_DMA32
	pages += raw_cpu_read(vm_event_states.event[PGALLOC_DMA32]);
#endif
	return pages;
}

/* What a stretch is measured in where it is to be in a softirq. */
struct in_softirq {
	struct tasklet_struct tasklet;
	const struct contender *contender;
	struct stretch *stretch;
};

static void softirq(struct tasklet_struct *tasklet)
{
	struct in_softirq *in = container_of(tasklet, struct in_softirq, tasklet);

	in->contender->run(in->stretch);
}

static void run(const struct contender *contender, struct stretch *stretch)
{
	struct in_softirq in = { .contender = contender, .stretch = stretch };

	if (!contender->in_softirq) {
		contender->run(stretch);
		return;
	}
	tasklet_setup(&in.tasklet, softirq);
	local_bh_disable();
	tasklet_schedule(&in.tasklet);
	local_bh_enable(); /* where it runs */
	tasklet_kill(&in.tasklet);
}

/* What reading the clock takes by itself. */
static u64 empty_ticks(void)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < 100; i++) {
		u64 start = rdtsc_ordered();

		least = min(least, rdtsc_ordered() - start);
	}
	return least;
}

static int measure_stretch(const struct contender *contender, enum stretch_kind kind,
			   unsigned int at, unsigned int nr, u64 *ticks, struct sums *sums)
{
	struct stretch stretch = {
		.kind = kind,
		.at = kind == STRETCH_TOGGLE ? 0 : at,
		.nr = nr,
		.items = items,
		.toggles = toggles + at,
	};
	u64 before;

	schedule_timeout_uninterruptible(1);
	before = pages_from_buddy();
	run(contender, &stretch);
	sums->from_buddy += pages_from_buddy() - before;
	*ticks += stretch.ticks - min(stretch.ticks, empty_ticks());
	if (stretch.failed)
		return -ENOMEM;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* @nr of a kind, in stretches */
static int measure_all(const struct contender *contender, enum stretch_kind kind,
		       unsigned int nr, u64 *ticks, struct sums *sums)
{
	unsigned int at;
	int err = 0;

	for (at = 0; !err && at < nr; at += STRETCH)
		err = measure_stretch(contender, kind, at, min(STRETCH, nr - at), ticks, sums);
	return err;
}

static int pair_round(const struct contender *contender, struct sums *sums)
{
	return measure_all(contender, STRETCH_PAIRS, PAIRS, &sums->alloc, sums);
}

static int burst_round(const struct contender *contender, struct sums *sums)
{
	return measure_all(contender, STRETCH_ALLOC, BURST, &sums->alloc, sums) ?:
	       measure_all(contender, STRETCH_FREE, BURST, &sums->free, sums);
}

static int bulk_round(const struct contender *contender, struct sums *sums)
{
	return measure_stretch(contender, STRETCH_BULK_ALLOC, 0, BULK, &sums->alloc, sums) ?:
	       measure_stretch(contender, STRETCH_BULK_FREE, 0, BULK, &sums->free, sums);
}

/* The way back has each item where it was. */
static int random_round(const struct contender *contender, struct sums *sums)
{
	return measure_all(contender, STRETCH_TOGGLE, 2 * TOGGLES, &sums->alloc, sums);
}

/* Not measured: all that are out, or all others, change. */
static int toggle_half(const struct contender *contender, bool out)
{
	static u32 slots[SLOTS / 2];
	unsigned int i, nr = 0;
	struct stretch stretch = {
		.kind = STRETCH_TOGGLE,
		.items = items,
		.toggles = slots,
	};

	for (i = 0; i < SLOTS && nr < SLOTS / 2; i++)
		if (out ? !!items[i] : i % 2)
			slots[nr++] = i;
	stretch.nr = nr;
	run(contender, &stretch);
	schedule_timeout_uninterruptible(HZ / 10);
	return stretch.failed ? -ENOMEM : 0;
}

static int no_preparation(const struct contender *contender)
{
	return 0;
}

static int random_prepare(const struct contender *contender)
{
	return toggle_half(contender, false);
}

static void random_finish(const struct contender *contender)
{
	toggle_half(contender, true);
}

static void nothing_to_finish(const struct contender *contender)
{
}

static const struct mix {
	const char *name;
	unsigned int pairs;
	int (*prepare)(const struct contender *contender);
	int (*round)(const struct contender *contender, struct sums *sums);
	void (*finish)(const struct contender *contender);
} mixes[] = {
	{ "pair", PAIRS, no_preparation, pair_round, nothing_to_finish },
	{ "burst", BURST, no_preparation, burst_round, nothing_to_finish },
	{ "bulk", BULK, no_preparation, bulk_round, nothing_to_finish },
	{ "random", TOGGLES, random_prepare, random_round, random_finish },
};

static u64 ticks_of(const struct sums *sums)
{
	return sums->alloc + sums->free;
}

static int by_ticks(const void *one, const void *other)
{
	u64 a = ticks_of(one), b = ticks_of(other);

	return a < b ? -1 : a > b;
}

/* The cheapest that is repeated, or the cheapest. */
static const struct sums *choose(struct sums *rounds, bool *agreed)
{
	int i;

	sort(rounds, ROUNDS, sizeof(*rounds), by_ticks, NULL);
	for (i = 0; i < ROUNDS - 1; i++) {
		*agreed = ticks_of(&rounds[i + 1]) - ticks_of(&rounds[i]) <=
			  ticks_of(&rounds[i]) / 1000;
		if (*agreed)
			return &rounds[i];
	}
	return &rounds[0];
}

static int measure(const struct contender *contender, const struct mix *mix)
{
	struct sums rounds[ROUNDS + 1] = {};
	int err, i;

	memset(items, 0, SLOTS * sizeof(*items));
	err = contender->start();
	if (err)
		return err;
	sched_set_fifo(current);
	err = mix->prepare(contender);
	/* the first one warms up: it is the last in the array */
	for (i = ROUNDS; !err && i >= 0; i--) {
		err = mix->round(contender, &rounds[i]);
		schedule_timeout_uninterruptible(HZ / 10); /* the worker ends */
	}
	mix->finish(contender);
	sched_set_normal(current, 0);
	contender->stop();
	if (err)
		return err;
	last.contender = contender;
	last.mix = mix->name;
	last.pairs = mix->pairs;
	last.sums = *choose(rounds, &last.agreed);
	return 0;
}

static int measure_obey(char *line)
{
	char who[16], what[16];
	int i, j;

	last.contender = NULL;
	if (sscanf(line, "%15s %15s", who, what) != 2)
		return -EINVAL;
	for (i = 0; i < nr_contenders; i++)
		for (j = 0; j < ARRAY_SIZE(mixes); j++)
			if (!strcmp(who, contenders[i].name) && !strcmp(what, mixes[j].name))
				return measure(&contenders[i], &mixes[j]);
	return -ENOENT;
}

/* Pages that were cleared in what was measured; pt_cache's own clearing is told by its counters. */
static u64 pages_cleared(void)
{
	u64 pages = 0;

	if (last.contender->asks_for_zero || want_init_on_alloc(GFP_KERNEL))
		pages += last.sums.from_buddy;
	return pages;
}

static int measure_show(struct seq_file *m, void *unused)
{
	if (last.contender) {
		seq_printf(m, "alloc %llu\n", last.sums.alloc);
		seq_printf(m, "free %llu\n", last.sums.free);
		seq_printf(m, "pairs %u\n", last.pairs);
		seq_printf(m, "rounds %u\n", ROUNDS + 1);
		seq_printf(m, "agreed %u\n", last.agreed);
		seq_printf(m, "pages_cleared %llu\n", pages_cleared());
		seq_printf(m, "items_cleared %u\n",
			   last.contender->clears_items ? last.pairs : 0);
	}
	return 0;
}
DEFINE_KNOB(measure, measure_show);

/* What clearing takes: a page of the page allocator's, and an object of SLUB's. */
static int clearing_show(struct seq_file *m, void *unused)
{
	u64 page_least = U64_MAX, object_least = U64_MAX, start;
	void *page = (void *)__get_free_page(GFP_KERNEL);
	size_t size = PAGE_SIZE;
	int i;

	if (!page)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(size); /* as SLUB, which does not know it */
	for (i = 0; i < 100; i++) {
		start = rdtsc_ordered();
		clear_page(page);
		page_least = min(page_least, rdtsc_ordered() - start);
		start = rdtsc_ordered();
		memset(page, 0, size);
		object_least = min(object_least, rdtsc_ordered() - start);
	}
	free_page((unsigned long)page);
	seq_printf(m, "clear_page %llu\n", page_least - empty_ticks());
	seq_printf(m, "memset %llu\n", object_least - empty_ticks());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(clearing);

/* A fixed sequence: the same on each machine. */
static void make_toggles(void)
{
	u32 random = 1;
	unsigned int i;

	for (i = 0; i < TOGGLES; i++) {
		random = random * 1664525 + 1013904223;
		toggles[i] = (random >> 8) % SLOTS;
		toggles[2 * TOGGLES - 1 - i] = toggles[i];
	}
}

int mixes_prepare(void)
{
	items = vzalloc(SLOTS * sizeof(*items));
	toggles = vzalloc(2 * TOGGLES * sizeof(*toggles));
	if (!items || !toggles) {
		mixes_exit();
		return -ENOMEM;
	}
	make_toggles();
	return 0;
}

void mixes_exit(void)
{
	vfree(items);
	vfree(toggles);
}

void mixes_init(struct dentry *folder)
{
	debugfs_create_file("measure", 0600, folder, NULL, &measure_fops);
	debugfs_create_file("clearing", 0400, folder, NULL, &clearing_fops);
}
