/* SPDX-License-Identifier: GPL-2.0 */
/* What module/live/live.c knows of livepatches and of making a page table of a page. */
#ifndef SHIM_LINUX_LIVEPATCH_H
#define SHIM_LINUX_LIVEPATCH_H

#include <linux/list.h>
#include <linux/mm.h>

struct klp_func {
	const char *old_name;
	void *new_func;
	struct list_head stack_node;
	bool transition;
};

struct klp_object {
	const char *name;
	struct klp_func *funcs;
};

struct klp_patch {
	void *mod;
	struct klp_object *objs;
	bool enabled;
};

int klp_enable_patch(struct klp_patch *patch);

#define ptlock_init(page)		true
#define pgtable_pte_page_ctor(page)	((page)->table = true)
#define pgtable_pte_page_dtor(page)	((page)->table = false)
#define __SetPageTable(page)		((page)->table = true)

#endif
