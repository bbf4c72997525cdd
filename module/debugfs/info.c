// SPDX-License-Identifier: GPL-2.0
/* `info`: version, kernel and machine, and each ability with yes, or no and the reason. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/security.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "alloc/adopt.h"
#include "alloc/lend.h"
#include "alloc/recycling.h"
#include "alloc/verify.h"
#include "compat/tested.h"
#include "debugfs/debugfs.h"
#include "version.h"

/* An ability is there, or not, for a reason. */
static void info_put_ability(struct seq_file *m, const char *why_not)
{
	seq_printf(m, "%s %s\n", why_not ? "no" : "yes", why_not ?: "-");
}

static void info_version(struct seq_file *m)
{
	seq_printf(m, "%s -\n", PTC_VERSION);
}

static void info_kernel(struct seq_file *m)
{
	seq_printf(m, "%s -\n", init_utsname()->release);
}

static void info_kernel_tested(struct seq_file *m)
{
	info_put_ability(m, ptc_kernel_untested());
}

static void info_arch(struct seq_file *m)
{
	seq_printf(m, "%s -\n", init_utsname()->machine);
}

static void info_page_size(struct seq_file *m)
{
	seq_printf(m, "%lu -\n", PAGE_SIZE);
}

static void info_levels(struct seq_file *m)
{
	seq_printf(m, "%d -\n", pgtable_l5_enabled() ? 5 : 4);
}

static void info_pti(struct seq_file *m)
{
	seq_printf(m, "%s -\n", boot_cpu_has(X86_FEATURE_PTI) ? "yes" : "no");
}

static void info_split(struct seq_file *m)
{
	info_put_ability(m, NULL);
}

static void info_adopt(struct seq_file *m)
{
	info_put_ability(m, !IS_ENABLED(CONFIG_CONTIG_ALLOC) ?
			 "this kernel lacks CONFIG_CONTIG_ALLOC" :
			 READ_ONCE(ptc_adopt_enabled) ? NULL : "switched off, adopt=N");
}

static void info_live(struct seq_file *m)
{
	info_put_ability(m, ptc_lender_exists() ? NULL :
			 !IS_ENABLED(CONFIG_LIVEPATCH) ? "this kernel lacks CONFIG_LIVEPATCH" :
			 IS_ENABLED(PTC_LIVE_LEFT_OUT) ?
			 "this kernel has lock debugging and does not export ptlock_alloc(), which pt_cache_live.ko needs" :
			 ptc_kernel_untested() ?
			 "load pt_cache_live.ko with untested_kernel=Y, see kernel_tested" :
			 "load pt_cache_live.ko");
}

/* What lockdown blocks on a kernel that has accepted the signed module. */
static void info_lockdown(struct seq_file *m)
{
	if (!security_locked_down(LOCKDOWN_DEBUGFS))
		seq_puts(m, "no -\n");
	else if (security_locked_down(LOCKDOWN_TRACEFS))
		seq_puts(m, "confidentiality pt_mm_tables, lookup and shrink cannot be opened, other reports take no filter; no tracepoints, no kprobes, no bpftrace\n");
	else
		seq_puts(m, "integrity pt_mm_tables, lookup and shrink cannot be opened, other reports take no filter\n");
}

static void info_recycling(struct seq_file *m)
{
	info_put_ability(m, READ_ONCE(ptc_recycling) ? NULL :
			 "a table was found dirty or in a bad state, see the log; reload the module");
}

static void info_verify_zero(struct seq_file *m)
{
	info_put_ability(m, ptc_verify_zero() ? NULL : "switched off, verify_zero=N");
}

static void info_memcg(struct seq_file *m)
{
	info_put_ability(m, "tables are not charged to a memory cgroup, since no exported function can charge a page; by default pt_cache_live.ko does not serve tasks in a memory cgroup with a limit, and the kernel charges their tables");
}

static const struct {
	const char *key;
	void (*put_value_and_reason)(struct seq_file *m);
} info_lines[] = {
	{ "version", info_version },
	{ "kernel", info_kernel },
	{ "kernel_tested", info_kernel_tested },
	{ "arch", info_arch },
	{ "page_size", info_page_size },
	{ "levels", info_levels },
	{ "pti", info_pti },
	{ "split", info_split },
	{ "adopt", info_adopt },
	{ "live", info_live },
	{ "lockdown", info_lockdown },
	{ "recycling", info_recycling },
	{ "verify_zero", info_verify_zero },
	{ "memcg", info_memcg },
};

/* The state is the number of the next line. */
static int info_begin(void *state)
{
	*(unsigned int *)state = 0;
	return 0;
}

static int info_next(void *state)
{
	unsigned int *next = state;

	if (*next == ARRAY_SIZE(info_lines))
		return 0;
	++*next;
	return 1;
}

static void info_show(struct seq_file *m, const void *state)
{
	unsigned int line = *(const unsigned int *)state - 1;

	seq_printf(m, "%s ", info_lines[line].key);
	info_lines[line].put_value_and_reason(m);
}

const struct ptc_report ptc_report_info = {
	.name = "info",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 2,
	.columns = "key value reason",
	.size = sizeof(unsigned int),
	.begin = info_begin,
	.next = info_next,
	.show = info_show,
};
