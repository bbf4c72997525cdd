/* SPDX-License-Identifier: GPL-2.0 */
/* Our interface to high-resolution timers: 6.13 sets the function with the rest. */
#ifndef PTC_COMPAT_HRTIMER_H
#define PTC_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>

#include "ptc_have.h"

typedef enum hrtimer_restart (*ptc_hrtimer_fn)(struct hrtimer *timer);

/* Make a timer of the monotonic clock, not started. Context: any; @fn is called in an interrupt. */
static inline void ptc_hrtimer_init(struct hrtimer *timer, ptc_hrtimer_fn fn)
{
#ifdef PTC_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	timer->function = fn;
#endif
}

#endif /* PTC_COMPAT_HRTIMER_H */
