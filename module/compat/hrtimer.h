/* SPDX-License-Identifier: GPL-2.0 */
/* Our interface to hrtimers: from 6.13 on, the setup function also sets the callback. */
#ifndef PTC_COMPAT_HRTIMER_H
#define PTC_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>

#include "ptc_have.h"

typedef enum hrtimer_restart (*ptc_hrtimer_fn)(struct hrtimer *timer);

/* Set up a CLOCK_MONOTONIC timer, not started. Context: any; @fn runs in hard interrupt context. */
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
