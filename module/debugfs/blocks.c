// SPDX-License-Identifier: GPL-2.0
/* `blocks`: one line per block, or per smaller run that was allocated instead of one. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "alloc/index.h"
#include "alloc/pool.h"
#include "alloc/record.h"
#include "debugfs/debugfs.h"

/* The line, copied under RCU: the block may be freed before it is printed. */
struct blocks_state {
	unsigned long from;		/* where the next block may begin */
	unsigned long pfn;
	unsigned int pages, in_use;
	int nid;
	u8 origin;
};

static unsigned int blocks_pages_out(const struct ptc_block *block)
{
	unsigned int i, pages = 0;

	for (i = 0; i < 1U << block->order; i++) {
		u32 tag = ptc_record_tag(&block->records[i]);

		if (ptc_tag_state(tag) == PTC_OUT)
			pages += 1U << ptc_tag_order(tag);
	}
	return pages;
}

static int blocks_begin(void *state)
{
	((struct blocks_state *)state)->from = 0;
	return 0;
}

static int blocks_next(void *state)
{
	struct blocks_state *line = state;
	struct ptc_block *block;

	if (signal_pending(current))
		return -EINTR;
	rcu_read_lock();
	block = ptc_index_next(line->from, ULONG_MAX, NULL);
	if (block) {
		line->pfn = block->pfn;
		line->pages = READ_ONCE(block->pages);
		line->in_use = blocks_pages_out(block);
		line->nid = block->node->nid;
		line->origin = block->origin;
		line->from = line->pfn + 1;
	}
	rcu_read_unlock();
	return block != NULL;
}

static void blocks_show(struct seq_file *m, const void *state)
{
	static const char * const origins[PTC_NR_ORIGINS] = {
		"adopted", "fresh", "smaller", "single",
	};
	const struct blocks_state *line = state;

	seq_printf(m, "0x%lx %u %d %s %u %u\n", line->pfn, line->pages, line->nid,
		   origins[line->origin], line->in_use,
		   line->pages - min(line->pages, line->in_use));
}

const struct ptc_report ptc_report_blocks = {
	.name = "blocks",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "pfn pages node origin in_use free",
	.size = sizeof(struct blocks_state),
	.begin = blocks_begin,
	.next = blocks_next,
	.show = blocks_show,
};
