/* SPDX-License-Identifier: GPL-2.0 */
/* The architecture's part of the direct map, implemented by one file per architecture. */
#ifndef PTC_DIRECT_MAP_ARCH_H
#define PTC_DIRECT_MAP_ARCH_H

#include <linux/types.h>

#include "pt_cache.h"

/* Can the direct map be read and split on this machine? Returns 0 or a negative errno. */
int ptc_arch_check(void);

/* The protection of a leaf, in PTE format: no page frame, page size, accessed or dirty bits. */
unsigned long ptc_arch_protection(enum pt_cache_level level, unsigned long entry);

/* Do two PTEs, @distance entries apart, map consecutive frames with one protection? */
bool ptc_arch_continues(unsigned long first, unsigned long entry, unsigned int distance);

/* Print a protection without white space, for example "rw,nx,wb,g". */
#define PTC_PROTECTION_MAX	48
const char *ptc_arch_protection_name(unsigned long protection, char name[PTC_PROTECTION_MAX]);

/* Does the leaf that the direct map has for @pfn map it, writable and write-back? */
bool ptc_arch_maps_itself(enum pt_cache_level level, unsigned long entry, unsigned long pfn);

/*
 * Make the kernel split the mapping of a page that the caller owns. The caller reads the entries to
 * find the outcome. Context: process context, may sleep.
 */
void ptc_arch_split(unsigned long addr);

#endif /* PTC_DIRECT_MAP_ARCH_H */
