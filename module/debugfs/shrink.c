// SPDX-License-Identifier: GPL-2.0
/* `shrink`: write a number of pages; the nodes are scanned for them, as by the shrinker. */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "alloc/shrink.h"
#include "debugfs/debugfs.h"

static int shrink_show(struct seq_file *m, void *unused)
{
	ptc_report_head(m, "shrink", "-");
	seq_puts(m, "# write a number of pages to scan; shrink_pages in stats counts the pages given back\n");
	return 0;
}

static int shrink_open(struct inode *inode, struct file *file)
{
	return single_open(file, shrink_show, NULL);
}

static ssize_t shrink_write(struct file *file, const char __user *text, size_t size, loff_t *pos)
{
	unsigned long pages;
	int err = kstrtoul_from_user(text, size, 0, &pages);

	if (err == -EFAULT)
		return err;
	if (err) {
		pr_warn_ratelimited("shrink: expected a number of pages, for example 512\n");
		return -EINVAL;
	}
	return ptc_shrink_by_hand(pages) < 0 ? -EINTR : size;
}

const struct file_operations ptc_shrink_fops = {
	.owner = THIS_MODULE,
	.open = shrink_open,
	.read = seq_read,
	.write = shrink_write,
	.llseek = seq_lseek,
	.release = single_release,
};
