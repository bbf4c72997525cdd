// SPDX-License-Identifier: GPL-2.0
/* `shrink`: write a number of pages; the nodes are scanned for them, as by the shrinker. */
#include <linux/kernel.h>
#include <linux/module.h>

#include "alloc/shrink.h"
#include "debugfs/debugfs.h"

static int shrink_write(void *state, char *line)
{
	unsigned long pages;

	if (kstrtoul(line, 0, &pages)) {
		pr_warn_ratelimited("shrink: expected a number of pages, for example 512\n");
		return -EINVAL;
	}
	return ptc_shrink_by_hand(pages) < 0 ? -EINTR : 0;
}

static void shrink_remarks(struct seq_file *m, const void *state)
{
	seq_puts(m, "# write a number of pages to scan; shrink_pages in stats counts the pages given back\n");
}

const struct ptc_report ptc_report_shrink = {
	.name = "shrink",
	.owner = THIS_MODULE,
	.mode = 0600,
	.format = 1,
	.columns = "-",
	.remarks = shrink_remarks,
	.write = shrink_write,
};
