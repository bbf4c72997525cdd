/* SPDX-License-Identifier: GPL-2.0 */
/* verify_zero: check tables when they are handed out. */
#ifndef PTC_ALLOC_VERIFY_H
#define PTC_ALLOC_VERIFY_H

#include <linux/jump_label.h>
#include <linux/moduleparam.h>

#include "alloc/cache.h"

/*
 * The parameter verify_zero as a static branch, which costs the fast path nothing while it is off.
 */
DECLARE_STATIC_KEY_FALSE(ptc_verify_key);
extern const struct kernel_param_ops ptc_verify_param;

static __always_inline bool ptc_verify_zero(void)
{
	return static_branch_unlikely(&ptc_verify_key);
}

void ptc_verify_set(bool on);
bool ptc_verify_table(const struct pt_cache *cache, unsigned long pfn);

#endif /* PTC_ALLOC_VERIFY_H */
