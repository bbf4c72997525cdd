// SPDX-License-Identifier: GPL-2.0
/* Access to internals for the tests: see peepholes.h. */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "alloc/adopt.h"
#include "alloc/lend.h"
#include "alloc/pool.h"
#include "alloc/table.h"
#include "alloc/verify.h"
#include "census/audit.h"
#include "census/processes.h"
#include "counters.h"
#include "selftest/peepholes.h"

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
	int cookie;

	cookie = ptc_pools_enter();
	ptc_for_each_pool(pool)
		pages += READ_ONCE(pool->nodes[nid]->sums.reserve_clean);
	ptc_pools_leave(cookie);
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
	int nid, cookie;

	cookie = ptc_pools_enter();
	ptc_for_each_pool(pool) {
		for_each_node_state(nid, N_MEMORY) {
			got += pool->ops->take_back(pool->nodes[nid], UINT_MAX);
			if (!clear)
				continue;
			ptc_node_kick_clear(pool->nodes[nid]);
			ptc_node_flush(pool->nodes[nid]);
		}
	}
	ptc_pools_leave(cookie);
	return got;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_collect);

/* Dirty a clean page, as a stray write to a cleared table does. Returns its page frame, or 0. */
static unsigned long peepholes_dirty_first(struct ptc_node *node)
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
	int nid, cookie;

	cookie = ptc_pools_enter();
	ptc_for_each_pool(pool)
		for_each_node_state(nid, N_MEMORY)
			if (ptc_pool_lends(pool) && !pfn)
				pfn = peepholes_dirty_first(pool->nodes[nid]);
	ptc_pools_leave(cookie);
	return pfn;
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_dirty_ready);

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

void pt_cache_selftest_plant(struct ptc_planted *list)
{
	ptc_plant(list);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_plant);

int pt_cache_selftest_audit(struct ptc_audit_findings *findings)
{
	return ptc_audit(findings);
}
EXPORT_SYMBOL_GPL(pt_cache_selftest_audit);
