// SPDX-License-Identifier: GPL-2.0
/* `live`: the state of the livepatch, whether it serves tables, and how many it has served. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "live/live.h"
#include "report/report.h"

static struct dentry *report_file;

static void report_show_state(struct seq_file *m, enum ptc_live_state state)
{
	unsigned int seconds = ptc_live_seconds();

	switch (state) {
	case PTC_LIVE_OFF:
		seq_puts(m, "state off: switched off, or replaced by another livepatch; to enable it again, unload and reload pt_cache_live\n");
		break;
	case PTC_LIVE_ON:
		seq_puts(m, "state on\n");
		break;
	case PTC_LIVE_SHADOWED:
		seq_puts(m, "state shadowed: another livepatch of pte_alloc_one() is stacked on top of this one\n");
		break;
	case PTC_LIVE_COMING:
		seq_printf(m, "state coming: for %u s; tasks with 0 in /proc/PID/patch_state block it: stop them, or write 0 to /sys/kernel/livepatch/pt_cache_live/enabled\n",
			   seconds);
		break;
	case PTC_LIVE_GOING:
		seq_printf(m, "state going: for %u s; tasks with 1 in /proc/PID/patch_state block it: stop them, or write 1 to /sys/kernel/livepatch/pt_cache_live/enabled\n",
			   seconds);
		break;
	}
}

static void report_show_serving(struct seq_file *m, enum ptc_live_state state,
				const struct pt_cache_lender_stats *stats)
{
	if (!stats->lends)
		seq_puts(m, "serving no: a table was found dirty or in a bad state, see the log; reload pt_cache\n");
	else if (state == PTC_LIVE_OFF || state == PTC_LIVE_SHADOWED)
		seq_puts(m, "serving no: see state\n");
	else if (!stats->max_blocks)
		seq_puts(m, "serving no: max_blocks is 0\n");
	else
		seq_puts(m, "serving yes\n");
}

static void report_show_fallbacks(struct seq_file *m)
{
	static const struct {
		const char *name;
		enum ptc_source why;
	} reasons[] = {
		{ "miss", PTC_SOURCE_STOCK_MISS },
		{ "policy", PTC_SOURCE_STOCK_POLICY },
		{ "cpuset", PTC_SOURCE_STOCK_CPUSET },
		{ "memcg", PTC_SOURCE_STOCK_MEMCG },
	};
	u64 n[ARRAY_SIZE(reasons)], all = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		n[i] = ptc_live_fallbacks(reasons[i].why);
		all += n[i];
	}
	seq_printf(m, "fallbacks %llu\n", all);
	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		seq_printf(m, "fallbacks_%s %llu\n", reasons[i].name, n[i]);
}

static int report_show(struct seq_file *m, void *unused)
{
	enum ptc_live_state state = ptc_live_state();
	struct pt_cache_lender_stats stats;

	pt_cache_lender_stats(ptc_live_lender, &stats);
	ptc_report_head(m, "live", "key value");
	report_show_state(m, state);
	report_show_serving(m, state, &stats);
	seq_printf(m, "served %llu\n", stats.lent);
	seq_printf(m, "recycled %llu\n", stats.taken_back);
	report_show_fallbacks(m);
	seq_printf(m, "non_zero %llu\n", stats.non_zero);
	seq_printf(m, "in_use %llu\n", stats.in_use);
	seq_printf(m, "uncharged_bytes %llu\n", stats.in_use * PAGE_SIZE);
	seq_printf(m, "ready %lu\n", stats.ready);
	seq_printf(m, "blocks %lu\n", stats.blocks);
	seq_printf(m, "max_blocks %lu\n", stats.max_blocks);
	seq_printf(m, "memcg_limited %s\n", READ_ONCE(ptc_live_memcg_limited) ?
		   "yes: tasks in a memory cgroup with a limit are served, uncharged" :
		   "no: tasks in a memory cgroup with a limit get the kernel's own tables, charged");
	return 0;
}

static int report_open(struct inode *inode, struct file *file)
{
	return single_open(file, report_show, NULL);
}

static const struct file_operations report_fops = {
	.owner = THIS_MODULE,
	.open = report_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

/* Adds to the reports of pt_cache.ko, which stays loaded as long as its lender exists. */
void ptc_live_report_init(void)
{
	report_file = ptc_report_add("live", 0400, &report_fops);
}

void ptc_live_report_exit(void)
{
	ptc_report_remove(report_file);
}
