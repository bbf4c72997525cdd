// SPDX-License-Identifier: GPL-2.0
/* How many levels page tables have, and where in memory they are. */
#include <stdio.h>
#include <stdlib.h>

#include <linux/kernel.h>

#include <asm/cpufeature.h>
#include <asm/processor.h>

bool shim_l5_enabled;
unsigned int pgdir_shift = P4D_SHIFT, ptrs_per_p4d = 1;

struct cpuinfo_x86 boot_cpu_data = { .x86_phys_bits = 46 };
bool shim_cpu_features[SHIM_X86_FEATURES];

void shim_set_levels(unsigned int levels)
{
	shim_l5_enabled = levels == 5;
	pgdir_shift = shim_l5_enabled ? 48 : P4D_SHIFT;
	ptrs_per_p4d = shim_l5_enabled ? 512 : 1;
}

/* Whoever follows an entry that leads to no memory would read anything. */
__attribute__((weak)) void *__va(phys_addr_t pa)
{
	unsigned long pfn = pa >> PAGE_SHIFT;

	if (pfn < SHIM_FIRST_PFN || pfn - SHIM_FIRST_PFN >= SHIM_PAGES) {
		fprintf(stderr, "physical address 0x%llx is followed, and no memory is there\n", pa);
		abort();
	}
	return shim_memory + (pa - (SHIM_FIRST_PFN << PAGE_SHIFT));
}
