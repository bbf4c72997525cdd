// SPDX-License-Identifier: GPL-2.0
/*
 * `hold`: a consumer of tables for the tests in shell. Write "alloc N [ORDER]", "atomic N",
 * "free N", "free_zeroed N" or "churn N" (N times allocate and free one); it holds what it got, for its
 * writer's mm, on the CPU that writes. Read: how many tables it holds. The parameter hold_name is
 * the name of its cache.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include "knob.h"
#include "selftest.h"

#define MAX_HELD (1U << 20)

static char *hold_name = "hold";
module_param(hold_name, charp, 0400);
MODULE_PARM_DESC(hold_name, "name of the cache of hold");

static struct {
	struct pt_cache *cache;
	unsigned int order, held;
	struct page **pages;
} hold;

/* A cache of another order is another cache; it can be had when nothing is held. */
static int use_order(unsigned int order)
{
	const struct pt_cache_attr attr = {
		.name = hold_name, .nid = NUMA_NO_NODE, .order = order,
	};
	int err;

	if (hold.cache && hold.order == order)
		return 0;
	if (hold.cache) {
		err = pt_cache_destroy(hold.cache);
		if (err)
			return err;
	}
	hold.cache = pt_cache_create(&attr);
	hold.order = order;
	err = PTR_ERR_OR_ZERO(hold.cache);
	if (err)
		hold.cache = NULL;
	return err;
}

static int take(unsigned int n, gfp_t gfp)
{
	while (n-- && hold.held < MAX_HELD) {
		struct page *page = pt_cache_alloc_table(hold.cache, current->mm, PT_CACHE_PTE, gfp);

		if (!page)
			return -ENOMEM;
		hold.pages[hold.held++] = page;
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static void give_back(unsigned int n, bool zeroed)
{
	while (n-- && hold.held) {
		struct page *page = hold.pages[--hold.held];

		if (zeroed)
			pt_cache_free_table_zeroed(hold.cache, page);
		else
			pt_cache_free_table(hold.cache, page);
		cond_resched();
	}
}

static int churn(unsigned int n)
{
	while (n--) {
		int err = take(1, GFP_KERNEL);

		if (err)
			return err;
		give_back(1, true);
	}
	return 0;
}

static int hold_obey(char *line)
{
	unsigned int n, order = hold.order;
	char verb[16];
	int words, err;

	words = sscanf(line, "%15s %u %u", verb, &n, &order);
	if (words < 2)
		return -EINVAL;
	err = use_order(order);
	if (err)
		return err;
	if (!strcmp(verb, "alloc"))
		return take(n, GFP_KERNEL);
	if (!strcmp(verb, "atomic"))
		return take(n, GFP_ATOMIC);
	if (!strcmp(verb, "churn"))
		return churn(n);
	if (strcmp(verb, "free") && strcmp(verb, "free_zeroed"))
		return -EINVAL;
	give_back(n, !strcmp(verb, "free_zeroed"));
	return 0;
}

static int hold_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%u\n", hold.held);
	return 0;
}
DEFINE_KNOB(hold, hold_show);

int hold_init(struct dentry *parent)
{
	int err;

	hold.pages = vzalloc(MAX_HELD * sizeof(*hold.pages));
	if (!hold.pages)
		return -ENOMEM;
	err = use_order(0);
	if (err) {
		vfree(hold.pages);
		return err;
	}
	debugfs_create_file("hold", 0600, parent, NULL, &hold_fops);
	return 0;
}

void hold_exit(void)
{
	give_back(MAX_HELD, false);
	if (hold.cache)
		pt_cache_destroy(hold.cache);
	vfree(hold.pages);
}
