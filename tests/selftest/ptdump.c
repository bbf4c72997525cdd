// SPDX-License-Identifier: GPL-2.0
/*
 * `ptdump`: the kernel's own walk of its page tables, where it is exported; the stock kernels have
 * no debugfs file of it. It walks the reader's mm, whose kernel half is init_mm's.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "ptc_have.h"
#include "selftest.h"

#ifdef PTC_HAVE_PTDUMP
static int ptdump_show(struct seq_file *m, void *unused)
{
	ptdump_walk_pgd_level_debugfs(m, current->mm, false);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ptdump);

void ptdump_init(struct dentry *parent)
{
	debugfs_create_file("ptdump", 0400, parent, NULL, &ptdump_fops);
}
#else
void ptdump_init(struct dentry *parent)
{
}
#endif
