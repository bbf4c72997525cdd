// SPDX-License-Identifier: GPL-2.0
/*
 * x86-64: reading and splitting the direct map with exported functions only.
 *
 * set_memory_4k() is exported nowhere. set_memory_uc() on one page of a large mapping has the
 * kernel split it, and set_memory_wb() takes the attribute back; the mapping stays split.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/set_memory.h>
#include <linux/uaccess.h>

#include <asm/processor.h>

#include "counters.h"
#include "direct_map/direct_map.h"
#include "fault.h"
#include "trace/trace.h"

/* PWT, PCD and PAT of a PTE; in a larger mapping's entry, PAT is bit 12 and bit 7 says "large". */
#define CACHE_BITS_4K		(_PAGE_PWT | _PAGE_PCD | _PAGE_PAT)
#define CACHE_BITS_LARGE	(_PAGE_PWT | _PAGE_PCD | _PAGE_PAT_LARGE)

/* What tells one protection from another: accessed and dirty are the hardware's remarks. */
#define PROTECTION_BITS		(~(u64)(PTE_PFN_MASK | _PAGE_ACCESSED | _PAGE_DIRTY))

int ptc_direct_map_top(void)
{
	return pgtable_l5_enabled() ? PTC_MAP_256T : PTC_MAP_512G;
}

unsigned long ptc_direct_map_frame(unsigned long pfn)
{
	return (unsigned long)__va(PFN_PHYS(pfn)) >> PAGE_SHIFT;
}

bool ptc_direct_map_entry_present(u64 entry)
{
	return entry & _PAGE_PRESENT;
}

bool ptc_direct_map_leaf(u64 entry, enum ptc_map_level level)
{
	return level == PTC_MAP_4K || entry & _PAGE_PSE;
}

const u64 *ptc_direct_map_table(u64 entry)
{
	return __va(entry & PTE_PFN_MASK);
}

u64 ptc_direct_map_protection(u64 entry, enum ptc_map_level level)
{
	u64 protection = entry & PROTECTION_BITS;

	if (level == PTC_MAP_4K)
		return protection;
	protection &= ~(u64)_PAGE_PSE; /* the same bit as a PTE's PAT */
	return entry & _PAGE_PAT_LARGE ? protection | _PAGE_PAT : protection;
}

bool ptc_direct_map_continues(u64 first, u64 entry, unsigned int distance)
{
	return (first & PROTECTION_BITS) == (entry & PROTECTION_BITS) &&
	       (entry & PTE_PFN_MASK) == (first & PTE_PFN_MASK) + ((u64)distance << PAGE_SHIFT);
}

/* The memory type that the CPU gives to a PTE's three bits: byte n of the PAT is type n. */
static const char *x86_cache_mode_name(u64 protection)
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

const char *ptc_direct_map_protection_name(u64 protection, char name[PTC_PROTECTION_MAX])
{
	u64 other = protection & ~(u64)(_PAGE_PRESENT | _PAGE_RW | _PAGE_NX | _PAGE_GLOBAL |
					CACHE_BITS_4K);
	int len;

	len = scnprintf(name, PTC_PROTECTION_MAX, "%s,%s,%s%s",
			protection & _PAGE_RW ? "rw" : "ro", protection & _PAGE_NX ? "nx" : "x",
			x86_cache_mode_name(protection), protection & _PAGE_GLOBAL ? ",g" : "");
	if (other) /* software's bits, or memory encryption's */
		scnprintf(name + len, PTC_PROTECTION_MAX - len, ",+0x%llx", other);
	return name;
}

/*
 * The kernel half of any top-level table is init_mm's, and ours cannot go away while preemption is
 * off: it is loaded on this CPU. (init_mm itself is not exported.)
 */
bool ptc_direct_map_read_entries(const u64 *table, unsigned int first, unsigned int nr,
				 u64 *entries)
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

/* One walk from the top; preemption is off. */
static bool x86_walk_once(unsigned long frame, struct ptc_mapping *mapping)
{
	const u64 *table = NULL, *upper = NULL;
	int level = ptc_direct_map_top();
	unsigned int upper_index = 0;
	u64 upper_entry = 0, again;

	for (;; level--) {
		unsigned int index = frame >> (PTC_MAP_SHIFT * level) & (PTC_MAP_ENTRIES - 1);
		u64 entry;

		if (!ptc_direct_map_read_entries(table, index, 1, &entry))
			return false;
		/* was it a table of the direct map while we read from it? */
		if (table && (!ptc_direct_map_read_entries(upper, upper_index, 1, &again) ||
			      again != upper_entry))
			return false;

		mapping->level = level;
		mapping->entry = entry;
		mapping->present = ptc_direct_map_entry_present(entry);
		if (!mapping->present || ptc_direct_map_leaf(entry, level))
			return true;

		upper = table;
		upper_index = index;
		upper_entry = entry;
		table = ptc_direct_map_table(entry);
	}
}

