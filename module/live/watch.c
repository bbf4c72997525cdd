// SPDX-License-Identifier: GPL-2.0
/*
 * Watches the state of the livepatch. Logs when it changes, and when a transition does not
 * complete.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>

#include "compat/hrtimer.h"
#include "live/live.h"

#define WATCH_INTERVAL	NSEC_PER_SEC

/* Seconds. A transition takes one or two. What blocks a longer one is logged, again and again. */
#define STALLED_AFTER	10U
#define SAY_AGAIN_AFTER	60U

/*
 * A task that blocks the transition may occupy its CPU, too, and starve every task that is queued
 * there, kworkers included. Only interrupts are sure to run, so the watch is a timer in hard
 * interrupt context.
 */
static struct hrtimer watch_timer;

/* Written by the watch alone. */
static enum ptc_live_state watch_seen;
static unsigned long watch_since;		/* jiffies */
static unsigned int watch_said_after;		/* seconds */

/* Return for how long the livepatch has been in its state. Context: any. */
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
		pr_warn("another livepatch of pte_alloc_one() is stacked on top of this one: nothing is served until it is removed\n");
		break;
	case PTC_LIVE_OFF:
		pr_info("switched off, or replaced by another livepatch: nothing is served\n");
		break;
	case PTC_LIVE_COMING:
	case PTC_LIVE_GOING:
		break;
	}
}

/*
 * A task switches when it is seen outside the function; one that never is blocks them all. Each
 * thread is one: /proc/PID/patch_state is the leader's alone.
 */
static void watch_say_stalled(enum ptc_live_state state, unsigned int seconds)
{
	pr_warn("the livepatch has waited %u s for tasks to switch %s; those with %d in /proc/PID/task/TID/patch_state block it (a kernel thread that never sleeps, or a task that waits inside the function): stop them, or write %d to /sys/kernel/livepatch/pt_cache_live/enabled to reverse it. Do not force it.\n",
		seconds, state == PTC_LIVE_COMING ? "over" : "back",
		state == PTC_LIVE_COMING ? 0 : 1, state == PTC_LIVE_COMING ? 0 : 1);
}

/* Context: hard interrupt. Never runs on two CPUs at once. */
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
