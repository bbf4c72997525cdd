// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache.ko: load, unload, parameters.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "alloc/adopt.h"
#include "alloc/distrust.h"
#include "alloc/idle.h"
#include "alloc/index.h"
#include "alloc/recycling.h"
#include "alloc/registry.h"
#include "alloc/shrink.h"
#include "alloc/supply.h"
#include "alloc/verify.h"
#include "alloc/workqueue.h"
#include "census/listen.h"
#include "census/memory_error.h"
#include "debugfs/debugfs.h"
#include "direct_map/arch.h"
#include "version.h"

module_param_cb(verify_zero, &ptc_verify_param, NULL, 0644);
__MODULE_PARM_TYPE(verify_zero, "bool");
MODULE_PARM_DESC(verify_zero,
		 "check that a table is zero each time it is handed out (default: N)");

module_param_named(adopt, ptc_adopt_enabled, bool, 0644);
MODULE_PARM_DESC(adopt, "adopt 2M regions that the direct map already maps by PTEs, rather than split others (default: Y)");

static int __init main_init(void)
{
	int err;

	err = ptc_arch_check();
	if (err) {
		pr_err("the direct map of a Xen PV guest cannot be split: not loaded\n");
		return err;
	}
	err = ptc_supply_init();
	if (err)
		return err;
	err = ptc_adopt_init();
	if (err)
		goto exit_supply;
	err = ptc_workqueue_init();
	if (err)
		goto exit_adopt;
	ptc_recycling_init(ptc_distrust_all);
	err = ptc_registry_init();
	if (err)
		goto exit_workqueue;
	err = ptc_shrink_init();
	if (err)
		goto exit_registry;
	err = ptc_listen_begin();
	if (err)
		goto exit_shrink;
	ptc_idle_init();
	ptc_debugfs_init();
	return 0;

exit_shrink:
	ptc_shrink_exit();
exit_registry:
	ptc_registry_exit();
exit_workqueue:
	ptc_workqueue_exit();
exit_adopt:
	ptc_adopt_exit();
exit_supply:
	ptc_supply_exit();
	return err;
}

/* Every cache holds a module reference, so there is no cache, pool, block or table any more. */
static void __exit main_exit(void)
{
	ptc_debugfs_exit();
	ptc_idle_exit();
	ptc_listen_end();
	ptc_memory_error_exit();
	ptc_shrink_exit();
	ptc_registry_exit();
	ptc_workqueue_exit();
	ptc_adopt_exit();
	ptc_supply_exit();
	ptc_index_exit();
}

module_init(main_init);
module_exit(main_exit);

MODULE_DESCRIPTION("Page tables from 2M blocks that the direct map maps by PTEs");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(PTC_VERSION);
