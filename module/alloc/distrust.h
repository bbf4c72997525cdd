/* SPDX-License-Identifier: GPL-2.0 */
/* Taking out of use what was used before. */
#ifndef PTC_ALLOC_DISTRUST_H
#define PTC_ALLOC_DISTRUST_H

#include <linux/workqueue.h>

void ptc_distrust_all(struct work_struct *work);

#endif /* PTC_ALLOC_DISTRUST_H */
