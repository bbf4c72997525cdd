/* SPDX-License-Identifier: GPL-2.0 */
/* Copies a PTE table out of bad memory. */
#ifndef PTC_USER_SALVAGE_H
#define PTC_USER_SALVAGE_H

struct mm_struct;
struct page;

unsigned int ptc_salvage(struct mm_struct *mm, unsigned long va, struct page *to,
			 struct page *from);

#endif /* PTC_USER_SALVAGE_H */