int ptc_direct_map_read(unsigned long pfn, struct ptc_mapping *mapping)
{
	unsigned long frame = ptc_direct_map_frame(pfn);
	int tries;
	bool ok;

	for (tries = 0; tries < 8; tries++) {
		preempt_disable();
		ok = x86_walk_once(frame, mapping);
		preempt_enable();
		if (ok)
			return 0;
	}
	return -EAGAIN;
}

/* Is every page of the run mapped to itself, writable and write-back, whatever the size? */
static bool x86_run_is_write_back(unsigned long pfn, unsigned int pages, bool *by_ptes)
{
	unsigned long end = pfn + pages;

	*by_ptes = true;
	while (pfn < end) {
		struct ptc_mapping mapping;
		unsigned long first;

		if (ptc_direct_map_read(pfn, &mapping) || !mapping.present)
			return false;
		if (!(mapping.entry & _PAGE_RW))
			return false;
		if (mapping.level == PTC_MAP_4K) {
			if (mapping.entry & CACHE_BITS_4K)
				return false;
			first = (mapping.entry & PTE_PFN_MASK) >> PAGE_SHIFT;
			if (first != pfn)
				return false;
			pfn++;
			continue;
		}
		*by_ptes = false;
		if (mapping.entry & CACHE_BITS_LARGE)
			return false;
		/* the frame of a large mapping, its PAT bit left out */
		first = (mapping.entry & PTE_PFN_MASK & ~(u64)_PAGE_PAT_LARGE) >> PAGE_SHIFT;
		if (first != ALIGN_DOWN(pfn, ptc_map_pages(mapping.level)))
			return false;
		pfn = first + ptc_map_pages(mapping.level);
	}
	return true;
}

bool ptc_direct_map_is_split(unsigned long pfn, unsigned int pages)
{
	bool by_ptes;

	return x86_run_is_write_back(pfn, pages, &by_ptes) && by_ptes;
}

/*
 * set_memory_uc() may fail with the mapping changed and the memtype forgotten, and a failed
 * set_memory_wb() leaves the page uncached with the memtype reserved. So wb is called whatever uc
 * said, once more if it fails, and neither is believed: the entries are read afterwards.
 */
static void x86_bounce_cache_mode(unsigned long addr)
{
	int tries;

	if (!ptc_fault(PTC_FAULT_SET_UC))
		(void)set_memory_uc(addr, 1);
	for (tries = 0; tries < 2; tries++) {
		if (!ptc_fault(PTC_FAULT_SET_WB) && !set_memory_wb(addr, 1))
			return;
	}
}

/* By what the entries say afterwards, whatever became of the run. */
static void x86_count_splits(enum ptc_map_level before, enum ptc_map_level after)
{
	if (before >= PTC_MAP_2M && after == PTC_MAP_4K)
		ptc_count(PTC_splits);
	if (before >= PTC_MAP_1G && after < PTC_MAP_1G)
		ptc_count(PTC_splits_1g);
}

/* A Xen PV guest's entries hold machine frames: walking them by ours would read anything. */
int ptc_direct_map_check(void)
{
	return cpu_feature_enabled(X86_FEATURE_XENPV) ? -ENODEV : 0;
}

enum ptc_split ptc_direct_map_split(unsigned long pfn, unsigned int pages)
{
	unsigned long addr = (unsigned long)__va(PFN_PHYS(pfn));
	struct ptc_mapping before, after = { .level = PTC_MAP_256T };
	enum ptc_split outcome;
	bool by_ptes;

	if (ptc_direct_map_read(pfn, &before) || !before.present)
		return PTC_SPLIT_UNDONE; /* nothing was touched */
	if (before.level == PTC_MAP_4K) {
		if (!ptc_direct_map_is_split(pfn, pages))
			return PTC_SPLIT_LOST; /* somebody else's doing, but no page to go on with */
		ptc_count(PTC_split_avoided);
		return PTC_SPLIT_DONE;
	}

	x86_bounce_cache_mode(addr);

	if (ptc_direct_map_read(pfn, &after) || !x86_run_is_write_back(pfn, pages, &by_ptes))
		outcome = PTC_SPLIT_LOST;
	else if (by_ptes)
		outcome = PTC_SPLIT_DONE;
	else
		/* a 1G mapping may have come down to 2M before memory ran out: not to be undone */
		outcome = after.level == before.level ? PTC_SPLIT_UNDONE : PTC_SPLIT_LOST;
	x86_count_splits(before.level, after.level);
	trace_direct_map_split(pfn, pages, before.level, outcome);
	return outcome;
}
