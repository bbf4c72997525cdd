/* SPDX-License-Identifier: GPL-2.0 */
/* Allocate tables past this CPU's magazine. */
#ifndef PTC_ALLOC_MISS_H
#define PTC_ALLOC_MISS_H

#include <linux/gfp.h>

#include "alloc/cache.h"

bool ptc_may_sleep(gfp_t gfp);
unsigned int ptc_take_past_magazine(struct pt_cache *cache, gfp_t gfp, unsigned int nr,
				    unsigned long *pfns, enum ptc_source *source);

#endif /* PTC_ALLOC_MISS_H */
