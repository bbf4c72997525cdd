// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_user.ko: load, unload, parameters. The module changes page tables of running
 * processes, when it is asked to.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <asm/cpufeature.h>

#include "compat/tested.h"
#include "user/auto.h"
#include "user/detached.h"
#include "user/exempt.h"
#include "user/request.h"
#include "version.h"

static bool load_untested_kernel;
module_param_named(untested_kernel, load_untested_kernel, bool, 0444);
MODULE_PARM_DESC(untested_kernel,
		 "load although nobody has read who uses page tables in this kernel (default: N)");

/*
 * Whom a lock excludes from a page table was read in the sources of the kernels that are tested:
 * see detach.c. Xen PV guests hand their page tables to the hypervisor, which has to be told of
 * changes.
 */
static int load_check_kernel(void)
{
	const char *why = ptc_kernel_unread();

	if (boot_cpu_has(X86_FEATURE_XENPV)) {
		pr_err("a Xen PV guest's page tables are the hypervisor's, too: not loaded\n");
		return -EOPNOTSUPP;
	}
	if (!why)
		return 0;
	if (load_untested_kernel) {
		pr_warn("nobody has read who uses page tables in this kernel (%s): loaded all the same, by untested_kernel=Y; if it does so in another way, memory of processes is corrupted\n",
			why);
		return 0;
	}
	pr_err("nobody has read who uses page tables in this kernel (%s): not loaded; untested_kernel=Y loads it all the same\n",
	       why);
	return -EOPNOTSUPP;
}

static int __init load_init(void)
{
	int err = load_check_kernel();

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
	return 0;
}

/* An open report keeps the module, so no request is being done. */
static void __exit load_exit(void)
{
	ptc_request_exit();
	ptc_auto_exit();
	ptc_exempt_exit();
	ptc_detached_exit();
}

module_init(load_init);
module_exit(load_exit);

MODULE_DESCRIPTION("Frees empty page tables of running processes");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(PTC_VERSION);
