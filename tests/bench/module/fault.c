// SPDX-License-Identifier: GPL-2.0
/* `fault`: the ticks of the kernel's own way to a new PTE table of a user. */
#include <linux/debugfs.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "../../selftest/selftest.h"
#include "bench.h"

#define TABLES	100U
#define ROUNDS	10

static int fault_show(struct seq_file *m, void *unused)
{
	u64 ticks, least = U64_MAX;
	int round, err;

	for (round = 0; round < ROUNDS; round++) {
		err = time_kernel_tables(TABLES, &ticks);
		if (err)
			return err;
		least = min(least, ticks);
		schedule_timeout_uninterruptible(HZ / 2); /* tables are got ready */
	}
	seq_printf(m, "in_kernel %llu\n", least / TABLES);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(fault);

void fault_init(struct dentry *folder)
{
	debugfs_create_file("fault", 0400, folder, NULL, &fault_fops);
}
