// SPDX-License-Identifier: GPL-2.0
/*
 * Collect the lent tables of a node (lend.c lends them). The kernel does not report that it has
 * freed one, so they are polled: looked at, a block at a time. A table is taken back when its only
 * reference is ours. When lending ends, tables still in use are handed over to the kernel.
 *
 * What polling costs must not grow with what is lent. So a block is looked at the more rarely the
 * more often nothing was found (look_lists), and what is looked at ahead of need is paid from a
 * credit: so many looks a second, whatever is lent, and more for each table found. Processes end
 * with their tables close together, so what was found is a sign that there is more to find.
 *
 * Locks: node->lock, acquired for each bounded step.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/page_ref.h>

#include "alloc/collect.h"
#include "alloc/index.h"
#include "alloc/node.h"
#include "alloc/numa.h"
#include "alloc/recycling.h"
#include "compat/page_state.h"
#include "counters.h"
#include "trace/trace.h"

/* Credit, in looks: for each second, for each table found, and how much may be saved up. */
#define COLLECT_PER_SECOND	256
#define COLLECT_PER_FOUND	64
#define COLLECT_SAVED_MAX	(8 * COLLECT_PER_SECOND)
#define COLLECT_EARNED_MAX	(64 * 1024)

/* Tables taken back per acquisition of the node's lock: what is traced of them is on the stack. */
#define COLLECT_FOUND_MAX	16

/* A table taken back, for what is done about it after the unlock. */
struct collect_found {
	unsigned long pfn;
	unsigned long mm;
	const char *trouble;		/* NULL, or why the page is retired */
	bool poisoned;			/* it is retired, its memory is bad */
};

struct collect_batch {
	unsigned int nr;
	struct collect_found found[COLLECT_FOUND_MAX];
};

/* Has the kernel freed the page? Then the only reference is ours. */
static bool collect_is_left(const struct ptc_block *block, unsigned int at)
{
	/* tag first: lend_open() raises the count before ptc_record_open() sets the tag */
	if (!ptc_tag_is_lent(smp_load_acquire(&block->records[at].tag)) ||
	    page_ref_count(pfn_to_page(block->pfn + at)) != 1)
		return false;
	/* order the kernel's accesses before its put against ours */
	smp_acquire__after_ctrl_dep();
	return true;
}

/*
 * Take back a table that the kernel has freed. Caller holds the node's lock, which makes this
 * sound. Tables are taken back only under that lock, so this one cannot have been taken back,
 * cleared and lent again since its count was read. And the lender raises the count before the
 * record says that the table is lent.
 *
 * A page that must not become a table again is retired: its memory is bad, or the kernel freed it
 * in an unexpected state. In the latter case no other recycled page can be trusted either.
 */
static void collect_take_back(struct ptc_block *block, unsigned int at, struct collect_batch *batch)
{
	struct ptc_record *record = &block->records[at];
	unsigned long pfn = block->pfn + at;
	struct page *page = pfn_to_page(pfn);
	struct collect_found *found = &batch->found[batch->nr++];
	u64 before;

	*found = (struct collect_found){
		.pfn = pfn,
		.mm = (unsigned long)record->mm,
		.trouble = ptc_page_state_trouble(page),
		.poisoned = PageHWPoison(page),
	};
	if (found->trouble || found->poisoned) {
		ptc_node_retire(block, at, 0, PTC_QUARANTINED);
		return;
	}
	ptc_page_state_reset(page);
	WRITE_ONCE(record->tag, PTC_IDLE);
	before = block->share_word;
	ptc_block_put(block, 0, &pfn, 1, 0, true);
	ptc_node_update(block, before);
}

/* Count, trace and print what was found. Context: any but NMI, without the node's lock. */
static void collect_report(const struct collect_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++) {
		const struct collect_found *found = &batch->found[i];

		trace_live_recycle(found->pfn, found->mm, !found->trouble && !found->poisoned);
		if (!found->trouble && !found->poisoned)
			continue;
		ptc_count(PTC_quarantined_pages);
		if (!found->trouble) {
			ptc_count(PTC_poisoned);
			continue;
		}
		ptc_count(PTC_bad_state);
		ptc_recycling_off();
		pr_err_once("the kernel freed a lent page table in a bad state (pfn %#lx: %s): page retired, recycling disabled until the module is reloaded\n",
			    found->pfn, found->trouble);
	}
}

/* Pay for the time since the last time. Caller holds the node's lock. */
static void collect_pay(struct ptc_node *node)
{
	unsigned long earned = (jiffies - node->look_paid) * COLLECT_PER_SECOND / HZ;

	if (!earned)
		return;
	node->look_paid = jiffies;
	if (node->look_credit < COLLECT_SAVED_MAX)
		node->look_credit = min_t(unsigned long, node->look_credit + earned,
					  COLLECT_SAVED_MAX);
}

/* How long a block of this level is left alone after a look. */
static unsigned long collect_interval(unsigned int level)
{
	return level ? (unsigned long)HZ << (level - 1) : 0;
}

