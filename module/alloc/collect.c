// SPDX-License-Identifier: GPL-2.0
/*
 * Lent tables of a node (lend.c lends them): nobody tells when the kernel lets go of one, so they
 * are looked at from time to time, taken back when the only reference is ours, and handed over in
 * the end.
 *
 * Locks: the node's, for each look.
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

/* Has the kernel let go of the page? Then the only reference is ours. */
static bool collect_is_left(const struct ptc_block *block, unsigned int at)
{
	/* the tag first: who lends raises the count before it is set (ptc_record_open()) */
	if (!ptc_tag_is_lent(smp_load_acquire(&block->records[at].tag)) ||
	    page_ref_count(pfn_to_page(block->pfn + at)) != 1)
		return false;
	/* what the kernel did to the page before it let go comes before what we do to it */
	smp_acquire__after_ctrl_dep();
	return true;
}

/*
 * A page that must not be a table again: its memory is bad, or the kernel has left it in a state
 * that nobody has reckoned with, and then the other pages are not to be trusted either.
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
 * Take a table back that the kernel has let go of. The node's lock is held, and that is what makes
 * it sound: only who holds it takes tables back, so the table that was looked at cannot have been
 * taken, cleared and lent again since; and whoever lends one has raised its references before its
 * record says so.
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

/* Look at some lent tables of a block. Returns how many looks are left. */
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

/* All lent tables are looked at at most this often, but for who asks to have it done at once. */
#define COLLECT_INTERVAL	(HZ / 10)

/*
 * Nobody tells when the kernel lets go of a table, so all lent ones have to be looked at from
 * time to time. Begin to, if the last time is long enough ago, or @at_once: then what is left now
 * is found in this round. Context: any but NMI.
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
	 * Only the first block can have been looked at in part, and what was left since in that part
	 * would wait for another round. Requests go on where they were, or the first block would be
	 * all that they ever look at.
	 */
	halfway = list_first_entry_or_null(&node->round_blocks, struct ptc_block, round_link);
	if (at_once && halfway)
		halfway->look_from = 0;
	WRITE_ONCE(node->look_after, jiffies + COLLECT_INTERVAL);
	ptc_node_unlock(node, flags);
}

/**
 * ptc_collect - take back lent tables of one block that the kernel has let go of
 * @node: of a pool that lends
 * @looks: look at so many pages at most; that bounds the time with interrupts off
 * @collected: raised by how many
 *
 * They are dirty now. The block that was looked at longest ago comes first; when it has had its
 * look in this round, all have. A block without a table out is passed over.
 *
 * Context: any but NMI.
 * Return: whether there was a block to look at.
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
 * ptc_collect_hand_over - let go of lent tables, in use or not
 * @node: of a pool that lends no more
 * @nr: room in @pfns
 * @pfns: tables that are in use: they are the kernel's own now, but for a reference that the
 *	caller puts
 * @handed_over: how many these are
 *
 * What the kernel has let go of is taken back. The records forget the others first: from here on
 * nothing of ours is in them.
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
