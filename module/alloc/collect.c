// SPDX-License-Identifier: GPL-2.0
/*
 * Collect the lent tables of a node (lend.c lends them). The kernel does not report that it has
 * freed one, so they are polled. A table is taken back when its only reference is ours. When
 * lending ends, tables still in use are handed over to the kernel.
 *
 * Locks: node->lock, acquired for each bounded step.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/page_ref.h>

#include "alloc/collect.h"
#include "alloc/node.h"
#include "alloc/recycling.h"
#include "compat/page_state.h"
#include "counters.h"
#include "trace/trace.h"

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
 * Retire a page that must not become a table again: its memory is bad, or the kernel freed it in an
 * unexpected state. In the latter case no other recycled page can be trusted either.
 */
static void collect_retire(struct ptc_block *block, unsigned int at, const char *trouble)
{
	ptc_node_retire(block, at, 0, PTC_QUARANTINED);
	ptc_count(PTC_quarantined_pages);
	if (!trouble) {
		ptc_count(PTC_poisoned);
		return;
	}
	ptc_count(PTC_bad_state);
	ptc_recycling_off();
	pr_err_once("the kernel freed a lent page table in a bad state (pfn %#lx: %s): page retired, recycling disabled until the module is reloaded\n",
		    block->pfn + at, trouble);
}

/*
 * Take back a table that the kernel has freed. Caller holds the node's lock, which makes this
 * sound. Tables are taken back only under that lock, so this one cannot have been taken back,
 * cleared and lent again since its count was read. And the lender raises the count before the
 * record says that the table is lent.
 */
static void collect_take_back(struct ptc_block *block, unsigned int at)
{
	struct ptc_record *record = &block->records[at];
	unsigned long pfn = block->pfn + at;
	struct page *page = pfn_to_page(pfn);
	const char *trouble = ptc_page_state_trouble(page);
	u64 before;

	trace_live_recycle(pfn, (unsigned long)record->mm, !trouble && !PageHWPoison(page));
	if (trouble || PageHWPoison(page)) {
		collect_retire(block, at, trouble);
		return;
	}
	ptc_page_state_reset(page);
	WRITE_ONCE(record->tag, PTC_IDLE);
	before = block->share_word;
	ptc_block_put(block, 0, &pfn, 1, 0, true);
	ptc_node_update(block, before);
}

/* Check up to @looks pages of a block. Returns how many of @looks remain. */
static unsigned int collect_look(struct ptc_block *block, unsigned int looks,
				 unsigned int *collected)
{
	unsigned int at = ptc_block_empty(block) ? block->span : block->look_from;

	for (; at < block->span && looks; at++, looks--) {
		if (!collect_is_left(block, at))
			continue;
		collect_take_back(block, at);
		++*collected;
	}
	block->look_from = at;
	return looks;
}

/* Minimum interval between rounds, unless the caller insists (@at_once). */
#define COLLECT_INTERVAL	(HZ / 10)

/*
 * Begin a round, in which ptc_collect() checks every lent table once. Without @at_once do nothing
 * if the last round began a moment ago (COLLECT_INTERVAL). With @at_once the round finds every
 * table that the kernel has freed by now.
 * Context: any but NMI.
 */
void ptc_collect_begin_round(struct ptc_node *node, bool at_once)
{
	struct ptc_block *halfway;
	unsigned long flags;

	if (!at_once && time_before(jiffies, READ_ONCE(node->look_after)))
		return;
	flags = ptc_node_lock(node);
	node->look_round++;
	/*
	 * Only the first block can have been checked in part. Start it over with @at_once, or a
	 * table that was freed since in the checked part would wait for another round. Requests
	 * resume where they stopped, or they would check the first block over and over.
	 */
	halfway = list_first_entry_or_null(&node->round_blocks, struct ptc_block, round_link);
	if (at_once && halfway)
		halfway->look_from = 0;
	WRITE_ONCE(node->look_after, jiffies + COLLECT_INTERVAL);
	ptc_node_unlock(node, flags);
}

/**
 * ptc_collect - take back lent tables of one block that the kernel has freed
 * @node: of a pool that lends
 * @looks: check at most this many pages; bounds the time with interrupts off
 * @collected: increased by the number of tables taken back
 *
 * The tables taken back are dirty. The least recently checked block comes first. If that one has
 * been checked in this round, all have. A block without a table out is skipped.
 *
 * Context: any but NMI.
 * Return: whether there was a block to check.
 */
bool ptc_collect(struct ptc_node *node, unsigned int looks, unsigned int *collected)
{
	unsigned int got = 0, left = looks;
	struct ptc_block *block;
	unsigned long flags;

	flags = ptc_node_lock(node);
	block = list_first_entry_or_null(&node->round_blocks, struct ptc_block, round_link);
	if (block && block->look_round == node->look_round)
		block = NULL;
	if (block) {
		left = collect_look(block, looks, &got);
		if (block->look_from == block->span) {
			block->look_from = 0;
			block->look_round = node->look_round;
			list_move_tail(&block->round_link, &node->round_blocks);
		}
	}
	ptc_node_unlock(node, flags);
	ptc_count_add(PTC_collect_looks, looks - left);
	*collected += got;
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
	struct ptc_block *block;
	unsigned long flags;
	unsigned int at;

	*handed_over = 0;
	flags = ptc_node_lock(node);
	block = list_first_entry_or_null(&node->round_blocks, struct ptc_block, round_link);
	for (at = 0; block && at < block->span && *handed_over < nr; at++) {
		if (collect_is_left(block, at)) {
			collect_take_back(block, at);
		} else if (ptc_tag_is_lent(ptc_record_tag(&block->records[at]))) {
			ptc_node_retire(block, at, 0, PTC_RETURNED);
			pfns[(*handed_over)++] = block->pfn + at;
		}
	}
	if (block && at == block->span)
		list_del_init(&block->round_link);
	ptc_node_unlock(node, flags);
	return block;
}
