/* SPDX-License-Identifier: GPL-2.0 */
/* The operations of ordinary pools, and what every worker of a node does. */
#ifndef PTC_ALLOC_WORKER_H
#define PTC_ALLOC_WORKER_H

#include "alloc/pool.h"

extern const struct ptc_pool_ops ptc_ordinary_pool;

void ptc_worker_clean(struct ptc_node *node);

#endif /* PTC_ALLOC_WORKER_H */
