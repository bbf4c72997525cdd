// SPDX-License-Identifier: GPL-2.0
/*
 * PTE tables that were detached from a process. Every CPU has forgotten them, but from 6.5 on the
 * kernel reads PTE tables without a lock in RCU read-side sections (__pte_offset_map()), so a batch
 * is freed after a grace period.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "compat/pte_ctor.h"
#include "fault.h"
#include "user/detached.h"

static struct workqueue_struct *detached_queue;

#define DETACHED_AT_ONCE	32

/* Memory may be short: that is no time to have a task killed for some more. */
#define DETACHED_GFP		(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
/* A task of idle priority that is preempted in reclaim would keep the locks that it holds there. */
#define DETACHED_GFP_NO_WAIT	(GFP_NOWAIT | __GFP_NOWARN)

/* A table of pt_cache_live.ko goes back to its lender: this drops the kernel's reference. */
static void detached_free_work(struct work_struct *work)
{
	struct ptc_detached *batch = container_of(to_rcu_work(work), struct ptc_detached, work);
	unsigned int i;

	for (i = 0; i < batch->nr; i++) {
		ptc_pte_free(batch->table[i]);
		if (i % DETACHED_AT_ONCE == 0)
			cond_resched();
	}
	kfree(batch);
}

/* An empty batch, or NULL. Context: process context, may sleep: no lock of any mm is held. */
struct ptc_detached *ptc_detached_new(bool may_reclaim)
{
	gfp_t gfp = may_reclaim ? DETACHED_GFP : DETACHED_GFP_NO_WAIT;
	struct ptc_detached *batch = ptc_fallible(kmalloc(PAGE_SIZE, gfp), NULL);

	if (!batch)
		return NULL;
	INIT_RCU_WORK(&batch->work, detached_free_work);
	batch->nr = 0;
	return batch;
}

/**
 * ptc_detached_free - free the tables of a batch, and the batch
 * @batch: every CPU was flushed since the last of them was taken out of its PMD; NULL is ignored
 *
 * Context: process context, may sleep.
 */
void ptc_detached_free(struct ptc_detached *batch)
{
	if (!batch)
		return;
	if (batch->nr)
		queue_rcu_work(detached_queue, &batch->work);
	else
		kfree(batch);
}

int ptc_detached_init(void)
{
	/* it frees memory: reclaim may wait for it */
	detached_queue = ptc_fallible(alloc_workqueue("pt_cache_user", WQ_MEM_RECLAIM | WQ_UNBOUND,
						      1), NULL);
	return detached_queue ? 0 : -ENOMEM;
}

/* All batches are freed when this returns. Nobody detaches any more. */
void ptc_detached_exit(void)
{
	rcu_barrier();
	destroy_workqueue(detached_queue);
}
