// SPDX-License-Identifier: GPL-2.0
/* The livepatch of pte_alloc_one(), and its state: whether the kernel calls our function. */
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/livepatch.h>
#include <linux/module.h>

#include "fault.h"
#include "live/live.h"

static struct klp_func patch_functions[] = {
	{ .old_name = "pte_alloc_one", .new_func = ptc_live_pte_alloc_one },
	{ }
};

static struct klp_object patch_objects[] = {
	{ .name = NULL, .funcs = patch_functions }, /* the kernel itself */
	{ }
};

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = patch_objects };

/*
 * The livepatches of one function form a stack, and the kernel calls only the newest, the first in
 * the list. This is the list head: the previous entry of whichever livepatch is on top.
 */
static const struct list_head *patch_stack_top;

/* Derived from the fields of our livepatch that the kernel maintains. Context: any. */
enum ptc_live_state ptc_live_state(void)
{
	const struct klp_func *func = &patch_functions[0];

	if (!READ_ONCE(patch.enabled))
		return READ_ONCE(func->transition) ? PTC_LIVE_GOING : PTC_LIVE_OFF;
	if (READ_ONCE(func->transition))
		return PTC_LIVE_COMING;
	return READ_ONCE(func->stack_node.prev) == READ_ONCE(patch_stack_top) ? PTC_LIVE_ON :
	       PTC_LIVE_SHADOWED;
}

/* Context: process context, may sleep. Returns 0 or the kernel's error. */
int ptc_live_patch_enable(void)
{
	int err = ptc_fallible(klp_enable_patch(&patch), -ENOMEM);

	if (!err)
		WRITE_ONCE(patch_stack_top, patch_functions[0].stack_node.prev);
	return err;
}
