/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory a node has left. */
#ifndef PTC_ALLOC_MEMORY_H
#define PTC_ALLOC_MEMORY_H

#include <linux/types.h>

bool ptc_memory_is_short(int nid);

#endif /* PTC_ALLOC_MEMORY_H */
