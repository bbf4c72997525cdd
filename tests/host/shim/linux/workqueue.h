/* SPDX-License-Identifier: GPL-2.0 */
/* Work that others do: two threads for all queues, and no item runs on both at once. */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/types.h>

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	void (*function)(struct work_struct *work);
	struct list_head link;		/* in the queue, or of its own */
	bool running;
	unsigned int asked, done;	/* how often; those asked while it waits are one */
};

struct delayed_work {
	struct work_struct work;
	unsigned long due;		/* jiffies */
	struct list_head timer;
};

struct workqueue_struct { unsigned int flags; };
typedef struct { int unused; } wait_queue_head_t;

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active);
void destroy_workqueue(struct workqueue_struct *queue);
bool queue_work(struct workqueue_struct *queue, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
			unsigned long delay);
/* whoever asks for it here has none queued for later */
#define mod_delayed_work(queue, work, delay)	queue_delayed_work(queue, work, delay)
bool flush_work(struct work_struct *work);
unsigned int work_busy(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work_sync(struct delayed_work *work);
struct work_struct *current_work(void);
void shim_works_rest(bool rest);

#define WQ_UNBOUND	2
#define WQ_MEM_RECLAIM	8
#define DECLARE_WORK(name, does)	\
	struct work_struct name = { .function = (does), .link = { &name.link, &name.link } }
#define INIT_WORK(work, does)	(*(work) = (struct work_struct){ .function = (does),	\
				 .link = { &(work)->link, &(work)->link } })
#define INIT_DELAYED_WORK(dwork, does) do {		\
	INIT_WORK(&(dwork)->work, does);		\
	INIT_LIST_HEAD(&(dwork)->timer);		\
} while (0)
#define INIT_DEFERRABLE_WORK(dwork, does)	INIT_DELAYED_WORK(dwork, does)
#define to_delayed_work(work)	container_of(work, struct delayed_work, work)

/* A wait looks again and again, so nobody has to be woken. */
#define init_waitqueue_head(head)	((void)(head))
#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name
#define wake_up_all(head)		((void)(head))
#define wake_up(head)			((void)(head))
#define wait_event(head, condition)	do {	\
	might_sleep();				\
	while (!(condition))			\
		udelay(100);			\
} while (0)
#define wait_event_timeout(head, condition, timeout) ({			\
	unsigned long __until = jiffies + (timeout);			\
	bool __met;							\
	might_sleep();							\
	while (!(__met = (condition)) && time_before(jiffies, __until))	\
		udelay(100);						\
	__met;								\
})

#endif
