/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The walk over init_mm's page tables: those of the kernel's half of the address space, which all
 * mms share. It tells the same visitor as the walk of an mm does; visit() alone, no entries.
 */
#ifndef PTC_CENSUS_KERNEL_WALK_H
#define PTC_CENSUS_KERNEL_WALK_H

#include "census/mm_walk.h"

int ptc_kernel_walk(struct ptc_visitor *visitor);

#endif /* PTC_CENSUS_KERNEL_WALK_H */
