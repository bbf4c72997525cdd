/* SPDX-License-Identifier: GPL-2.0 */
/* The CPU, as far as it can be asked what it is. */
#ifndef SHIM_ASM_PROCESSOR_H
#define SHIM_ASM_PROCESSOR_H

#include <sched.h>

#include <linux/kernel.h>

#include <asm/cpufeature.h>

struct cpuinfo_x86 { unsigned int x86_phys_bits; };

extern struct cpuinfo_x86 boot_cpu_data;

/* Whoever is waited for may need this real CPU. */
#define cpu_relax()	((void)sched_yield())

/* The PAT as the kernel sets it. */
#define MSR_IA32_CR_PAT		0x277
#define rdmsr(msr, low, high)	((void)(msr), (low) = 0x01050406, (high) = 0x00070406)

#endif
