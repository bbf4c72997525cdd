/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU's magazine. Interrupts are off in every function here but ptc_magazine_take(), and the
 * magazine is this CPU's own (or that of a CPU that is gone).
 */
#ifndef PTC_ALLOC_MAGAZINE_H
#define PTC_ALLOC_MAGAZINE_H

#include "alloc/cache.h"

unsigned int ptc_magazine_depth(unsigned int order);
bool ptc_magazine_take(struct pt_cache *cache, unsigned long *pfn, bool *from_block);
void ptc_magazine_fill(struct pt_cache *cache, const unsigned long *pfns, unsigned int nr);
void ptc_magazine_keep_dirty(struct pt_cache *cache, const struct ptc_node *node,
			     const unsigned long *pfns, unsigned int nr);
void ptc_magazine_away(struct pt_cache *cache, struct ptc_magazine *magazine, unsigned long pfn,
		       bool dirty);
void ptc_magazine_overflow(struct pt_cache *cache, struct ptc_magazine *magazine, bool dirty);
void ptc_magazine_drain(struct pt_cache *cache, struct ptc_magazine *magazine);

#endif /* PTC_ALLOC_MAGAZINE_H */
