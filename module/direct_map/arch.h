/* SPDX-License-Identifier: GPL-2.0 */
/* What an architecture brings for its direct map: one file for each implements it. */
#ifndef PTC_DIRECT_MAP_ARCH_H
#define PTC_DIRECT_MAP_ARCH_H

#include <linux/types.h>

#include "pt_cache.h"

/* Can the direct map be read and split on this machine? Returns 0 or an error. */
int ptc_arch_check(void);

/* What a leaf says but for its frame, its size and the hardware's remarks, as a PTE would. */
unsigned long ptc_arch_protection(enum pt_cache_level level, unsigned long entry);

/* Do two PTEs map consecutive frames with one protection, @distance entries apart? */
bool ptc_arch_continues(unsigned long first, unsigned long entry, unsigned int distance);

/* A protection in words without white space, as "rw,nx,wb,g". */
#define PTC_PROTECTION_MAX	48
const char *ptc_arch_protection_name(unsigned long protection, char name[PTC_PROTECTION_MAX]);

/* Does a leaf map a page frame to itself, writable and write-back? */
bool ptc_arch_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn);

/*
 * Have the kernel split the mapping of a page of the caller's. What came of it is to be read.
 * Context: process context, may sleep.
 */
void ptc_arch_split(unsigned long addr);

#endif /* PTC_DIRECT_MAP_ARCH_H */
