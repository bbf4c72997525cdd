/* SPDX-License-Identifier: GPL-2.0 */
/* Flushes everything that CPUs remember of page tables. For x86. */
#ifndef PTC_PGTABLE_FLUSH_H
#define PTC_PGTABLE_FLUSH_H

#include <linux/irqflags.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/invpcid.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>

/*
 * Flush the TLB of this CPU, global entries too, and its paging-structure caches, for all PCIDs.
 * INVPCID of type 2 does that, and so does a change of CR4.PGE (Intel SDM volume 3, "Operations
 * that Invalidate TLBs and Paging-Structure Caches"). INVLPG and a write of CR3 leave what other
 * PCIDs remember. The kernel's own functions are not exported on every kernel (__flush_tlb_all(),
 * cr4_update_irqsoff()). The kernel's copy of CR4 stays true: CR4 has its old value in the end, and
 * interrupts are off.
 *
 * Context: interrupts are off.
 */
static inline void ptc_flush_this_cpu(void *unused)
{
	unsigned long cr4;

	if (boot_cpu_has(X86_FEATURE_INVPCID)) {
		invpcid_flush_all();
		return;
	}
	cr4 = native_read_cr4();
	asm volatile("mov %0, %%cr4" : : "r" (cr4 ^ X86_CR4_PGE) : "memory");
	asm volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
}

/*
 * The same on every online CPU, by interrupts. When this returns, each CPU has had interrupts on
 * since the call, so whoever walks page tables with interrupts off (GUP-fast) has left what was
 * taken out of them before. A CPU that comes online later has an empty TLB.
 *
 * Context: task context, interrupts on; preemption may be off.
 */
static inline void ptc_flush_all_cpus(void)
{
	on_each_cpu(ptc_flush_this_cpu, NULL, 1);
}

#endif /* PTC_PGTABLE_FLUSH_H */
