/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PTC_ALLOC_VERIFY_H
#define PTC_ALLOC_VERIFY_H

#include "alloc/cache.h"

extern bool ptc_verify_zero;	/* the parameter verify_zero */

bool ptc_verify_table(const struct pt_cache *cache, unsigned long pfn);

#endif /* PTC_ALLOC_VERIFY_H */
