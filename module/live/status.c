// SPDX-License-Identifier: GPL-2.0
/* `live`: the state of the livepatch, whether it serves tables, and how many it has served. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "live/live.h"
#include "report/report.h"

static struct dentry *status_file;

static void status_put_state(struct seq_file *m, enum ptc_live_state state)
{
	unsigned int seconds = ptc_live_seconds();

	switch (state) {
	case PTC_LIVE_OFF:
		seq_puts(m, "off switched off, or replaced by another livepatch; to enable it again, unload and reload pt_cache_live\n");
		break;
	case PTC_LIVE_ON:
		seq_puts(m, "on -\n");
		break;
	case PTC_LIVE_SHADOWED:
		seq_puts(m, "shadowed another livepatch of pte_alloc_one() is stacked on top of this one\n");
		break;
	case PTC_LIVE_COMING:
		seq_printf(m, "coming for %u s; tasks with 0 in /proc/PID/task/TID/patch_state block it: stop them, or write 0 to /sys/kernel/livepatch/pt_cache_live/enabled\n",
			   seconds);
		break;
	case PTC_LIVE_GOING:
		seq_printf(m, "going for %u s; tasks with 1 in /proc/PID/task/TID/patch_state block it: stop them, or write 1 to /sys/kernel/livepatch/pt_cache_live/enabled\n",
			   seconds);
		break;
	}
}

static const char *status_why_not_serving(enum ptc_live_state state,
					  const struct pt_cache_lender_stats *stats)
{
	if (!stats->lends)
		return "a table was found dirty or in a bad state, see the log; reload pt_cache";
	if (state == PTC_LIVE_OFF || state == PTC_LIVE_SHADOWED)
		return "see state";
	return stats->max_blocks ? NULL : "max_blocks is 0";
}

enum status_key {
	STATUS_state, STATUS_serving, STATUS_served, STATUS_recycled, STATUS_fallbacks,
	STATUS_fallbacks_miss, STATUS_fallbacks_policy, STATUS_fallbacks_cpuset,
	STATUS_fallbacks_memcg, STATUS_non_zero, STATUS_in_use, STATUS_uncharged_bytes,
	STATUS_ready, STATUS_blocks, STATUS_max_blocks, STATUS_memcg_limited, STATUS_NR_KEYS,
};

struct status_state {
	enum status_key next;
	enum ptc_live_state state;
	struct pt_cache_lender_stats stats;
	u64 numbers[STATUS_NR_KEYS];	/* of the lines that show one */
};

/* Why the kernel's own table was handed out: what each of the lines counts. */
static const enum ptc_source status_fallbacks[STATUS_NR_KEYS] = {
	[STATUS_fallbacks_miss] = PTC_SOURCE_STOCK_MISS,
	[STATUS_fallbacks_policy] = PTC_SOURCE_STOCK_POLICY,
	[STATUS_fallbacks_cpuset] = PTC_SOURCE_STOCK_CPUSET,
	[STATUS_fallbacks_memcg] = PTC_SOURCE_STOCK_MEMCG,
};

static int status_begin(void *state)
{
	struct status_state *all = state;
	const struct pt_cache_lender_stats *stats = &all->stats;
	int i;

	all->next = 0;
	all->state = ptc_live_state();
	pt_cache_lender_stats(ptc_live_lender, &all->stats);
	all->numbers[STATUS_served] = stats->lent;
	all->numbers[STATUS_recycled] = stats->taken_back;
	all->numbers[STATUS_fallbacks] = 0;
	for (i = STATUS_fallbacks_miss; i <= STATUS_fallbacks_memcg; i++) {
		all->numbers[i] = ptc_live_fallbacks(status_fallbacks[i]);
		all->numbers[STATUS_fallbacks] += all->numbers[i];
	}
	all->numbers[STATUS_non_zero] = stats->non_zero;
	all->numbers[STATUS_in_use] = stats->in_use;
	all->numbers[STATUS_uncharged_bytes] = stats->in_use * PAGE_SIZE;
	all->numbers[STATUS_ready] = stats->ready;
	all->numbers[STATUS_blocks] = stats->blocks;
	all->numbers[STATUS_max_blocks] = stats->max_blocks;
	return 0;
}

static int status_next(void *state)
{
	struct status_state *all = state;

	if (all->next == STATUS_NR_KEYS)
		return 0;
	all->next++;
	return 1;
}

static void status_show(struct seq_file *m, const void *state)
{
	static const char * const keys[STATUS_NR_KEYS] = {
		"state", "serving", "served", "recycled", "fallbacks", "fallbacks_miss",
		"fallbacks_policy", "fallbacks_cpuset", "fallbacks_memcg", "non_zero", "in_use",
		"uncharged_bytes", "ready", "blocks", "max_blocks", "memcg_limited",
	};
	const struct status_state *all = state;
	enum status_key key = all->next - 1;
	const char *why_not;

	seq_printf(m, "%s ", keys[key]);
	switch (key) {
	case STATUS_state:
		status_put_state(m, all->state);
		break;
	case STATUS_serving:
		why_not = status_why_not_serving(all->state, &all->stats);
		seq_printf(m, "%s %s\n", why_not ? "no" : "yes", why_not ?: "-");
		break;
	case STATUS_memcg_limited:
		seq_puts(m, READ_ONCE(ptc_live_memcg_limited) ?
			 "yes tasks in a memory cgroup with a limit are served, uncharged\n" :
			 "no tasks in a memory cgroup with a limit get the kernel's own tables, charged\n");
		break;
	default:
		seq_printf(m, "%llu -\n", all->numbers[key]);
	}
}

static const struct ptc_report status_live = {
	.name = "live",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 2,
	.columns = "key value reason",
	.size = sizeof(struct status_state),
	.begin = status_begin,
	.next = status_next,
	.show = status_show,
};

/* Adds to the reports of pt_cache.ko, which stays loaded as long as its lender exists. */
void ptc_live_report_init(void)
{
	status_file = ptc_report_add(&status_live);
}

void ptc_live_report_exit(void)
{
	ptc_report_remove(status_file);
}
