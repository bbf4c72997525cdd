/* SPDX-License-Identifier: GPL-2.0 */
/* Lend tables to the kernel. The interface is in pt_cache.h. */
#ifndef PTC_ALLOC_LEND_H
#define PTC_ALLOC_LEND_H

#include <linux/types.h>

struct ptc_pool;

bool ptc_pool_lends(const struct ptc_pool *pool);
bool ptc_lender_exists(void);

#endif /* PTC_ALLOC_LEND_H */
