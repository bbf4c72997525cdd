// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
MODULE_DESCRIPTION("pt_cache selftest");
MODULE_LICENSE("GPL");
