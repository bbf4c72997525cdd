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

/* What lockdown blocks on a kernel that has accepted the signed module. */
static const char *info_lockdown(void)
{
	if (!security_locked_down(LOCKDOWN_DEBUGFS))
		return "no";
	return security_locked_down(LOCKDOWN_TRACEFS) ?
	       "confidentiality: pt_mm_tables, lookup and shrink cannot be opened; no tracepoints, no kprobes, no bpftrace" :
	       "integrity: pt_mm_tables, lookup and shrink cannot be opened";
}

static const char *info_live(void)
{
	if (ptc_lender_exists())
		return "yes";
	if (!IS_ENABLED(CONFIG_LIVEPATCH))
		return "no: this kernel lacks CONFIG_LIVEPATCH";
	if (IS_ENABLED(PTC_LIVE_LEFT_OUT))
		return "no: this kernel has lock debugging and does not export ptlock_alloc(), which pt_cache_live.ko needs";
	return ptc_kernel_untested() ?
	       "no: load pt_cache_live.ko with untested_kernel=Y, see kernel_tested" :
	       "no: load pt_cache_live.ko";
}

static void info_show_tested(struct seq_file *m)
{
	const char *why = ptc_kernel_untested();

	if (why)
		seq_printf(m, "kernel_tested no: %s\n", why);
	else
		seq_puts(m, "kernel_tested yes\n");
}

static int info_show(struct seq_file *m, void *unused)
{
	ptc_report_head(m, "info", "key value");
	seq_printf(m, "version %s\n", PTC_VERSION);
	seq_printf(m, "kernel %s\n", init_utsname()->release);
	info_show_tested(m);
	seq_printf(m, "arch %s\n", init_utsname()->machine);
	seq_printf(m, "page_size %lu\n", PAGE_SIZE);
	seq_printf(m, "levels %d\n", pgtable_l5_enabled() ? 5 : 4);
	seq_printf(m, "pti %s\n", boot_cpu_has(X86_FEATURE_PTI) ? "yes" : "no");
	seq_puts(m, "split yes\n");
	seq_printf(m, "adopt %s\n", !IS_ENABLED(CONFIG_CONTIG_ALLOC) ?
		   "no: this kernel lacks CONFIG_CONTIG_ALLOC" :
		   READ_ONCE(ptc_adopt_enabled) ? "yes" : "no: switched off, adopt=N");
	seq_printf(m, "live %s\n", info_live());
	seq_printf(m, "lockdown %s\n", info_lockdown());
	seq_printf(m, "recycling %s\n", READ_ONCE(ptc_recycling) ? "yes" :
		   "no: a table was found dirty or in a bad state, see the log; reload the module");
	seq_printf(m, "verify_zero %s\n", ptc_verify_zero() ? "yes" : "no");
	seq_puts(m, "memcg no: tables are not charged to a memory cgroup, since no exported function can charge a page; by default pt_cache_live.ko does not serve tasks in a memory cgroup with a limit, and the kernel charges their tables\n");
	return 0;
}

static int info_open(struct inode *inode, struct file *file)
{
	return single_open(file, info_show, NULL);
}

const struct file_operations ptc_info_fops = {
	.owner = THIS_MODULE,
	.open = info_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};
