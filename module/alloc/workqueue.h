/* SPDX-License-Identifier: GPL-2.0 */
/* The workqueues of the nodes' workers: one for clearing, one for all else. */
#ifndef PTC_ALLOC_WORKQUEUE_H
#define PTC_ALLOC_WORKQUEUE_H

#include <linux/workqueue.h>

int ptc_workqueue_init(void);
void ptc_workqueue_exit(void);
void ptc_work_queue(struct work_struct *work);
void ptc_work_queue_later(struct delayed_work *work, unsigned long delay);
void ptc_work_queue_sooner(struct delayed_work *work, unsigned long delay);
void ptc_work_queue_clear(struct work_struct *work);

#endif /* PTC_ALLOC_WORKQUEUE_H */
