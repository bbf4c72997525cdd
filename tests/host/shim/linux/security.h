/* SPDX-License-Identifier: GPL-2.0 */
/* What is locked down: the test says. */
#ifndef SHIM_LINUX_SECURITY_H
#define SHIM_LINUX_SECURITY_H

enum lockdown_reason { LOCKDOWN_DEBUGFS, LOCKDOWN_TRACEFS };

int security_locked_down(enum lockdown_reason what);

#endif
