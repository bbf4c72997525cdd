// SPDX-License-Identifier: GPL-2.0
/*
 * `lookup`: the owners of a page table. Write a page frame number, or phys: and a physical address,
 * to the open file, then read it:
 *
 *	exec 3<> lookup; echo 0x12345 >&3; cat <&3; exec 3>&-
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "census/lookup.h"
#include "debugfs/debugfs.h"
#include "pgtable/level.h"

struct lookup_reading {
	bool selected;
	unsigned long pfn;		/* the one that was written */
	u64 number;			/* of owners found so far; @owner is the last one */
	struct ptc_owner owner;
	struct ptc_lookup lookup;
};

static void lookup_begin_again(struct lookup_reading *reading)
{
	reading->number = 0;
	ptc_lookup_begin(&reading->lookup, reading->pfn);
}

/* Find the owner with this number, counted from 1. */
static void *lookup_owner_at(struct lookup_reading *reading, u64 number)
{
	if (!reading->selected)
		return NULL;
	if (number < reading->number)
		lookup_begin_again(reading);
	while (reading->number < number) {
		int ret = ptc_lookup_next(&reading->lookup, &reading->owner);

		if (ret <= 0)
			return ERR_PTR(ret);
		reading->number++;
	}
	return reading;
}

/* The position is the owner's number; 0 is the head. */
static void *lookup_start(struct seq_file *m, loff_t *pos)
{
	if (*pos == 0) {
		lookup_begin_again(m->private);
		return SEQ_START_TOKEN;
	}
	return lookup_owner_at(m->private, *pos);
}

static void *lookup_next(struct seq_file *m, void *v, loff_t *pos)
{
	return lookup_owner_at(m->private, ++*pos);
}

static void lookup_stop(struct seq_file *m, void *v)
{
}

static int lookup_show(struct seq_file *m, void *v)
{
	static const char * const kinds[] = {
		[PTC_KIND_USER] = "user_table",
		[PTC_KIND_KERNEL] = "kernel_table",
		[PTC_KIND_CACHED_FREE] = "cached_free",
		[PTC_KIND_UNOWNED] = "unowned_table",
		[PTC_KIND_NONE] = "not_a_table",
	};
	const struct lookup_reading *reading = m->private;
	const struct ptc_owner *owner = &reading->owner;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "lookup", "pfn kind level mm pid va comm");
		if (!reading->selected)
			seq_puts(m, "# write a page frame number to the open file first: exec 3<> lookup; echo 0x12345 >&3 (or phys:0x12345678); cat <&3\n");
		return 0;
	}
	seq_printf(m, "0x%lx %s %s", reading->pfn, kinds[owner->kind],
		   owner->level < 0 ? "-" : ptc_level_name(owner->level));
	if (owner->mm)
		seq_printf(m, " 0x%lx", owner->mm);
	else
		seq_puts(m, " -");
	if (owner->pid)
		seq_printf(m, " %d", owner->pid);
	else
		seq_puts(m, " -");
	if (owner->va == PTC_NO_VA)
		seq_puts(m, " -");
	else
		seq_printf(m, " 0x%lx", owner->va);
	ptc_report_comm(m, owner->comm);
	if (owner->reason)
		seq_printf(m, "# %s\n", owner->reason);
	return 0;
}

static const struct seq_operations lookup_seq = {
	.start = lookup_start,
	.next = lookup_next,
	.stop = lookup_stop,
	.show = lookup_show,
};

static int lookup_open(struct inode *inode, struct file *file)
{
	return ptc_report_open(file, &lookup_seq, sizeof(struct lookup_reading));
}

static int lookup_parse(const char *text, unsigned long *pfn)
{
	const char *phys = strstarts(text, "phys:") ? text + strlen("phys:") : NULL;
	int err = kstrtoul(phys ?: text, 0, pfn);

	if (!err && phys)
		*pfn >>= PAGE_SHIFT;
	return err;
}

/* Selects the page frame for this open file. Does not move the read position. */
static ssize_t lookup_write(struct file *file, const char __user *text, size_t size, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	struct lookup_reading *reading = m->private;
	char line[32] = "";
	unsigned long pfn;

	if (size < sizeof(line) && copy_from_user(line, text, size))
		return -EFAULT;
	if (size >= sizeof(line) || lookup_parse(line, &pfn)) {
		pr_warn_ratelimited("lookup: expected a page frame number, or phys: and a physical address, for example 0x12345 or phys:0x12345678\n");
		return -EINVAL;
	}
	mutex_lock(&m->lock);
	reading->pfn = pfn;
	reading->selected = true;
	lookup_begin_again(reading);
	mutex_unlock(&m->lock);
	return size;
}

const struct file_operations ptc_lookup_fops = {
	.owner = THIS_MODULE,
	.open = lookup_open,
	.read = seq_read,
	.write = lookup_write,
	.llseek = seq_lseek,
	.release = ptc_report_release,
};
