/* SPDX-License-Identifier: GPL-2.0 */
/* Magazines that nobody uses. */
#ifndef PTC_ALLOC_IDLE_H
#define PTC_ALLOC_IDLE_H

void ptc_idle_init(void);
void ptc_idle_exit(void);

#endif /* PTC_ALLOC_IDLE_H */
