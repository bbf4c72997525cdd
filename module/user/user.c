// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_user.ko: load and unload. The module changes page tables of running processes, when it
 * is asked to.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <asm/cpufeature.h>

#include "compat/tested.h"
#include "user/auto.h"
#include "user/bad_memory.h"
#include "user/detached.h"
#include "user/exempt.h"
#include "user/move_request.h"
#include "user/replace.h"
#include "user/request.h"
#include "version.h"

static bool user_untested_kernel;
module_param_named(untested_kernel, user_untested_kernel, bool, 0444);
MODULE_PARM_DESC(untested_kernel,
		 "load although nobody has read who uses page tables in this kernel (default: N)");

static int __init user_init(void)
{
	int err;

	if (boot_cpu_has(X86_FEATURE_XENPV)) {
		pr_err("a Xen PV guest has to tell the hypervisor of changes to page tables: not loaded\n");
		return -EOPNOTSUPP;
	}
	/* whom a lock excludes: see detach.c */
	err = ptc_kernel_check(ptc_kernel_unread(), user_untested_kernel,
			       "who uses page tables in this kernel");
	if (err)
		return err;
	err = ptc_replace_prepare();
	if (err)
		return err;
	err = ptc_detached_init();
	if (err)
		return err;
	err = ptc_auto_init();
	if (err) {
		ptc_detached_exit();
		return err;
	}
	ptc_exempt_init();
	ptc_request_init();
	ptc_move_request_init();
	ptc_bad_memory_init();
	return 0;
}

/* An open report keeps the module, so no request is being done. */
static void __exit user_exit(void)
{
	ptc_bad_memory_exit();
	ptc_move_request_exit();
	ptc_request_exit();
	ptc_auto_exit();
	ptc_exempt_exit();
	ptc_detached_exit();
}

module_init(user_init);
module_exit(user_exit);

MODULE_DESCRIPTION("Frees and moves page tables of running processes");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(PTC_VERSION);
