// SPDX-License-Identifier: GPL-2.0
/*
 * The workqueues of the nodes' workers and of other work that is kept out of callers' contexts.
 *
 * There are two, since what memory pressure needs and what a split needs exclude each other. A
 * queue without WQ_MEM_RECLAIM may wait for memory to start a worker thread, so when memory is
 * short the tables that are free but dirty would stay dirty. But a work item on a queue with
 * WQ_MEM_RECLAIM must not wait for one on a queue without it, and the kernel warns if it does
 * (check_flush_dependency()): a split does, by set_memory_uc() and vm_unmap_aliases(), which from
 * 6.12 on may flush work of a system queue. So clearing has a queue of its own.
 *
 * Both are unbound: clearing must not delay the CPU that freed. An item belongs to one of them: no
 * queue runs it twice at once, but the two might.
 */
#include <linux/errno.h>

#include "alloc/workqueue.h"
#include "fault.h"

static struct workqueue_struct *workqueue;
static struct workqueue_struct *workqueue_clearing;

/* Queue work that may split, adopt or allocate. Context: any but NMI. */
void ptc_work_queue(struct work_struct *work)
{
	queue_work(workqueue, work);
}

/* As ptc_work_queue(), after @delay jiffies. Context: any but NMI. */
void ptc_work_queue_later(struct delayed_work *work, unsigned long delay)
{
	queue_delayed_work(workqueue, work, delay);
}

/* As ptc_work_queue_later(), but work that is queued for later comes forward. */
void ptc_work_queue_sooner(struct delayed_work *work, unsigned long delay)
{
	mod_delayed_work(workqueue, work, delay);
}

/*
 * Queue work that only clears free tables, which makes progress when no memory is left: it must not
 * split, allocate, nor wait for work of the other queue. Context: any but NMI.
 */
void ptc_work_queue_clear(struct work_struct *work)
{
	queue_work(workqueue_clearing, work);
}

int ptc_workqueue_init(void)
{
	workqueue_clearing = ptc_fallible(alloc_workqueue("pt_cache_clear",
							  WQ_UNBOUND | WQ_MEM_RECLAIM, 0), NULL);
	if (!workqueue_clearing)
		return -ENOMEM;
	workqueue = ptc_fallible(alloc_workqueue("pt_cache", WQ_UNBOUND, 0), NULL);
	if (!workqueue)
		goto destroy_clearing;
	return 0;

destroy_clearing:
	destroy_workqueue(workqueue_clearing);
	return -ENOMEM;
}

/* Waits for queued work. */
void ptc_workqueue_exit(void)
{
	destroy_workqueue(workqueue);
	destroy_workqueue(workqueue_clearing);
}
