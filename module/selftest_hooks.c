// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/export.h>

#include "selftest_hooks.h"

static atomic_t left[PTC_NR_FAULTS];

bool ptc_fault(enum ptc_fault_point point)
{
	return atomic_dec_if_positive(&left[point]) >= 0;
}

void pt_cache_selftest_fault(enum ptc_fault_point point, unsigned int times)
{
	atomic_set(&left[point], times);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fault);
