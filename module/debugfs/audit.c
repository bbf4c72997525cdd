// SPDX-License-Identifier: GPL-2.0
/* `audit`: one line per rule about page tables: items checked, that violate it, and not judged. */
#include <linux/kernel.h>
#include <linux/module.h>

#include "census/audit.h"
#include "debugfs/debugfs.h"

struct audit_state {
	unsigned int next;		/* number of the next rule */
	struct ptc_audit_findings findings;
};

static int audit_begin(void *state)
{
	struct audit_state *all = state;

	all->next = 0;
	return ptc_audit(&all->findings);
}

static int audit_next(void *state)
{
	struct audit_state *all = state;

	if (all->next == PTC_NR_AUDIT_RULES)
		return 0;
	all->next++;
	return 1;
}

static void audit_show(struct seq_file *m, const void *state)
{
	const struct audit_state *all = state;
	enum ptc_audit_rule rule = all->next - 1;
	const struct ptc_audit_result *result = &all->findings.results[rule];

	seq_printf(m, "%s %llu %llu %llu", ptc_audit_rule_name(rule), result->checked,
		   result->violations, result->unjudged);
	ptc_report_hex(m, result->first_pfn, result->violations);
	seq_putc(m, '\n');
}

static void audit_remarks(struct seq_file *m, const void *state)
{
	u64 busy = ((const struct audit_state *)state)->findings.busy;

	if (busy)
		seq_printf(m, "# %llu processes are left out wholly or in part: their mmap locks were not to be had\n",
			   busy);
}

const struct ptc_report ptc_report_audit = {
	.name = "audit",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "rule checked violations unjudged first_pfn",
	.size = sizeof(struct audit_state),
	.begin = audit_begin,
	.remarks = audit_remarks,
	.next = audit_next,
	.show = audit_show,
};