static struct ptc_block *collect_head(struct ptc_node *node, unsigned int level)
{
	return list_first_entry_or_null(&node->look_lists[level], struct ptc_block, look_link);
}

static unsigned long collect_due_at(const struct ptc_block *block)
{
	return block->looked_at + collect_interval(block->look_level);
}

/*
 * A block whose look is due: one in which something was found the last time, or else the one that
 * is due for longest, or the last blocks would have their turn after several looks at each other.
 */
static struct ptc_block *collect_choose_due(struct ptc_node *node)
{
	struct ptc_block *block = collect_head(node, 0), *longest = NULL;
	unsigned int level;

	if (block)
		return block;
	for (level = 1; level < PTC_LOOK_LEVELS; level++) {
		block = collect_head(node, level);
		if (block && (!longest ||
			      time_before(collect_due_at(block), collect_due_at(longest))))
			longest = block;
	}
	return longest && time_after_eq(jiffies, collect_due_at(longest)) ? longest : NULL;
}

/* Nothing was found in the whole block, or something: it will be looked at more rarely, or soon. */
static void collect_set_level(struct ptc_block *block, unsigned int level)
{
	block->look_level = level;
	block->looked_at = jiffies;
	list_move_tail(&block->look_link, &block->node->look_lists[level]);
}

/* The whole block was looked at. */
static void collect_end_look(struct ptc_block *block)
{
	bool found = block->look_found;

	block->look_found = false;
	block->look_from = 0;
	collect_set_level(block, found ? 0 : min(block->look_level + 1, PTC_LOOK_LEVELS - 1));
}

/*
 * Look at up to @looks pages of a block, from page *@at on, which advances. Stops early when many
 * were found. A block without a table out needs no look.
 * Returns at how many.
 */
static unsigned int collect_look(struct ptc_block *block, unsigned int *at, unsigned int looks,
				 struct collect_batch *batch)
{
	unsigned int from = *at, end = min(from + looks, block->span + 0U);

	if (ptc_block_empty(block)) {
		*at = block->span;
		return 0;
	}
	for (; *at < end && batch->nr < COLLECT_FOUND_MAX; ++*at)
		if (collect_is_left(block, *at))
			collect_take_back(block, *at, batch);
	return *at - from;
}

/* What was found is a sign that there is more. Caller holds the node's lock. */
static void collect_earn(struct ptc_node *node, const struct collect_batch *batch)
{
	if (node->look_credit < COLLECT_EARNED_MAX)
		node->look_credit += batch->nr * COLLECT_PER_FOUND;
}

static void collect_count(struct ptc_collect *pass, unsigned int looked,
			  const struct collect_batch *batch)
{
	looked = max(looked, 1U); /* a block that is skipped counts, too */
	pass->looks -= min(looked, pass->looks);
	pass->collected += batch->nr;
	ptc_count_add(PTC_collect_looks, looked);
	collect_report(batch);
}

/**
 * ptc_collect_begin - begin a pass over all lent tables of a node, in the order of their addresses
 * @pass: the pass
 * @node: of a pool that lends
 * @looks: look at so many pages at most, from where the last such pass ended. UINT_MAX: at all;
 *	then the pass finds every table that the kernel has freed by now
 *
 * A pass keeps its place to itself, so nothing that others do makes it longer.
 *
 * Context: any but NMI.
 */
void ptc_collect_begin(struct ptc_collect *pass, struct ptc_node *node, unsigned int looks)
{
	unsigned long start = ptc_numa_start(node->nid), end = ptc_numa_end(node->nid);
	unsigned long begun = READ_ONCE(node->look_pfn);

	if (looks == UINT_MAX || begun < start || begun >= end)
		begun = start;
	*pass = (struct ptc_collect){
		.node = node,
		.pfn = begun,
		.end = end,
		.begun = begun,
		.looks = looks,
	};
}

/*
 * The next block of the pass, or NULL. At the end of the node it goes on from the start, once, up
 * to where it began. Context: an RCU read-side section.
 */
static struct ptc_block *collect_next(struct ptc_collect *pass)
{
	struct ptc_block *block = ptc_index_next(pass->pfn, pass->end, pass->node);
	unsigned long start = ptc_numa_start(pass->node->nid);

	if (block || pass->end == pass->begun || pass->begun <= start)
		return block;
	pass->pfn = start;
	pass->from = 0;
	pass->end = pass->begun;
	return ptc_index_next(pass->pfn, pass->end, pass->node);
}

/**
 * ptc_collect_step - take back lent tables of one block that the kernel has freed
 * @pass: begun by ptc_collect_begin()
 *
 * Looks at PTC_BATCH_MAX pages at most. The tables taken back are dirty. A block that is returned
 * meanwhile has no table out, so nothing is found in it.
 *
 * Context: any but NMI.
 * Return: whether there is more to look at.
 */
