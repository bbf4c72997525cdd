// SPDX-License-Identifier: GPL-2.0
/*
 * Recycling: tables that were used before are handed out again. It ends with the first table that
 * is found dirty at hand-out, or that the kernel frees in a bad state.
 */
#include <linux/atomic.h>

#include "alloc/recycling.h"
#include "alloc/workqueue.h"

/*
 * Stays false until the module is loaded again. Freed tables then stay unused until their whole
 * block goes back to the page allocator.
 */
bool ptc_recycling = true;

/* Distrusts what was used before: ptc_distrust_all(). */
static struct work_struct recycling_distrust_work;

void ptc_recycling_init(work_func_t distrust)
{
	INIT_WORK(&recycling_distrust_work, distrust);
}

/*
 * End recycling: a table was found dirty or in a bad state, so no used table can be trusted.
 * Context: any but NMI.
 */
void ptc_recycling_off(void)
{
	if (cmpxchg(&ptc_recycling, true, false))
		ptc_work_queue(&recycling_distrust_work);
}
