/* SPDX-License-Identifier: GPL-2.0 */
/* adopt_running: tables of processes that run already go into the blocks of pt_cache_live.ko. */
#ifndef PTC_USER_ADOPT_H
#define PTC_USER_ADOPT_H

#include <linux/types.h>

bool ptc_adopt_is_due(unsigned int asked);
void ptc_adopt_pass(bool (*pause)(void *data, unsigned int flushes), void *data);

#endif /* PTC_USER_ADOPT_H */