bool ptc_collect_step(struct ptc_collect *pass)
{
	unsigned int looks = min(pass->looks, PTC_BATCH_MAX), looked = 0;
	struct collect_batch batch = { .nr = 0 };
	struct ptc_node *node = pass->node;
	struct ptc_block *block = NULL;
	unsigned long flags;

	rcu_read_lock();
	if (looks)
		block = collect_next(pass);
	if (block) {
		if (block->pfn != pass->pfn)
			pass->from = 0; /* the block that the pass was at is gone */
		flags = ptc_node_lock(node);
		looked = collect_look(block, &pass->from, looks, &batch);
		collect_earn(node, &batch);
		if (batch.nr && !list_empty(&block->look_link))
			collect_set_level(block, 0);
		ptc_node_unlock(node, flags);
		pass->pfn = block->pfn;
		if (pass->from == block->span) {
			pass->pfn++;
			pass->from = 0;
		}
	}
	rcu_read_unlock();

	if (block) {
		WRITE_ONCE(node->look_pfn, pass->pfn);
		collect_count(pass, looked, &batch);
	}
	return block;
}

/**
 * ptc_collect_due - take back tables of a block whose look is due, as far as the credit goes
 * @pass: its node and looks are set
 *
 * Looks at PTC_BATCH_MAX pages at most.
 *
 * Context: any but NMI.
 * Return: whether there may be more to look at.
 */
bool ptc_collect_due(struct ptc_collect *pass)
{
	struct collect_batch batch = { .nr = 0 };
	struct ptc_node *node = pass->node;
	unsigned int looks, looked = 0;
	struct ptc_block *block = NULL;
	unsigned long flags;

	flags = ptc_node_lock(node);
	collect_pay(node);
	looks = min3(pass->looks, PTC_BATCH_MAX, max(node->look_credit, 0) + 0U);
	if (looks)
		block = collect_choose_due(node);
	if (block) {
		unsigned int at = block->look_from;

		looked = collect_look(block, &at, looks, &batch);
		block->look_from = at;
		block->look_found |= batch.nr;
		if (block->look_from == block->span)
			collect_end_look(block);
		node->look_credit -= looked;
		collect_earn(node, &batch);
	}
	ptc_node_unlock(node, flags);
	if (block)
		collect_count(pass, looked, &batch);
	return block;
}

/*
 * Is there a sign that the kernel has freed tables of the node, other than that time has passed?
 * The answer may be stale. Context: any.
 */
bool ptc_collect_is_promising(const struct ptc_node *node)
{
	/* a hint, from under a lock that is not held */
	return !data_race(list_empty(&node->look_lists[0])) &&
	       READ_ONCE(node->look_credit) >= (int)PTC_BATCH_MAX;
}

/*
 * The block that is being handed over, or another one, which nobody else looks at from then on.
 * Caller holds the node's lock.
 */
static struct ptc_block *collect_choose_handed(struct ptc_node *node)
{
	struct ptc_block *block = collect_head(node, PTC_LOOK_HANDED);
	unsigned int level;

	for (level = 0; level < PTC_LOOK_LEVELS && !block; level++) {
		block = collect_head(node, level);
		if (!block)
			continue;
		block->look_from = 0;
		list_move(&block->look_link, &node->look_lists[PTC_LOOK_HANDED]);
	}
	return block;
}

/**
 * ptc_collect_hand_over - give up the lent tables of one block
 * @node: of a pool that no longer lends
 * @nr: room in @pfns
 * @pfns: tables in use, which are the kernel's own now; the caller puts our reference of each
 * @handed_over: number of entries in @pfns
 *
 * Tables that the kernel has freed are taken back. The records of the others are retired before the
 * caller puts our reference: from here on nothing of ours refers to them.
 *
 * Context: process.
 * Return: whether there may be more.
 */
bool ptc_collect_hand_over(struct ptc_node *node, unsigned int nr, unsigned long *pfns,
			   unsigned int *handed_over)
{
	struct collect_batch batch = { .nr = 0 };
	unsigned int at, looked = 0;
	struct ptc_block *block;
	unsigned long flags;

	*handed_over = 0;
	flags = ptc_node_lock(node);
	block = collect_choose_handed(node);
	for (at = block ? block->look_from : 0; block && at < block->span; at++, looked++) {
		if (looked == PTC_BATCH_MAX || *handed_over == nr || batch.nr == COLLECT_FOUND_MAX)
			break;
		if (collect_is_left(block, at)) {
			collect_take_back(block, at, &batch);
		} else if (ptc_tag_is_lent(ptc_record_tag(&block->records[at]))) {
			ptc_node_retire(block, at, 0, PTC_RETURNED);
			pfns[(*handed_over)++] = block->pfn + at;
		}
	}
	if (block && at == block->span)
		list_del_init(&block->look_link);
	else if (block)
		block->look_from = at;
	ptc_node_unlock(node, flags);
	collect_report(&batch);
	return block;
}
