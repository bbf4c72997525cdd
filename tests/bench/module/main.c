// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_bench.ko: offers in /sys/kernel/debug/pt_cache_bench/ what tests/bench/count and scale
 * measure with: `measure` (mixes of calls and what they take), `clearing`, `supply` and `create` (a
 * block), `sizes`, `fault` (a user's PTE table), `scale` (many CPUs at once); and of the tests'
 * `hold`, `flip` and `fragment`.
 */
#include <linux/debugfs.h>
#include <linux/module.h>

#include "../../selftest/selftest.h"
#include "bench.h"

static struct dentry *folder;

static int __init bench_init(void)
{
	int err = mixes_prepare();

	if (err)
		return err;
	folder = debugfs_create_dir("pt_cache_bench", NULL);
	err = hold_init(folder);
	if (err)
		goto remove;
	fragment_init(folder);
	flip_init(folder);
	mixes_init(folder);
	supply_init(folder);
	fault_init(folder);
	scale_init(folder);
	return 0;

remove:
	debugfs_remove(folder);
	mixes_exit();
	return err;
}

static void __exit bench_exit(void)
{
	debugfs_remove(folder);
	fragment_exit();
	hold_exit();
	mixes_exit();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("What pt_cache costs beside what the kernel offers");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
