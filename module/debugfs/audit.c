// SPDX-License-Identifier: GPL-2.0
/* `audit`: one line per rule about page tables: items checked, and items that violate it. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "census/audit.h"
#include "debugfs/debugfs.h"

/* The position is the rule's number plus one; 0 is the head, and reading it audits again. */
static void *audit_start(struct seq_file *m, loff_t *pos)
{
	if (*pos == 0) {
		int err = ptc_audit(m->private);

		return err ? ERR_PTR(err) : SEQ_START_TOKEN;
	}
	return *pos <= PTC_NR_AUDIT_RULES ? pos : NULL;
}

static void *audit_next(struct seq_file *m, void *v, loff_t *pos)
{
	return ++*pos <= PTC_NR_AUDIT_RULES ? pos : NULL;
}

static void audit_stop(struct seq_file *m, void *v)
{
}

static int audit_show(struct seq_file *m, void *v)
{
	const struct ptc_audit_result *results = m->private, *result;
	enum ptc_audit_rule rule;

	if (v == SEQ_START_TOKEN) {
		ptc_report_head(m, "audit", "rule checked violations first_pfn");
		return 0;
	}
	rule = *(loff_t *)v - 1;
	result = &results[rule];
	seq_printf(m, "%s %llu %llu", ptc_audit_rule_name(rule), result->checked,
		   result->violations);
	if (result->violations)
		seq_printf(m, " 0x%lx\n", result->first_pfn);
	else
		seq_puts(m, " -\n");
	return 0;
}

static const struct seq_operations audit_seq = {
	.start = audit_start,
	.next = audit_next,
	.stop = audit_stop,
	.show = audit_show,
};

static int audit_open(struct inode *inode, struct file *file)
{
	return ptc_report_open(file, &audit_seq,
			       PTC_NR_AUDIT_RULES * sizeof(struct ptc_audit_result));
}

const struct file_operations ptc_audit_fops = {
	.owner = THIS_MODULE,
	.open = audit_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = ptc_report_release,
};
