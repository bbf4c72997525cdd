/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's statistics say of a node's memory. */
#ifndef PTC_ALLOC_NUMA_H
#define PTC_ALLOC_NUMA_H

#include <linux/types.h>

bool ptc_numa_is_short(int nid);
long ptc_numa_tables(int nid);
unsigned long ptc_numa_start(int nid);
unsigned long ptc_numa_end(int nid);

#endif /* PTC_ALLOC_NUMA_H */
