/* SPDX-License-Identifier: GPL-2.0 */
/* Processes and cgroups that auto_reclaim leaves alone. */
#ifndef PTC_USER_EXEMPT_H
#define PTC_USER_EXEMPT_H

#include <linux/types.h>

struct task_struct;

bool ptc_exempt(struct task_struct *leader);

void ptc_exempt_init(void);
void ptc_exempt_exit(void);

#endif /* PTC_USER_EXEMPT_H */
