// SPDX-License-Identifier: GPL-2.0
/*
 * `lookup`: the owners of page tables. Write page frame numbers, or phys: and a physical address,
 * to the open file, then read it:
 *
 *	exec 3<> lookup; echo 0x12345 >&3; cat <&3; exec 3>&-
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include "census/lookup.h"
#include "debugfs/debugfs.h"
#include "fault.h"
#include "pgtable/level.h"

struct lookup_state {
	unsigned int nr;		/* of page frames that were written */
	unsigned long pfns[PTC_LOOKUP_PFNS];
	struct ptc_owner owner;		/* the line */
	struct ptc_lookup lookup;
};

static int lookup_begin(void *state)
{
	struct lookup_state *all = state;

	ptc_lookup_begin(&all->lookup, all->pfns, all->nr);
	return 0;
}

static int lookup_next(void *state)
{
	struct lookup_state *all = state;

	return ptc_lookup_next(&all->lookup, &all->owner);
}

static void lookup_show(struct seq_file *m, const void *state)
{
	static const char * const kinds[] = {
		[PTC_KIND_USER] = "user_table",
		[PTC_KIND_KERNEL] = "kernel_table",
		[PTC_KIND_CACHED_FREE] = "cached_free",
		[PTC_KIND_UNOWNED] = "unowned_table",
		[PTC_KIND_UNKNOWN] = "unknown",
		[PTC_KIND_UNSEARCHED] = "unsearched",
		[PTC_KIND_NONE] = "no_table",
	};
	const struct ptc_owner *owner = &((const struct lookup_state *)state)->owner;

	seq_printf(m, "0x%lx %s %s", owner->pfn, kinds[owner->kind],
		   owner->level < 0 ? "-" : ptc_level_name(owner->level));
	ptc_report_hex(m, owner->mm, owner->mm);
	ptc_report_number(m, owner->pid ?: -1);
	ptc_report_hex(m, owner->va, owner->va != PTC_NO_VA);
	ptc_report_comm(m, owner->comm);
	if (owner->reason[0])
		seq_printf(m, "# %s\n", owner->reason);
}

static void lookup_remarks(struct seq_file *m, const void *state)
{
	if (!((const struct lookup_state *)state)->nr)
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

/* Parse page frames with white space between. Returns how many, or -EINVAL. */
static int lookup_parse_all(char *line, unsigned long *pfns)
{
	unsigned int nr = 0;
	char *word;

	while ((word = strsep(&line, " \t\n"))) {
		if (!*word)
			continue;
		if (nr == PTC_LOOKUP_PFNS || lookup_parse(word, &pfns[nr]))
			return -EINVAL;
		nr++;
	}
	return nr ?: -EINVAL;
}

static int lookup_write(void *state, char *line)
{
	struct lookup_state *all = state;
	unsigned long *pfns = ptc_fallible(kvmalloc(sizeof(all->pfns), GFP_KERNEL), NULL);
	int nr;

	if (!pfns)
		return -ENOMEM;
	nr = lookup_parse_all(line, pfns);
	if (nr > 0) {
		memcpy(all->pfns, pfns, sizeof(*pfns) * nr);
		all->nr = nr;
		lookup_begin(all);
	} else {
		pr_warn_ratelimited("lookup: expected 1 to %u page frame numbers, or phys: and a physical address, for example 0x12345 or phys:0x12345678\n",
				    PTC_LOOKUP_PFNS);
	}
	kvfree(pfns);
	return min(nr, 0);
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
