/* SPDX-License-Identifier: GPL-2.0 */
/* Find regions that the direct map already maps by PTEs, and take them from the page allocator. */
#ifndef PTC_ALLOC_ADOPT_H
#define PTC_ALLOC_ADOPT_H

#include <linux/types.h>

extern bool ptc_adopt_enabled;

unsigned long ptc_adopt_pages(int nid);
bool ptc_adopt_promising(int nid);
void ptc_adopt_prepare(unsigned long pfn);
void ptc_adopt_remember(unsigned long pfn, int nid);
int ptc_adopt_init(void);
void ptc_adopt_exit(void);

#endif /* PTC_ALLOC_ADOPT_H */
