// SPDX-License-Identifier: GPL-2.0
/*
 * Looks from time to time whether our function is still the one that is called, and says in the log
 * when that changes, or when the change itself does not come to an end.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>

#include "compat/hrtimer.h"
#include "live/live.h"

#define WATCH_INTERVAL	NSEC_PER_SEC

/* A change takes a second or two; after so many it is said what holds it up, and then again. */
#define STALLED_AFTER	10U
#define SAY_AGAIN_AFTER	60U

/*
 * What holds the livepatch up may hold its CPU as well, and with it every task that the scheduler
 * put there, a workqueue's worker too. Only interrupts are sure to come: so the watch is a timer
 * of their context.
 */
static struct hrtimer watch_timer;

/* Only the watch changes them. */
static enum ptc_live_state watch_seen;
static unsigned long watch_since;		/* jiffies */
static unsigned int watch_said_after;		/* seconds */

/* For how long it has been as it is. Context: any. */
unsigned int ptc_live_seconds(void)
{
	return (jiffies - READ_ONCE(watch_since)) / HZ;
}

static void watch_say_state(enum ptc_live_state state)
{
	switch (state) {
	case PTC_LIVE_ON:
		pr_info("the kernel's user PTE tables come from a pt_cache\n");
		break;
	case PTC_LIVE_SHADOWED:
		pr_warn("another livepatch of pte_alloc_one() lies on top of this one: nothing is served until that is gone\n");
		break;
	case PTC_LIVE_OFF:
		pr_info("switched off, or replaced by another livepatch: nothing is served\n");
		break;
	case PTC_LIVE_COMING:
	case PTC_LIVE_GOING:
		break;
	}
}

/* Tasks go over when they are seen outside the function; one that never is holds all up. */
static void watch_say_stalled(enum ptc_live_state state, unsigned int seconds)
{
	pr_warn("the livepatch has waited %u s for tasks to go %s; those with %d in /proc/PID/patch_state hold it up (a kernel thread that never sleeps, or one that waits inside the function): stop them, or write %d to /sys/kernel/livepatch/pt_cache_live/enabled to go back. Do not force it.\n",
		seconds, state == PTC_LIVE_COMING ? "over" : "back",
		state == PTC_LIVE_COMING ? 0 : 1, state == PTC_LIVE_COMING ? 0 : 1);
}

/* Context: hard interrupt, never twice at a time. */
static enum hrtimer_restart watch_tick(struct hrtimer *timer)
{
	enum ptc_live_state state = ptc_live_state();
	unsigned int seconds;

	if (state != watch_seen) {
		WRITE_ONCE(watch_seen, state);
		WRITE_ONCE(watch_since, jiffies);
		watch_said_after = 0;
		watch_say_state(state);
	}
	seconds = ptc_live_seconds();
	if ((state == PTC_LIVE_COMING || state == PTC_LIVE_GOING) &&
	    seconds >= (watch_said_after ? watch_said_after + SAY_AGAIN_AFTER : STALLED_AFTER)) {
		watch_said_after = seconds;
		watch_say_stalled(state, seconds);
	}
	hrtimer_forward_now(timer, ns_to_ktime(WATCH_INTERVAL));
	return HRTIMER_RESTART;
}

void ptc_live_watch_start(void)
{
	watch_seen = PTC_LIVE_COMING;
	watch_since = jiffies;
	ptc_hrtimer_init(&watch_timer, watch_tick);
	hrtimer_start(&watch_timer, 0, HRTIMER_MODE_REL);
}

void ptc_live_watch_stop(void)
{
	hrtimer_cancel(&watch_timer);
}
