/* SPDX-License-Identifier: GPL-2.0 */
/* Does an IOMMU walk the page tables of an mm (shared virtual addressing)? */
#ifndef PTC_COMPAT_IOMMU_MM_H
#define PTC_COMPAT_IOMMU_MM_H

#include <linux/iommu.h>
#include <linux/mm_types.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>

#include "ptc_have.h"

#ifdef PTC_HAVE_AMD_IOMMU_V2
bool amd_iommu_v2_supported(void);	/* exported, and declared in no header of linux/ */
#endif

/*
 * An IOMMU begins to walk an mm's tables with the mmap lock held for writing:
 * iommu_sva_bind_device() registers an MMU notifier. It is not stopped by an interrupt to the
 * CPUs, so these mms are left alone. 6.1's amd_iommu_v2.c gives the mm no PASID: there any
 * notifier may be that driver's. Context: the mmap lock is held.
 */
static inline bool ptc_mm_has_iommu(struct mm_struct *mm)
{
#ifdef PTC_HAVE_AMD_IOMMU_V2
	if (amd_iommu_v2_supported() && mm_has_notifiers(mm))
		return true;
#endif
#if defined(PTC_HAVE_MM_VALID_PASID)
	return mm_valid_pasid(mm);
#elif defined(CONFIG_IOMMU_SVA)
	return pasid_valid(mm->pasid);
#else
	return false;
#endif
}

#endif /* PTC_COMPAT_IOMMU_MM_H */
