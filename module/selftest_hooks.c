// SPDX-License-Identifier: GPL-2.0
/* What selftest_hooks.h has in a tests' build: fault points, and what the tests look into. */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "alloc/adopt.h"
#include "alloc/lend.h"
#include "alloc/pool.h"
#include "alloc/verify.h"
#include "alloc/worker.h"
#include "census/audit.h"
#include "counters.h"
#include "selftest_hooks.h"
#include "table/record.h"

static atomic_t left[PTC_NR_FAULTS];
static atomic_t passes_first[PTC_NR_FAULTS];

static atomic_t steps_failed;
static unsigned int fail_step;
module_param(fail_step, uint, 0600);
MODULE_PARM_DESC(fail_step, "have the step that can fail with this number from now on fail (default: 0, none)");

void ptc_selftest_debugfs(struct dentry *folder)
{
	debugfs_create_u32("fail_step", 0600, folder, &fail_step);
}

unsigned int pt_cache_selftest_fail_step(unsigned int nth)
{
	return xchg(&fail_step, nth);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fail_step);

static bool step_fails(void)
{
	unsigned int away = READ_ONCE(fail_step);

	while (away) {
		if (!try_cmpxchg(&fail_step, &away, away - 1))
			continue;
		if (away == 1)
			atomic_inc(&steps_failed);
		return away == 1;
	}
	return false;
}

unsigned int pt_cache_selftest_steps_failed(void)
{
	return atomic_read(&steps_failed);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_steps_failed);

bool ptc_fault(enum ptc_fault_point point)
{
	if (point != PTC_FAULT_LEND_LATE && point != PTC_FAULT_STOCK_LATE && step_fails())
		return true;
	if (!atomic_read(&left[point]) || atomic_dec_if_positive(&passes_first[point]) >= 0)
		return false;
	return atomic_dec_if_positive(&left[point]) >= 0;
}
EXPORT_SYMBOL_GPL(ptc_fault);

void pt_cache_selftest_fault(enum ptc_fault_point point, unsigned int times)
{
	atomic_set(&passes_first[point], 0);
	atomic_set(&left[point], times);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fault);

void pt_cache_selftest_fault_after(enum ptc_fault_point point, unsigned int passes)
{
	atomic_set(&passes_first[point], passes);
	atomic_set(&left[point], 1);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fault_after);

bool pt_cache_selftest_fault_waits(enum ptc_fault_point point)
{
	return atomic_read(&left[point]) > 0;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_fault_waits);

u64 pt_cache_selftest_counter(const char *name)
{
	int i;

	for (i = 0; i < PTC_NR_COUNTERS; i++)
		if (!strcmp(ptc_counter_name(i), name))
			return ptc_counter_sum(i);
	return U64_MAX;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_counter);

unsigned long pt_cache_selftest_reserve(int nid)
{
	struct ptc_pool *pool;
	unsigned long pages = 0;

	down_read(&ptc_pools_sem);
	list_for_each_entry(pool, &ptc_pools, link)
		pages += READ_ONCE(pool->nodes[nid]->reserve_clean);
	up_read(&ptc_pools_sem);
	return pages;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_reserve);

int pt_cache_selftest_users(struct page *page)
{
	const struct ptc_record *record = ptc_record_of(page_to_pfn(page));

	return record ? atomic_read(&record->users) : -1;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_users);

unsigned int pt_cache_selftest_collect(bool clear)
{
	struct ptc_pool *pool;
	unsigned int got = 0;
	int nid;

	down_read(&ptc_pools_sem);
	list_for_each_entry(pool, &ptc_pools, link) {
		for_each_node_state(nid, N_MEMORY) {
			if (!pool->lender)
				continue;
			got += ptc_lender_collect(pool->nodes[nid], true);
			if (!clear)
				continue;
			ptc_worker_kick(pool->nodes[nid]);
			ptc_worker_flush(pool->nodes[nid]);
		}
	}
	up_read(&ptc_pools_sem);
	return got;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_collect);

/* What a stray write does to it, after it was cleared. */
static unsigned long dirty_first(struct ptc_node *node)
{
	struct ptc_block *block;
	unsigned long pfn = 0;
	int group;

	raw_spin_lock_irq(&node->lock);
	for (group = PTC_GROUP_QUARTER; group <= PTC_GROUP_EMPTY && !pfn; group++) {
		list_for_each_entry(block, &node->groups[group], link) {
			if (!block->nr_clean)
				continue;
			pfn = block->pfn + find_first_bit(block->clean, PTC_BLOCK_PAGES);
			((u64 *)page_address(pfn_to_page(pfn)))[7] = 0x8000000000000067ULL;
			break;
		}
	}
	raw_spin_unlock_irq(&node->lock);
	return pfn;
}

unsigned long pt_cache_selftest_dirty_ready(void)
{
	struct ptc_pool *pool;
	unsigned long pfn = 0;
	int nid;

	down_read(&ptc_pools_sem);
	list_for_each_entry(pool, &ptc_pools, link)
		for_each_node_state(nid, N_MEMORY)
			if (pool->lender && !pfn)
				pfn = dirty_first(pool->nodes[nid]);
	up_read(&ptc_pools_sem);
	return pfn;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_dirty_ready);

static ptc_live_alloc_fn live_alloc;
static ptc_live_sleep_fn live_sleep;

void ptc_selftest_live(ptc_live_alloc_fn alloc, ptc_live_sleep_fn sleep)
{
	WRITE_ONCE(live_alloc, alloc);
	WRITE_ONCE(live_sleep, sleep);
}
EXPORT_SYMBOL_GPL(ptc_selftest_live);

ptc_live_sleep_fn pt_cache_selftest_live_sleep(void)
{
	return READ_ONCE(live_sleep);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_live_sleep);

ptc_live_alloc_fn pt_cache_selftest_live(void)
{
	return READ_ONCE(live_alloc);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_live);

void pt_cache_selftest_adopt(bool on)
{
	WRITE_ONCE(ptc_adopt_enabled, on);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_adopt);

void pt_cache_selftest_verify(bool on)
{
	ptc_verify_set(on);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_verify);

static struct ptc_planted *planted;

struct ptc_planted *ptc_planted(void)
{
	return READ_ONCE(planted);
}

void pt_cache_selftest_plant(struct ptc_planted *list)
{
	WRITE_ONCE(planted, list);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_plant);

int pt_cache_selftest_audit(struct ptc_audit_result *results)
{
	return ptc_audit(results);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_audit);
