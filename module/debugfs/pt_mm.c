// SPDX-License-Identifier: GPL-2.0
/* `pt_mm`: one line per process's mm, and one for init_mm: the number of its page tables. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "census/census.h"
#include "debugfs/debugfs.h"
#include "debugfs/filter.h"

struct pt_mm_state {
	struct ptc_filter filter;
	struct ptc_patience patience;
	bool kernel_done;
	/* the line: of init_mm where there is no pid */
	struct ptc_process process;	/* its mm is only an identity, not a reference */
	struct ptc_census census;
	struct ptc_mm_walk walk;
};

static int pt_mm_begin(void *state)
{
	struct pt_mm_state *all = state;

	ptc_patience_for_pass(&all->patience);
	memset(&all->process, 0, sizeof(all->process));
	all->kernel_done = false;
	return 0;
}

static int pt_mm_next(void *state)
{
	struct pt_mm_state *all = state;
	struct ptc_process process;
	int ret;

	if (!all->kernel_done && !ptc_filter_selects(&all->filter)) {
		ret = ptc_census_of_kernel(&all->census);
		all->kernel_done = !ret;
		return ret ?: 1;
	}
	ret = ptc_process_next(all->process.pid + 1, &all->filter, &process);
	if (ret <= 0)
		return ret;
	ret = ptc_census_of_process(&all->walk, &process, &all->patience, &all->census);
	if (!ret)
		all->process = process;
	ptc_process_put(&process);
	return ret ?: 1;
}

static void pt_mm_show(struct seq_file *m, const void *state)
{
	static const char * const states[] = {
		[PTC_CENSUS_OK] = "ok",
		[PTC_CENSUS_BUSY] = "busy",
		[PTC_CENSUS_CUT] = "cut",
	};
	const struct pt_mm_state *all = state;
	const struct ptc_census *census = &all->census;
	const struct ptc_process *process = &all->process;
	bool of_kernel = !process->pid, known = census->state != PTC_CENSUS_BUSY;

	if (of_kernel)
		seq_puts(m, "- -");
	else
		seq_printf(m, "%d 0x%lx", process->pid, (unsigned long)process->mm);
	ptc_report_number(m, known ? census->tables[PT_CACHE_PGD] : -1);
	ptc_report_number(m, known ? census->tables[PT_CACHE_P4D] : -1);
	ptc_report_number(m, known ? census->tables[PT_CACHE_PUD] : -1);
	ptc_report_number(m, known ? census->tables[PT_CACHE_PMD] : -1);
	ptc_report_number(m, known ? census->tables[PT_CACHE_PTE] : -1);
	ptc_report_number(m, census->bytes);
	ptc_report_number(m, known ? census->pte_empty : -1);
	ptc_report_number(m, known ? census->pte_empty << PAGE_SHIFT : -1);
	ptc_report_number(m, known ? census->deposited : -1);
	ptc_report_number(m, known ? census->pmd_shared : -1);
	ptc_report_number(m, known ? census->ours : -1);
	ptc_report_number(m, known ? census->pte_full : -1);
	ptc_report_number(m, known && !of_kernel ? census->remote : -1);
	ptc_report_number(m, known ? census->pmd_empty : -1);
	seq_printf(m, " %s", states[census->state]);
	ptc_report_number(m, of_kernel ? -1 : process->start);
	ptc_report_number(m, process->cgroup ? (long)process->cgroup : -1);
	ptc_report_comm(m, of_kernel ? "init_mm" : process->comm);
}

static void pt_mm_remarks(struct seq_file *m, const void *state)
{
	seq_puts(m, "# not included: tables of exiting processes, and of the kernel's own mms for text poking and EFI\n");
}

static int pt_mm_write(void *state, char *line)
{
	return ptc_filter_write(&((struct pt_mm_state *)state)->filter, "pt_mm", line);
}

const struct ptc_report ptc_report_pt_mm = {
	.name = "pt_mm",
	.owner = THIS_MODULE,
	.mode = 0400,
	.format = 1,
	.columns = "pid mm pgd p4d pud pmd pte table_bytes pte_empty empty_bytes deposited pmd_shared cached pte_full remote pmd_empty state start cgroup comm",
	.size = sizeof(struct pt_mm_state),
	.remarks = pt_mm_remarks,
	.begin = pt_mm_begin,
	.next = pt_mm_next,
	.show = pt_mm_show,
	.write = pt_mm_write,
};
