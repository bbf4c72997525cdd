/* SPDX-License-Identifier: GPL-2.0 */
/* Distrust: take tables that were used before out of use. */
#ifndef PTC_ALLOC_DISTRUST_H
#define PTC_ALLOC_DISTRUST_H

#include <linux/workqueue.h>

void ptc_distrust_all(struct work_struct *work);

#endif /* PTC_ALLOC_DISTRUST_H */
