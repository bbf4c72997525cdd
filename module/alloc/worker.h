/* SPDX-License-Identifier: GPL-2.0 */
/* A node's worker, and the operations of ordinary pools. */
#ifndef PTC_ALLOC_WORKER_H
#define PTC_ALLOC_WORKER_H

#include "alloc/pool.h"

extern const struct ptc_pool_ops ptc_ordinary_pool;

void ptc_worker(struct work_struct *work);

#endif /* PTC_ALLOC_WORKER_H */
