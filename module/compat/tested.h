/* SPDX-License-Identifier: GPL-2.0 */
/* Is the running kernel one whose sources were read, and that the tests boot? */
#ifndef PTC_COMPAT_TESTED_H
#define PTC_COMPAT_TESTED_H

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/types.h>

const char *ptc_kernel_untested(void);
const char *ptc_kernel_unread(void);

/*
 * ptc_kernel_check - may a module load that relies on what was read in the kernel's sources?
 * @why: NULL, or why this kernel's were not, from one of the functions above
 * @anyway: load all the same; for both, the log says what that risks
 * @what: what nobody has read, as the object of a sentence
 *
 * An inline, so that the messages are the module's.
 *
 * Context: any. Return: 0 or -EOPNOTSUPP.
 */
static inline int ptc_kernel_check(const char *why, bool anyway, const char *what)
{
	if (!why)
		return 0;
	if (anyway) {
		pr_warn("nobody has read %s (%s): loaded all the same, by untested_kernel=Y; if it does so in another way, memory of processes is corrupted\n",
			what, why);
		return 0;
	}
	pr_err("nobody has read %s (%s): not loaded, nothing is changed; untested_kernel=Y loads it all the same\n",
	       what, why);
	return -EOPNOTSUPP;
}

#endif /* PTC_COMPAT_TESTED_H */
