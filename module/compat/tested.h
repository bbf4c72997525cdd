/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel series that the tests boot. pt_cache.ko builds for any other one if it can, and `info`
 * says that this kernel is not tested.
 */
#ifndef PTC_COMPAT_TESTED_H
#define PTC_COMPAT_TESTED_H

#include <linux/version.h>

#define PTC_SERIES	(LINUX_VERSION_CODE >> 8)
#define PTC_NEWEST	(KERNEL_VERSION(7, 3, 0) >> 8)

#if PTC_SERIES > PTC_NEWEST
#define PTC_KERNEL_TESTED "no: newer than 7.3, the newest series that the tests boot"
#elif PTC_SERIES == PTC_NEWEST || PTC_SERIES == KERNEL_VERSION(7, 2, 0) >> 8 || \
	PTC_SERIES == KERNEL_VERSION(6, 12, 0) >> 8 || PTC_SERIES == KERNEL_VERSION(6, 1, 0) >> 8
#define PTC_KERNEL_TESTED "yes"
#else
#define PTC_KERNEL_TESTED "no: the tests boot the series 6.1, 6.12, 7.2 and 7.3"
#endif

#endif /* PTC_COMPAT_TESTED_H */
