// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_live.ko: load, unload, parameters. The module livepatches pte_alloc_one(), so that the
 * running kernel allocates its user PTE tables from a lender of pt_cache.ko.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "compat/tested.h"
#include "fault.h"
#include "live/live.h"
#include "version.h"

/*
 * Parameters that take effect in the lender at once. They may be written before the lender exists,
 * and until the module is gone. The kernel calls their setters under the module's parameter lock,
 * so ptc_live_lender is set and cleared under that lock, too.
 */
#define LOAD_BLOCK_PAGES	(PMD_SIZE / PAGE_SIZE)
#define LOAD_NOT_SAID	ULONG_MAX
static unsigned long load_max_blocks = LOAD_NOT_SAID;

static int load_set_max_blocks(const char *text, const struct kernel_param *param)
{
	unsigned long blocks;
	int err = kstrtoul(text, 0, &blocks);

	if (err || blocks > ULONG_MAX / LOAD_BLOCK_PAGES) {
		pr_warn_ratelimited("max_blocks: expected a number of 2M blocks, for example 64\n");
		return -EINVAL;
	}
	WRITE_ONCE(load_max_blocks, blocks);
	if (ptc_live_lender)
		pt_cache_lender_limit(ptc_live_lender, blocks);
	return 0;
}

static const struct kernel_param_ops load_max_blocks_ops = {
	.set = load_set_max_blocks,
	.get = param_get_ulong,
};
module_param_cb(max_blocks, &load_max_blocks_ops, &load_max_blocks, 0644);
__MODULE_PARM_TYPE(max_blocks, "ulong");
MODULE_PARM_DESC(max_blocks,
		 "maximum number of 2M blocks to hold; beyond it the page allocator serves (default: 1/64 of memory)");

static bool load_verify_zero;

static int load_set_verify_zero(const char *text, const struct kernel_param *param)
{
	int err = param_set_bool(text, param);

	if (!err && ptc_live_lender)
		pt_cache_lender_verify(ptc_live_lender, load_verify_zero);
	return err;
}

static const struct kernel_param_ops load_verify_zero_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = load_set_verify_zero,
	.get = param_get_bool,
};
module_param_cb(verify_zero, &load_verify_zero_ops, &load_verify_zero, 0644);
__MODULE_PARM_TYPE(verify_zero, "bool");
MODULE_PARM_DESC(verify_zero, "check that a table is zero each time it is served (default: N)");

module_param_named(memcg_limited, ptc_live_memcg_limited, bool, 0644);
MODULE_PARM_DESC(memcg_limited,
		 "also serve tasks in a memory cgroup with a limit, with tables that are not charged (default: N)");

static bool load_untested_kernel;
module_param_named(untested_kernel, load_untested_kernel, bool, 0444);
MODULE_PARM_DESC(untested_kernel,
		 "load although nobody has read how this kernel frees page tables (default: N)");

/*
 * Memory mapped by 4K needs 1/512 of its size in PTE tables. Allow for eight times that: memory
 * that processes share needs tables in each of them.
 */
static unsigned long load_default_max_blocks(void)
{
	return max(totalram_pages() / 64 / LOAD_BLOCK_PAGES, 4UL);
}

/* Publish the lender, with the values that the parameters have by now. */
static void load_lend_from(struct pt_cache_lender *lender)
{
	kernel_param_lock(THIS_MODULE);
	ptc_live_lender = lender;
	pt_cache_lender_limit(lender, load_max_blocks);
	pt_cache_lender_verify(lender, load_verify_zero);
	kernel_param_unlock(THIS_MODULE);
}

/* Destroy the lender. No task is in our function, and none enters it any more. */
static void load_end_lending(void)
{
	struct pt_cache_lender *lender = ptc_live_lender;

	kernel_param_lock(THIS_MODULE);
	ptc_live_lender = NULL;
	kernel_param_unlock(THIS_MODULE);
	pt_cache_lender_destroy(lender);
}

static int __init load_init(void)
{
	struct pt_cache_lender_attr attr = { .name = "live" };
	struct pt_cache_lender *lender;
	int err;

	/* lending relies on it: see alloc/lend.c */
	err = ptc_kernel_check(ptc_kernel_untested(), load_untested_kernel,
			       "how this kernel frees page tables");
	if (err)
		return err;
	err = ptc_live_serve_prepare();
	if (err)
		return err;
	kernel_param_lock(THIS_MODULE);
	if (load_max_blocks == LOAD_NOT_SAID)
		load_max_blocks = load_default_max_blocks();
	attr.max_blocks = load_max_blocks;
	kernel_param_unlock(THIS_MODULE);
	lender = pt_cache_lender_create(&attr);
	if (IS_ERR(lender)) {
		err = PTR_ERR(lender);
		pr_err("cannot create a lender (%d): not loaded; try again when memory is free\n", err);
		return err;
	}
	load_lend_from(lender);
	err = ptc_live_patch_enable();
	if (err) {
		pr_err("the kernel refused the livepatch of pte_alloc_one() (%d; its reason, if it gave one, is above): not loaded, nothing is changed\n",
		       err);
		load_end_lending();
		return err;
	}
	pt_cache_lender_offer(lender);
	ptc_fault_live(ptc_live_pte_alloc_one, ptc_live_from_page_allocator);
	ptc_live_report_init();
	ptc_live_watch_start();
	return 0;
}

/*
 * The kernel does not unload the module before the livepatch is disabled and no task has our
 * function on its stack. Tables in use become the kernel's own here.
 */
static void __exit load_exit(void)
{
	ptc_fault_live(NULL, NULL);
	ptc_live_watch_stop();
	ptc_live_report_exit();
	ptc_live_wait_for_the_last();
	load_end_lending();
}

module_init(load_init);
module_exit(load_exit);

MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("Allocates the kernel's own user page tables from a pt_cache");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(PTC_VERSION);
