/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walks init_mm's page tables: those of the kernel half of the address space, which all mms share.
 * It has the same visitor as the walk of an mm, but calls visit() alone, never look().
 */
#ifndef PTC_CENSUS_KERNEL_WALK_H
#define PTC_CENSUS_KERNEL_WALK_H

#include "census/mm_walk.h"

int ptc_kernel_walk(struct ptc_visitor *visitor);

#endif /* PTC_CENSUS_KERNEL_WALK_H */
