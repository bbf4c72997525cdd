/* SPDX-License-Identifier: GPL-2.0 */
/* Signals, as far as a reader asks which of them wait for it, and what it does about them. */
#ifndef SHIM_LINUX_SIGNAL_H
#define SHIM_LINUX_SIGNAL_H

#include <signal.h>

#include <linux/percpu.h>
#include <linux/types.h>

/* sigset_t, SIG_DFL and SIG_IGN are the C library's; its sigset_t has room for more. */
#undef _NSIG
#undef sa_handler
#define _NSIG	64

struct sigpending { sigset_t signal; };
struct signal_struct { struct sigpending shared_pending; };

struct sighand_struct {
	spinlock_t siglock;
	struct { struct { __sighandler_t sa_handler; } sa; } action[_NSIG];
};

#define sigaddset(set, sig)	((void)((set)->__val[0] |= 1UL << ((sig) - 1)))
#define sigdelset(set, sig)	((void)((set)->__val[0] &= ~(1UL << ((sig) - 1))))
#define sigismember(set, sig)	((int)((set)->__val[0] >> ((sig) - 1) & 1))
#define sigorsets(to, a, b)	((void)((to)->__val[0] = (a)->__val[0] | (b)->__val[0]))
#define sigandnsets(to, a, b)	((void)((to)->__val[0] = (a)->__val[0] & ~(b)->__val[0]))

#endif
