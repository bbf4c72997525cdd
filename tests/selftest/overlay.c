// SPDX-License-Identifier: GPL-2.0
/*
 * pt_cache_overlay.ko: somebody else's livepatch of pte_alloc_one(), which lies on top of
 * pt_cache_live.ko, or, with replace=1, takes its place. It does what the kernel does.
 */
#include <linux/livepatch.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <asm/pgalloc.h>

#include "compat/pte_ctor.h"

static bool replace;
module_param(replace, bool, 0400);
MODULE_PARM_DESC(replace, "take the place of all livepatches (default: N)");

static pgtable_t overlay_pte_alloc_one(struct mm_struct *mm)
{
	struct page *page = alloc_page(GFP_PGTABLE_USER);

	if (page && !ptc_pte_ctor(page)) {
		__free_page(page);
		page = NULL;
	}
	return page;
}

static struct klp_func functions[] = {
	{ .old_name = "pte_alloc_one", .new_func = overlay_pte_alloc_one },
	{ }
};

static struct klp_object objects[] = {
	{ .name = NULL, .funcs = functions },
	{ }
};

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objects };

static int __init overlay_init(void)
{
	patch.replace = replace;
	return klp_enable_patch(&patch);
}

static void __exit overlay_exit(void)
{
}

module_init(overlay_init);
module_exit(overlay_exit);

MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("A livepatch of pte_alloc_one() for tests");
MODULE_AUTHOR("The pt_cache authors");
MODULE_LICENSE("GPL");
