// SPDX-License-Identifier: GPL-2.0
/* Reads page tables of the kernel: x86-64. */
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/uaccess.h>
#include <asm/processor.h>

#include "pgtable/path.h"

/*
 * init_mm is not exported, but every PGD has its kernel half. The PGD that is loaded on this CPU
 * cannot be freed while preemption is off.
 */
bool ptc_read_entries(const unsigned long *table, unsigned int first, unsigned int nr,
		      unsigned long *entries)
{
	bool ok;

	/* a stale entry must not make us read a device */
	if (table && !virt_addr_valid(table))
		return false;
	preempt_disable();
	if (!table)
		table = __va(read_cr3_pa());
	ok = !copy_from_kernel_nofault(entries, table + first, nr * sizeof(*entries));
	preempt_enable();
	return ok;
}
