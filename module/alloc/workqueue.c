// SPDX-License-Identifier: GPL-2.0
/* The workqueue of the nodes' workers and of other work that is kept out of callers' contexts. */
#include <linux/errno.h>

#include "alloc/workqueue.h"
#include "fault.h"

static struct workqueue_struct *workqueue;

/* Context: any but NMI. */
void ptc_work_queue(struct work_struct *work)
{
	queue_work(workqueue, work);
}

/* Queue @work after @delay jiffies. Context: any but NMI. */
void ptc_work_queue_later(struct delayed_work *work, unsigned long delay)
{
	queue_delayed_work(workqueue, work, delay);
}

int ptc_workqueue_init(void)
{
	/* unbound: clearing must not delay the CPU that freed; one item per node runs at a time */
	workqueue = ptc_fallible(alloc_workqueue("pt_cache", WQ_UNBOUND, 0), NULL);
	return workqueue ? 0 : -ENOMEM;
}

/* Waits for queued work. */
void ptc_workqueue_exit(void)
{
	destroy_workqueue(workqueue);
}
