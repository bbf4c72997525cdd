// SPDX-License-Identifier: GPL-2.0
/* Fault points of the tests' build: see fault.h. */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/moduleparam.h>

#include "fault.h"

static atomic_t fault_left[PTC_NR_FAULTS];
static atomic_t fault_passes[PTC_NR_FAULTS];

static atomic_t fault_steps_failed;
static unsigned int fault_step;
module_param_named(fail_step, fault_step, uint, 0600);
MODULE_PARM_DESC(fail_step, "make the Nth fallible step from now on fail (default: 0, none)");

void ptc_fault_debugfs(struct dentry *folder)
{
	debugfs_create_u32("fail_step", 0600, folder, &fault_step);
}

unsigned int pt_cache_selftest_fail_step(unsigned int nth)
{
	return xchg(&fault_step, nth);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fail_step);

static bool fault_step_fails(void)
{
	unsigned int away = READ_ONCE(fault_step);

	while (away) {
		if (!try_cmpxchg(&fault_step, &away, away - 1))
			continue;
		if (away == 1)
			atomic_inc(&fault_steps_failed);
		return away == 1;
	}
	return false;
}

unsigned int pt_cache_selftest_steps_failed(void)
{
	return atomic_read(&fault_steps_failed);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_steps_failed);

bool ptc_fault(enum ptc_fault_point point)
{
	if (point != PTC_FAULT_LEND_LATE && point != PTC_FAULT_STOCK_LATE && fault_step_fails())
		return true;
	if (!atomic_read(&fault_left[point]) || atomic_dec_if_positive(&fault_passes[point]) >= 0)
		return false;
	return atomic_dec_if_positive(&fault_left[point]) >= 0;
}
EXPORT_SYMBOL_GPL(ptc_fault);

void pt_cache_selftest_fault(enum ptc_fault_point point, unsigned int times)
{
	atomic_set(&fault_passes[point], 0);
	atomic_set(&fault_left[point], times);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fault);

void pt_cache_selftest_fault_after(enum ptc_fault_point point, unsigned int passes)
{
	atomic_set(&fault_passes[point], passes);
	atomic_set(&fault_left[point], 1);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fault_after);

bool pt_cache_selftest_fault_waits(enum ptc_fault_point point)
{
	return atomic_read(&fault_left[point]) > 0;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fault_waits);

static ptc_live_alloc_fn fault_live_alloc;
static ptc_live_sleep_fn fault_live_sleep;

void ptc_fault_live(ptc_live_alloc_fn alloc, ptc_live_sleep_fn sleep)
{
	WRITE_ONCE(fault_live_alloc, alloc);
	WRITE_ONCE(fault_live_sleep, sleep);
}
EXPORT_SYMBOL_GPL(ptc_fault_live);

ptc_live_sleep_fn pt_cache_selftest_live_sleep(void)
{
	return READ_ONCE(fault_live_sleep);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_live_sleep);

ptc_live_alloc_fn pt_cache_selftest_live(void)
{
	return READ_ONCE(fault_live_alloc);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_live);
