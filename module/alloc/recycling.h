/* SPDX-License-Identifier: GPL-2.0 */
/* Recycling: whether tables that were used before are handed out again. */
#ifndef PTC_ALLOC_RECYCLING_H
#define PTC_ALLOC_RECYCLING_H

#include <linux/types.h>
#include <linux/workqueue.h>

extern bool ptc_recycling;

void ptc_recycling_init(work_func_t distrust);
void ptc_recycling_off(void);

#endif /* PTC_ALLOC_RECYCLING_H */
