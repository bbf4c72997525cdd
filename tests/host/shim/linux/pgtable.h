/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_PGTABLE_H
#define SHIM_LINUX_PGTABLE_H

#include <linux/mm.h>

#define PTRS_PER_PTE	512
#define PMD_SHIFT	21
#define PUD_SHIFT	30
#define P4D_SHIFT	39
#define PGDIR_SHIFT	39
#define PMD_SIZE	(1UL << PMD_SHIFT)
#define mm_p4d_folded(mm)	true
#define mm_pud_folded(mm)	false
#define mm_pmd_folded(mm)	false

#endif
