// SPDX-License-Identifier: GPL-2.0
/*
 * verify_zero=1: check that a table is zero whenever it is handed out. A stale entry in a table
 * gives access to another process's memory, so one dirty table ends the trust in all recycled ones.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/kstrtox.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "alloc/attributes.h"
#include "alloc/recycling.h"
#include "alloc/verify.h"
#include "counters.h"

DEFINE_STATIC_KEY_FALSE(ptc_verify_key);

/* Context: process context, may sleep. */
void ptc_verify_set(bool on)
{
	if (on)
		static_branch_enable(&ptc_verify_key);
	else
		static_branch_disable(&ptc_verify_key);
}

static int verify_param_set(const char *text, const struct kernel_param *param)
{
	bool on;
	int err = kstrtobool(text ?: "y", &on);

	if (!err)
		ptc_verify_set(on);
	return err;
}

static int verify_param_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%c\n", ptc_verify_zero() ? 'Y' : 'N');
}

const struct kernel_param_ops ptc_verify_param = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = verify_param_set,
	.get = verify_param_get,
};

/*
 * Check a table that nobody holds. One that is not zero is quarantined, and recycling ends. One
 * with other attributes than it had is not read, but kept as well.
 * Context: any but NMI.
 * Returns whether it may be handed out.
 */
bool ptc_verify_table(const struct pt_cache *cache, unsigned long pfn)
{
	const u8 *table = page_address(pfn_to_page(pfn));
	const u8 *dirt;

	if (!ptc_attributes_filter(&pfn, 1, cache->order))
		return false;
	dirt = memchr_inv(table, 0, PAGE_SIZE << cache->order);
	if (likely(!dirt))
		return true;
	ptc_count(PTC_non_zero);
	ptc_node_quarantine(pfn, cache->order);
	ptc_recycling_off();
	pr_err_once("table at pfn %#lx of cache %s was not zero (first non-zero byte: %td): table quarantined, recycling disabled until the module is reloaded\n",
		    pfn, cache->name, dirt - table);
	return false;
}
