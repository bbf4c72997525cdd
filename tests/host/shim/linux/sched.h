/* SPDX-License-Identifier: GPL-2.0 */
/* Tasks, their mms and pids, and time. */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

#include <linux/signal.h>
#include <linux/types.h>

#define TASK_COMM_LEN	16
#define PF_MEMALLOC	0x800
#define PF_MEMALLOC_NOFS	0x40000
#define PF_MEMALLOC_NOIO	0x80000

struct mm_struct;

struct task_struct {
	unsigned int flags;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
	struct mm_struct *mm;
	void *mempolicy;
	unsigned int state;
	struct sigpending pending;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked;
};

extern __thread struct task_struct shim_task;
#define current		(&shim_task)

/* Never, unless the test has one of its own. */
bool signal_pending(struct task_struct *task);
bool fatal_signal_pending(struct task_struct *task);

#define cond_resched()	(might_sleep(), (void)shim_meanwhile())

/*
 * A second of the kernel's is 50 ms, so that what it does from time to time happens in a test. A
 * test may have a clock of its own.
 */
#define HZ		100
#define INITIAL_JIFFIES	0UL
#define jiffies		shim_jiffies()
unsigned long shim_jiffies(void);
#define time_before(a, b)	((long)((a) - (b)) < 0)
#define time_after_eq(a, b)	(!time_before(a, b))
long long ktime_get_seconds(void);
u64 ktime_get_ns(void);
typedef long long ktime_t;
#define ns_to_ktime(ns)	((ktime_t)(ns))
#define ktime_to_ns(time)	((u64)(time))
#define NSEC_PER_USEC	1000L
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_SEC	1000000000L
void udelay(unsigned long us);
#define time_after(a, b)	time_before(b, a)
#define msleep_interruptible(ms)	msleep(ms)
#define msleep(ms)	udelay((ms) * 1000UL)

#define TASK_RUNNING		0U
#define TASK_INTERRUPTIBLE	1U
#define set_current_state(to)	((void)(current->state = (to)))

/* Who calls it has said how it sleeps, or else does not sleep at all. */
enum hrtimer_mode { HRTIMER_MODE_ABS, HRTIMER_MODE_REL };
int schedule_hrtimeout(ktime_t *time, enum hrtimer_mode mode);

/* ---- the test says which processes there are ---- */

struct pid;
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };
struct task_struct *pid_task(struct pid *pid, enum pid_type type);
struct pid *task_tgid(struct task_struct *task);
pid_t pid_nr(const struct pid *pid);

void put_pid(struct pid *pid);
struct pid *get_pid(struct pid *pid);
#define PF_KTHREAD	0x00200000
void mmgrab(struct mm_struct *mm);
void mmdrop(struct mm_struct *mm);
bool mmget_not_zero(struct mm_struct *mm);
void mmput_async(struct mm_struct *mm);
unsigned long mm_pgtables_bytes(const struct mm_struct *mm);

#endif
