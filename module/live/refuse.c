// SPDX-License-Identifier: GPL-2.0
/*
 * What pt_cache_live.ko consists of where the kernel's headers do not compile its other files, see
 * compat/probe-live.sh: pt_cache.ko is built all the same, and dkms finds both.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/printk.h>

#include "version.h"

static int __init refuse_init(void)
{
	pr_err("it did not compile for this kernel, as the log of its build says: not loaded, nothing is changed\n");
	return -EOPNOTSUPP;
}
module_init(refuse_init);

MODULE_DESCRIPTION("Refuses to load: pt_cache_live does not compile for this kernel");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(PTC_VERSION);
