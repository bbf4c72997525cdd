// SPDX-License-Identifier: GPL-2.0
/*
 * `lookup`: the owners of a page table. Write a page frame number, or phys: and a physical address,
 * to the open file, then read it:
 *
 *	exec 3<> lookup; echo 0x12345 >&3; cat <&3; exec 3>&-
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include "census/lookup.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"

struct lookup_state {
	bool selected;
	unsigned long pfn;		/* the one that was written */
	struct ptc_owner owner;		/* the line */
	struct ptc_lookup lookup;
};

static int lookup_begin(void *state)
{
	struct lookup_state *all = state;

	ptc_lookup_begin(&all->lookup, all->pfn);
	return 0;
}

static int lookup_next(void *state)
{
	struct lookup_state *all = state;

	return all->selected ? ptc_lookup_next(&all->lookup, &all->owner) : 0;
}

static void lookup_show(struct seq_file *m, const void *state)
{
	static const char * const kinds[] = {
		[PTC_KIND_USER] = "user_table",
		[PTC_KIND_KERNEL] = "kernel_table",
		[PTC_KIND_CACHED_FREE] = "cached_free",
		[PTC_KIND_UNOWNED] = "unowned_table",
		[PTC_KIND_NONE] = "no_table",
	};
	const struct lookup_state *all = state;
	const struct ptc_owner *owner = &all->owner;

	seq_printf(m, "0x%lx %s %s", all->pfn, kinds[owner->kind],
		   owner->level < 0 ? "-" : ptc_level_name(owner->level));
	ptc_report_hex(m, owner->mm, owner->mm);
	ptc_report_number(m, owner->pid ?: -1);
	ptc_report_hex(m, owner->va, owner->va != PTC_NO_VA);
	ptc_report_comm(m, owner->comm);
	if (owner->reason)
		seq_printf(m, "# %s\n", owner->reason);
}

static void lookup_remarks(struct seq_file *m, const void *state)
{
	if (!((const struct lookup_state *)state)->selected)
		seq_puts(m, "# write page frame numbers to the open file first: exec 3<> lookup; echo 0x12345 >&3 (or phys:0x12345678); cat <&3\n");
}

static int lookup_parse(const char *text, unsigned long *pfn)
{
	const char *phys = strstarts(text, "phys:") ? text + strlen("phys:") : NULL;
	int err = kstrtoul(phys ?: text, 0, pfn);

	if (!err && phys)
		*pfn >>= PAGE_SHIFT;
	return err;
}

static int lookup_write(void *state, char *line)
{
	struct lookup_state *all = state;

	if (lookup_parse(line, &all->pfn)) {
		pr_warn_ratelimited("lookup: expected a page frame number, or phys: and a physical address, for example 0x12345 or phys:0x12345678\n");
		return -EINVAL;
	}
	all->selected = true;
	return lookup_begin(all);
}

const struct ptc_report ptc_report_lookup = {
	.name = "lookup",
	.owner = THIS_MODULE,
	.mode = 0600,
	.format = 2,
	.columns = "pfn kind level mm pid va comm",
	.size = sizeof(struct lookup_state),
	.remarks = lookup_remarks,
	.begin = lookup_begin,
	.next = lookup_next,
	.show = lookup_show,
	.write = lookup_write,
};
