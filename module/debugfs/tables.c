// SPDX-License-Identifier: GPL-2.0
/* `tables`: one line per table that a cache has handed out. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "alloc/cache.h"
#include "alloc/registry.h"
#include "alloc/table.h"
#include "census/processes.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"

/* Copies of the printed fields: no lock or RCU section is held while they are printed. */
struct table_line {
	unsigned long pfn;
	struct ptc_record record;
	char cache[PT_CACHE_NAME_MAX];
	/* the process last found for an mm, cached: tables of one mm lie side by side */
	unsigned long found_mm;
	pid_t found_pid;
	char found_comm[TASK_COMM_LEN];
};

/* Find the process of a table handed out before that had a pid. Returns 0 or -EINTR. */
static int tables_name_process(struct table_line *line)
{
	unsigned long mm = (unsigned long)line->record.mm;
	int ret;

	if (!mm || line->record.pid != PTC_PID_NOT_YET)
		return 0;
	if (line->found_mm != mm) {
		line->found_mm = mm;
		line->found_pid = 0;
		memcpy(line->found_comm, line->record.comm, TASK_COMM_LEN);
		ret = ptc_process_of_mm(mm, &line->found_pid, line->found_comm);
		if (ret < 0) {
			line->found_mm = 0; /* interrupted: nothing is known about this mm */
			return ret;
		}
	}
	line->record.pid = line->found_pid;
	memcpy(line->record.comm, line->found_comm, TASK_COMM_LEN);
	return 0;
}

/*
 * Copy the first table that is handed out at or after @pfn. Returns NULL if there is none, or
 * ERR_PTR(-EINTR) on a signal.
 */
static struct table_line *tables_copy(struct seq_file *m, unsigned long pfn)
{
	struct table_line *line = m->private;
	const struct pt_cache *cache;
	int err;

	if (!ptc_table_next(&pfn, &line->record))
		return signal_pending(current) ? ERR_PTR(-EINTR) : NULL;
	line->pfn = pfn;
	rcu_read_lock();
	cache = ptc_registry_find(ptc_tag_cache(line->record.tag));
	strscpy(line->cache, cache ? cache->name : "-", sizeof(line->cache));
	rcu_read_unlock();
	err = tables_name_process(line);
	return err ? ERR_PTR(err) : line;
}

/* The position is the next page frame to examine plus one; 0 is the head. */
static void *tables_start(struct seq_file *m, loff_t *pos)
{
	return *pos == 0 ? SEQ_START_TOKEN : tables_copy(m, *pos - 1);
}

static void *tables_next(struct seq_file *m, void *v, loff_t *pos)
{
	unsigned long pfn = v == SEQ_START_TOKEN ? 0 : ((struct table_line *)v)->pfn + 1;

	*pos = pfn + 1;
	return tables_copy(m, pfn);
}

static void tables_stop(struct seq_file *m, void *v)
{
}

static int tables_show(struct seq_file *m, void *v)
{
	const struct table_line *line = v;
	const struct ptc_record *record;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "tables", "pfn cache level users mm pid comm");
		return 0;
	}
	record = &line->record;
	seq_printf(m, "0x%lx %s %s %d", line->pfn, line->cache,
		   ptc_level_name(ptc_tag_level(record->tag)), atomic_read(&record->users));
	if (!record->mm) {
		seq_puts(m, " - - -\n");
		return 0;
	}
	seq_printf(m, " 0x%lx", (unsigned long)record->mm);
	if (record->pid)
		seq_printf(m, " %d", record->pid);
	else
		seq_puts(m, " -"); /* its process had no pid at hand-out, and is gone */
	ptc_report_comm(m, record->comm);
	return 0;
}

static const struct seq_operations tables_seq = {
	.start = tables_start,
	.next = tables_next,
	.stop = tables_stop,
	.show = tables_show,
};

static int tables_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &tables_seq, sizeof(struct table_line));
}

const struct file_operations ptc_tables_fops = {
	.owner = THIS_MODULE,
	.open = tables_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
