// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_selftest.ko: `insmod pt_cache_selftest.ko suite=NAME` runs a suite; then
 * /sys/kernel/debug/pt_cache_selftest/ktap holds its result. Without a suite it only offers what
 * the tests in shell use: `hold` (a consumer of tables), `flip` (what changing a page's
 * attributes does to the direct map), `fragment` (memory without 2M pages), `pin` (a region that
 * cannot be adopted), `stick` (processes whose mmap locks are held), `offline` (memory that stops
 * on its way offline), `spin` and more (see trouble.c), `live_cost` (what a table of the kernel's
 * own costs), `soak` (all at once, for long) and `ptdump` (the kernel's own walk of its tables).
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "selftest.h"

static char *suite = "";
module_param(suite, charp, 0400);
MODULE_PARM_DESC(suite, "alloc, refuse, atomic, supply, concurrent, verify, audit, attributes, tree, tree_race, lend, lend_dirty, lend_state or inject");

#define KTAP_SIZE	(64 << 10)

static char *ktap;
static size_t ktap_used;
static DEFINE_SPINLOCK(ktap_lock);
static struct dentry *folder;

void say(const char *fmt, ...)
{
	va_list args;

	spin_lock(&ktap_lock);
	va_start(args, fmt);
	ktap_used += vscnprintf(ktap + ktap_used, KTAP_SIZE - ktap_used, fmt, args);
	va_end(args);
	spin_unlock(&ktap_lock);
}

static int ktap_show(struct seq_file *m, void *unused)
{
	seq_write(m, ktap, ktap_used);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ktap);

static const struct {
	const char *name;
	struct test *tests;
} suites[] = {
	{ "alloc", alloc_tests },
	{ "refuse", refuse_tests },
	{ "atomic", atomic_tests },
	{ "supply", supply_tests },
	{ "concurrent", concurrent_tests },
	{ "verify", verify_tests },
	{ "audit", audit_tests },
	{ "attributes", attributes_tests },
	{ "tree", tree_tests },
	{ "tree_race", tree_race_tests },
	{ "lend", lend_tests },
	{ "lend_dirty", lend_dirty_tests },
	{ "lend_state", lend_state_tests },
	{ "inject", inject_tests },
};

static void run(struct test *tests)
{
	struct test *test;
	int nr = 0, i;

	for (test = tests; test->promise; test++)
		nr++;
	say("KTAP version 1\n1..%d\n", nr);
	for (test = tests, i = 1; test->promise; test++, i++) {
		pr_info("%s\n", test->promise);
		test->run(test);
		say("%sok %d %s: %s", test->failed ? "not " : "", i, suite, test->promise);
		if (test->skipped && !test->failed)
			say(" # SKIP %s", test->skipped);
		say("\n");
	}
}

static int __init selftest_init(void)
{
	int i, err = -EINVAL;

	ktap = kvzalloc(KTAP_SIZE, GFP_KERNEL);
	if (!ktap)
		return -ENOMEM;
	folder = debugfs_create_dir("pt_cache_selftest", NULL);
	debugfs_create_file("ktap", 0400, folder, NULL, &ktap_fops);

	for (i = 0; i < ARRAY_SIZE(suites); i++) {
		if (!strcmp(suite, suites[i].name)) {
			run(suites[i].tests);
			return 0;
		}
	}
	if (suite[0]) {
		pr_err("no suite is named %s\n", suite);
		goto remove;
	}
	err = offline_init(folder);
	if (err)
		goto remove;
	err = hold_init(folder);
	if (err)
		goto exit_offline;
	flip_init(folder);
	pin_init(folder);
	stick_init(folder);
	trouble_init(folder);
	soak_init(folder);
	live_cost_init(folder);
	ptdump_init(folder);
	fragment_init(folder);
	return 0;

exit_offline:
	offline_exit();
remove:
	debugfs_remove(folder);
	kvfree(ktap);
	return err;
}

static void __exit selftest_exit(void)
{
	debugfs_remove(folder);
	if (!suite[0]) {
		soak_exit();
		trouble_exit();
		stick_exit();
		pin_exit();
		fragment_exit();
		hold_exit();
		offline_exit();
	}
	kvfree(ktap);
}

module_init(selftest_init);
module_exit(selftest_exit);

MODULE_DESCRIPTION("Tests of pt_cache that run in the kernel");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
