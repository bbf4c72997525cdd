/* SPDX-License-Identifier: GPL-2.0 */
/* Creation of caches, the part that pt_cache_create() and lend.c share. */
#ifndef PTC_ALLOC_CREATE_H
#define PTC_ALLOC_CREATE_H

#include "alloc/cache.h"

struct pt_cache *ptc_cache_new(const struct pt_cache_attr *attr, const struct ptc_pool_ops *ops,
			       void *private);
void ptc_cache_prepare(const struct pt_cache *cache);

#endif /* PTC_ALLOC_CREATE_H */
