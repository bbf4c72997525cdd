// SPDX-License-Identifier: GPL-2.0
/*
 * Give back what lies in magazines that nobody uses. A CPU that once freed a burst of tables would
 * keep up to 190 of them for each cache, and the blocks that they belong to.
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "alloc/idle.h"
#include "alloc/pool.h"
#include "alloc/registry.h"
#include "alloc/workqueue.h"

/* A magazine is idle that was not used for this long, or up to twice as long. */
#define IDLE_FOR	(30 * HZ)

static struct delayed_work idle_work;

static void idle_drain(struct work_struct *work)
{
	int cookie = ptc_pools_enter();

	ptc_registry_drain_idle();
	ptc_pools_leave(cookie);
	ptc_work_queue_later(&idle_work, IDLE_FOR);
}

void ptc_idle_init(void)
{
	INIT_DEFERRABLE_WORK(&idle_work, idle_drain); /* it does not wake up an idle CPU */
	ptc_work_queue_later(&idle_work, IDLE_FOR);
}

void ptc_idle_exit(void)
{
	cancel_delayed_work_sync(&idle_work);
}
