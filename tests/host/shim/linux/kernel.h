/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <linux/types.h>

#define min(a, b) ({ __typeof__(a) __a = (a), __b = (b); __a < __b ? __a : __b; })
#define ALIGN_DOWN(x, size)	((x) & ~((__typeof__(x))(size) - 1))
#define ALIGN(x, size)		ALIGN_DOWN((x) + ((size) - 1), size)

#endif
