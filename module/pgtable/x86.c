// SPDX-License-Identifier: GPL-2.0
/* Reading page tables of the kernel: x86-64. */
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/uaccess.h>
#include <asm/processor.h>

#include "pgtable/path.h"

/*
 * The kernel half of any top-level table is init_mm's, which is not exported. The one that is loaded
 * on this CPU cannot go away while preemption is off.
 */
bool ptc_read_entries(const unsigned long *table, unsigned int first, unsigned int nr,
		      unsigned long *entries)
{
	bool ok;

	/* what was no table at all must not lead us to a device */
	if (table && !virt_addr_valid(table))
		return false;
	preempt_disable();
	if (!table)
		table = __va(read_cr3_pa());
	ok = !copy_from_kernel_nofault(entries, table + first, nr * sizeof(*entries));
	preempt_enable();
	return ok;
}
