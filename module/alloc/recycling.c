// SPDX-License-Identifier: GPL-2.0
/*
 * Recycling: tables that were used before are handed out again. It ends with the first table that is
 * found dirty at hand-out, or that the kernel gives back in a bad state.
 */
#include <linux/atomic.h>

#include "alloc/recycling.h"
#include "alloc/workqueue.h"

/*
 * Once false it stays so until the module is loaded again: freed tables then wait, unused, until
 * their whole block goes back to the page allocator.
 */
bool ptc_recycling = true;

/* Takes what was used before out of use: distrust.c. */
static struct work_struct recycling_distrust_work;

void ptc_recycling_init(work_func_t distrust)
{
	INIT_WORK(&recycling_distrust_work, distrust);
}

/* A table was found dirty, or in a bad state: trust none that was used before. Context: any. */
void ptc_recycling_off(void)
{
	if (cmpxchg(&ptc_recycling, true, false))
		ptc_work_queue(&recycling_distrust_work);
}
