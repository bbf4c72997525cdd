/* SPDX-License-Identifier: GPL-2.0 */
/* Pages that are not as the direct map had them when they were handed out. */
#ifndef PTC_ALLOC_ATTRIBUTES_H
#define PTC_ALLOC_ATTRIBUTES_H

unsigned int ptc_attributes_filter(unsigned long *pfns, unsigned int nr, unsigned int order);
unsigned int ptc_attributes_filter_leaving(unsigned long *pfns, unsigned int nr);
void ptc_attributes_quarantine(unsigned long pfn, unsigned int order);

#endif /* PTC_ALLOC_ATTRIBUTES_H */
