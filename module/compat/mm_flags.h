/* SPDX-License-Identifier: GPL-2.0 */
/* Flags of an mm. */
#ifndef PTC_COMPAT_MM_FLAGS_H
#define PTC_COMPAT_MM_FLAGS_H

#include <linux/mm.h>
#include <linux/sched/coredump.h>

#include "ptc_have.h"

/* Is the OOM reaper emptying this mm, or has it? Context: any. */
static inline bool ptc_mm_is_reaped(struct mm_struct *mm)
{
#ifdef PTC_HAVE_MM_FLAGS_TEST
	return mm_flags_test(MMF_UNSTABLE, mm) || mm_flags_test(MMF_OOM_SKIP, mm);
#else
	return test_bit(MMF_UNSTABLE, &mm->flags) || test_bit(MMF_OOM_SKIP, &mm->flags);
#endif
}

#endif /* PTC_COMPAT_MM_FLAGS_H */
