/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_SCHED_SIGNAL_H
#define SHIM_LINUX_SCHED_SIGNAL_H

#include <stdbool.h>

#define current	0
bool signal_pending(int task);	/* the test says when */

#endif
