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
struct tables_state {
	unsigned long from;		/* where the next table may be */
	unsigned long pfn;
	struct ptc_record record;
	char cache[PT_CACHE_NAME_MAX];
	/* the process last found for an mm, cached: tables of one mm lie side by side */
	unsigned long found_mm;
	pid_t found_pid;
	char found_comm[TASK_COMM_LEN];
};

/* Find the process of a table handed out before that had a pid. Returns 0 or -EINTR. */
static int tables_name_process(struct tables_state *line)
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

static int tables_begin(void *state)
{
	((struct tables_state *)state)->from = 0;
	return 0;
}

static int tables_next(void *state)
{
	struct tables_state *line = state;
	const struct pt_cache *cache;
	unsigned long pfn = line->from;
	int err;

	if (!ptc_table_next(&pfn, &line->record))
		return signal_pending(current) ? -EINTR : 0;
	line->pfn = pfn;
	rcu_read_lock();
	cache = ptc_registry_find(ptc_tag_cache(line->record.tag));
	strscpy(line->cache, cache ? cache->name : "-", sizeof(line->cache));
	rcu_read_unlock();
	err = tables_name_process(line);
	if (err)
		return err;
	line->from = pfn + 1;
	return 1;
}

static void tables_show(struct seq_file *m, const void *state)
{
	const struct tables_state *line = state;
	const struct ptc_record *record = &line->record;

	seq_printf(m, "0x%lx %s %s %d", line->pfn, line->cache,
		   ptc_level_name(ptc_tag_level(record->tag)), atomic_read(&record->users));
	if (!record->mm) {
		seq_puts(m, " - - -\n");
		return;
	}
	seq_printf(m, " 0x%lx", (unsigned long)record->mm);
	/* without one, its process had no pid at hand-out, and is gone */
	ptc_report_number(m, record->pid ?: -1);
	ptc_report_comm(m, record->comm);
}

const struct ptc_report ptc_report_tables = {
	.name = "tables",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "pfn cache level users mm pid comm",
	.size = sizeof(struct tables_state),
	.begin = tables_begin,
	.next = tables_next,
	.show = tables_show,
};
