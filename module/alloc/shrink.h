/* SPDX-License-Identifier: GPL-2.0 */
/* Give pages back: from the shrinker, before the OOM killer, and by a write to `shrink`. */
#ifndef PTC_ALLOC_SHRINK_H
#define PTC_ALLOC_SHRINK_H

long ptc_shrink_by_hand(unsigned long nr_pages);
int ptc_shrink_init(void);
void ptc_shrink_exit(void);

#endif /* PTC_ALLOC_SHRINK_H */
