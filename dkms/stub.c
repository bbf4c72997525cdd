// SPDX-License-Identifier: GPL-2.0
/*
 * The stub that DKMS installs in the place of a module that cannot be built for a kernel: it refuses
 * to load, and says why. It asks as little of the kernel as a module can, so that it builds for any.
 * dkms/make writes the file that defines the four macros below and includes this one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

/*
 * -ENODEV, as systemd-modules-load forgives a module of modules-load.d that error alone (and -ENOENT,
 * for a module that is missing): see module_load_and_warn() in systemd's src/shared/module-util.c.
 * With any other its service fails, and a machine that boots this kernel comes up degraded.
 */
static int __init stub_init(void)
{
	pr_err("not loaded, it was not built for this kernel: %s\n", STUB_REASON);
	pr_err("a newer version may support it; to build it again: %s\n", STUB_REBUILD);
	return -ENODEV;
}
module_init(stub_init);

MODULE_DESCRIPTION("Refuses to load: " STUB_NAME " was not built for this kernel: " STUB_REASON);
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(STUB_VERSION);
