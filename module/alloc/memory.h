/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's statistics say of a node's memory. */
#ifndef PTC_ALLOC_MEMORY_H
#define PTC_ALLOC_MEMORY_H

#include <linux/types.h>

bool ptc_memory_is_short(int nid);
long ptc_memory_tables(int nid);
unsigned long ptc_memory_start(int nid);
unsigned long ptc_memory_end(int nid);

#endif /* PTC_ALLOC_MEMORY_H */
