// SPDX-License-Identifier: GPL-2.0
/* pt_cache_empty.ko: what loading any module costs, for the test that loads ours 50 times. */
#include <linux/module.h>

static int __init empty_init(void)
{
	return 0;
}

static void __exit empty_exit(void)
{
}

module_init(empty_init);
module_exit(empty_exit);

MODULE_DESCRIPTION("Does nothing");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
