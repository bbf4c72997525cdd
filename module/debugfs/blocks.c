// SPDX-License-Identifier: GPL-2.0
/* `blocks`: one line per block, or per smaller run that was allocated instead of one. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "alloc/index.h"
#include "alloc/pool.h"
#include "debugfs/debugfs.h"
#include "alloc/record.h"

/* The printed fields, copied under RCU: the block may be freed before they are printed. */
struct block_line {
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

/*
 * Copy the first block that begins at or after @pfn. Returns NULL if there is none, or
 * ERR_PTR(-EINTR) on a signal.
 */
static struct block_line *blocks_copy(struct seq_file *m, unsigned long pfn)
{
	struct block_line *line = m->private;
	struct ptc_block *block;

	if (signal_pending(current))
		return ERR_PTR(-EINTR);
	rcu_read_lock();
	block = ptc_index_next(pfn, ULONG_MAX, NULL);
	if (block) {
		line->pfn = block->pfn;
		line->pages = READ_ONCE(block->pages);
		line->in_use = blocks_pages_out(block);
		line->nid = block->node->nid;
		line->origin = block->origin;
	}
	rcu_read_unlock();
	return block ? line : NULL;
}

/* The position is the next page frame to examine plus one; 0 is the head. */
static void *blocks_start(struct seq_file *m, loff_t *pos)
{
	return *pos == 0 ? SEQ_START_TOKEN : blocks_copy(m, *pos - 1);
}

static void *blocks_next(struct seq_file *m, void *v, loff_t *pos)
{
	unsigned long pfn = v == SEQ_START_TOKEN ? 0 : ((struct block_line *)v)->pfn + 1;

	*pos = pfn + 1;
	return blocks_copy(m, pfn);
}

static void blocks_stop(struct seq_file *m, void *v)
{
}

static int blocks_show(struct seq_file *m, void *v)
{
	static const char * const origins[PTC_NR_ORIGINS] = {
		"adopted", "fresh", "smaller", "single",
	};
	const struct block_line *line = v;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "blocks", "pfn pages node origin in_use free");
		return 0;
	}
	seq_printf(m, "0x%lx %u %d %s %u %u\n", line->pfn, line->pages, line->nid,
		   origins[line->origin], line->in_use,
		   line->pages - min(line->pages, line->in_use));
	return 0;
}

static const struct seq_operations blocks_seq = {
	.start = blocks_start,
	.next = blocks_next,
	.stop = blocks_stop,
	.show = blocks_show,
};

static int blocks_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &blocks_seq, sizeof(struct block_line));
}

const struct file_operations ptc_blocks_fops = {
	.owner = THIS_MODULE,
	.open = blocks_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
