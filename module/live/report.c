// SPDX-License-Identifier: GPL-2.0
/* `live`: the state of the livepatch, whether it serves tables, and how many it has served. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "live/live.h"
#include "report/report.h"

static struct dentry *report_file;

static void report_put_state(struct seq_file *m, enum ptc_live_state state)
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

static const char *report_why_not_serving(enum ptc_live_state state,
					  const struct pt_cache_lender_stats *stats)
{
	if (!stats->lends)
		return "a table was found dirty or in a bad state, see the log; reload pt_cache";
	if (state == PTC_LIVE_OFF || state == PTC_LIVE_SHADOWED)
		return "see state";
	return stats->max_blocks ? NULL : "max_blocks is 0";
}

enum report_key {
	REPORT_state, REPORT_serving, REPORT_served, REPORT_recycled, REPORT_fallbacks,
	REPORT_fallbacks_miss, REPORT_fallbacks_policy, REPORT_fallbacks_cpuset,
	REPORT_fallbacks_memcg, REPORT_non_zero, REPORT_in_use, REPORT_uncharged_bytes,
	REPORT_ready, REPORT_blocks, REPORT_max_blocks, REPORT_memcg_limited, REPORT_NR_KEYS,
};

struct report_state {
	enum report_key next;
	enum ptc_live_state state;
	struct pt_cache_lender_stats stats;
	u64 numbers[REPORT_NR_KEYS];	/* of the lines that show one */
};

/* Why the kernel's own table was handed out: what each of the lines counts. */
static const enum ptc_source report_fallbacks[REPORT_NR_KEYS] = {
	[REPORT_fallbacks_miss] = PTC_SOURCE_STOCK_MISS,
	[REPORT_fallbacks_policy] = PTC_SOURCE_STOCK_POLICY,
	[REPORT_fallbacks_cpuset] = PTC_SOURCE_STOCK_CPUSET,
	[REPORT_fallbacks_memcg] = PTC_SOURCE_STOCK_MEMCG,
};

static int report_begin(void *state)
{
	struct report_state *all = state;
	const struct pt_cache_lender_stats *stats = &all->stats;
	int i;

	all->next = 0;
	all->state = ptc_live_state();
	pt_cache_lender_stats(ptc_live_lender, &all->stats);
	all->numbers[REPORT_served] = stats->lent;
	all->numbers[REPORT_recycled] = stats->taken_back;
	all->numbers[REPORT_fallbacks] = 0;
	for (i = REPORT_fallbacks_miss; i <= REPORT_fallbacks_memcg; i++) {
		all->numbers[i] = ptc_live_fallbacks(report_fallbacks[i]);
		all->numbers[REPORT_fallbacks] += all->numbers[i];
	}
	all->numbers[REPORT_non_zero] = stats->non_zero;
	all->numbers[REPORT_in_use] = stats->in_use;
	all->numbers[REPORT_uncharged_bytes] = stats->in_use * PAGE_SIZE;
	all->numbers[REPORT_ready] = stats->ready;
	all->numbers[REPORT_blocks] = stats->blocks;
	all->numbers[REPORT_max_blocks] = stats->max_blocks;
	return 0;
}

static int report_next(void *state)
{
	struct report_state *all = state;

	if (all->next == REPORT_NR_KEYS)
		return 0;
	all->next++;
	return 1;
}

static void report_show(struct seq_file *m, const void *state)
{
	static const char * const keys[REPORT_NR_KEYS] = {
		"state", "serving", "served", "recycled", "fallbacks", "fallbacks_miss",
		"fallbacks_policy", "fallbacks_cpuset", "fallbacks_memcg", "non_zero", "in_use",
		"uncharged_bytes", "ready", "blocks", "max_blocks", "memcg_limited",
	};
	const struct report_state *all = state;
	enum report_key key = all->next - 1;
	const char *why_not;

	seq_printf(m, "%s ", keys[key]);
	switch (key) {
	case REPORT_state:
		report_put_state(m, all->state);
		break;
	case REPORT_serving:
		why_not = report_why_not_serving(all->state, &all->stats);
		seq_printf(m, "%s %s\n", why_not ? "no" : "yes", why_not ?: "-");
		break;
	case REPORT_memcg_limited:
		seq_puts(m, READ_ONCE(ptc_live_memcg_limited) ?
			 "yes tasks in a memory cgroup with a limit are served, uncharged\n" :
			 "no tasks in a memory cgroup with a limit get the kernel's own tables, charged\n");
		break;
	default:
		seq_printf(m, "%llu -\n", all->numbers[key]);
	}
}

static const struct ptc_report report_live = {
	.name = "live",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 2,
	.columns = "key value reason",
	.size = sizeof(struct report_state),
	.begin = report_begin,
	.next = report_next,
	.show = report_show,
};

/* Adds to the reports of pt_cache.ko, which stays loaded as long as its lender exists. */
void ptc_live_report_init(void)
{
	report_file = ptc_report_add(&report_live);
}

void ptc_live_report_exit(void)
{
	ptc_report_remove(report_file);
}
