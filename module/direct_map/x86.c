// SPDX-License-Identifier: GPL-2.0
/*
 * The direct map of x86-64, with exported functions only.
 *
 * No kernel exports set_memory_4k(). set_memory_uc() on one page of a large mapping makes the
 * kernel split it. set_memory_wb() restores the attribute, and the mapping stays split.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/set_memory.h>

#include <asm/processor.h>

#include "direct_map/arch.h"
#include "fault.h"
#include "pgtable/entry.h"

/* PWT, PCD and PAT of a PTE. */
#define X86_CACHE_BITS	(_PAGE_PWT | _PAGE_PCD | _PAGE_PAT)

/* The bits that make up a protection. Hardware sets accessed and dirty, so these do not count. */
#define X86_PROTECTION_BITS	(~(PTE_PFN_MASK | _PAGE_ACCESSED | _PAGE_DIRTY))

/* Entries of a Xen PV guest hold machine frames. A walk by guest frames would read wrong memory. */
int ptc_arch_check(void)
{
	return cpu_feature_enabled(X86_FEATURE_XENPV) ? -ENODEV : 0;
}

unsigned long ptc_arch_protection(enum pt_cache_level level, unsigned long entry)
{
	return pgprot_val(ptc_leaf_prot(level, entry)) & X86_PROTECTION_BITS;
}

bool ptc_arch_continues(unsigned long first, unsigned long entry, unsigned int distance)
{
	return (first & X86_PROTECTION_BITS) == (entry & X86_PROTECTION_BITS) &&
	       (entry & PTE_PFN_MASK) ==
	       (first & PTE_PFN_MASK) + ((unsigned long)distance << PAGE_SHIFT);
}

/* The memory type of a PTE: its three cache bits are the index of a byte in the PAT MSR. */
static const char *x86_cache_mode_name(unsigned long protection)
{
	static const char * const types[8] = {
		"uc", "wc", "pat2", "pat3", "wt", "wp", "wb", "uc-",
	};
	unsigned int slot = (protection & _PAGE_PWT ? 1 : 0) | (protection & _PAGE_PCD ? 2 : 0) |
			    (protection & _PAGE_PAT ? 4 : 0);
	u32 low, high;

	rdmsr(MSR_IA32_CR_PAT, low, high);
	return types[((slot & 4 ? high : low) >> (8 * (slot & 3))) & 7];
}

const char *ptc_arch_protection_name(unsigned long protection, char name[PTC_PROTECTION_MAX])
{
	unsigned long other = protection & ~(_PAGE_PRESENT | _PAGE_RW | _PAGE_NX | _PAGE_GLOBAL |
					     X86_CACHE_BITS);
	int len;

	len = scnprintf(name, PTC_PROTECTION_MAX, "%s,%s,%s%s",
			protection & _PAGE_RW ? "rw" : "ro", protection & _PAGE_NX ? "nx" : "x",
			x86_cache_mode_name(protection), protection & _PAGE_GLOBAL ? ",g" : "");
	if (other) /* software bits, or those of memory encryption */
		scnprintf(name + len, PTC_PROTECTION_MAX - len, ",+0x%lx", other);
	return name;
}

bool ptc_arch_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn)
{
	unsigned long protection;

	if (level == PT_CACHE_PTE) /* the common case, at once */
		return (entry & (PTE_PFN_MASK | _PAGE_PRESENT | _PAGE_RW | X86_CACHE_BITS)) ==
		       (PFN_PHYS(pfn) | _PAGE_PRESENT | _PAGE_RW);
	if (!ptc_entry_present(entry) || !ptc_entry_is_leaf(level, entry))
		return false;
	protection = ptc_arch_protection(level, entry);
	return protection & _PAGE_RW && !(protection & X86_CACHE_BITS) &&
	       PHYS_PFN(ptc_leaf_pa(level, entry)) == ALIGN_DOWN(pfn, ptc_entry_pages(level));
}

/*
 * set_memory_uc() may fail after it has changed the mapping and freed the memtype. A failed
 * set_memory_wb() leaves the page uncached with the memtype reserved. So set_memory_wb() is called
 * whatever set_memory_uc() returns, and once more if it fails.
 */
void ptc_arch_split(unsigned long addr)
{
	int tries;

	if (!ptc_fault(PTC_FAULT_SET_UC))
		(void)set_memory_uc(addr, 1);
	for (tries = 0; tries < 2; tries++) {
		if (!ptc_fault(PTC_FAULT_SET_WB) && !set_memory_wb(addr, 1))
			return;
	}
}
