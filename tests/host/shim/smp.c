// SPDX-License-Identifier: GPL-2.0
/* CPUs, interrupts, locks, RCU and work for others, made of threads. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <linux/kernel.h>

__thread int shim_cpu;
__thread unsigned int shim_atomic, shim_rcu, shim_preempt;
__thread struct task_struct shim_task = { .comm = "task" };

/* ---- CPUs ---- */

static pthread_mutex_t cpu_lock[SHIM_CPUS] = {
	[0 ... SHIM_CPUS - 1] = PTHREAD_MUTEX_INITIALIZER,
};
static bool cpu_offline[SHIM_CPUS];		/* its lock */
static __thread unsigned int irqs_off;
static __thread unsigned int scheduler_state;

static void move_somewhere(void)
{
	scheduler_state = scheduler_state * 1103515245 + 12345 + shim_task.tgid;
	if (scheduler_state >> 16 & 3)
		return;
	shim_cpu = (scheduler_state >> 20) % SHIM_CPUS;
}

void shim_irq_save(void)
{
	shim_atomic++;
	if (irqs_off++)
		return;
	move_somewhere();
	pthread_mutex_lock(&cpu_lock[shim_cpu]);
	while (cpu_offline[shim_cpu]) {
		pthread_mutex_unlock(&cpu_lock[shim_cpu]);
		shim_cpu = (shim_cpu + 1) % SHIM_CPUS;
		pthread_mutex_lock(&cpu_lock[shim_cpu]);
	}
}

void shim_irq_restore(void)
{
	shim_atomic--;
	if (!--irqs_off)
		pthread_mutex_unlock(&cpu_lock[shim_cpu]);
}

static void set_offline(unsigned int cpu, bool offline)
{
	pthread_mutex_lock(&cpu_lock[cpu]);
	cpu_offline[cpu] = offline;
	pthread_mutex_unlock(&cpu_lock[cpu]);
}

bool shim_cpu_down(unsigned int cpu)
{
	if (!cpu)
		return false;
	set_offline(cpu, true);
	return true;
}

void shim_cpu_up(unsigned int cpu)
{
	set_offline(cpu, false);
}

void shim_must_sleep(const char *what)
{
	if (!shim_atomic)
		return;
	fprintf(stderr, "%s() sleeps under a lock, or with interrupts or preemption off\n", what);
	abort();
}

void shim_on_each_cpu(bool (*condition)(int cpu, void *arg), void (*function)(void *arg),
		      void *arg)
{
	int cpu, here = shim_cpu;

	might_sleep();
	for (cpu = 0; cpu < SHIM_CPUS; cpu++) {
		if (condition && !condition(cpu, arg))
			continue;
		pthread_mutex_lock(&cpu_lock[cpu]);
		if (!cpu_offline[cpu]) {
			shim_cpu = cpu;
			irqs_off++;
			shim_atomic++;
			function(arg);
			shim_atomic--;
			irqs_off--;
		}
		pthread_mutex_unlock(&cpu_lock[cpu]);
	}
	shim_cpu = here;
}

int (*shim_cpu_prepare)(unsigned int cpu);
int (*shim_cpu_dead)(unsigned int cpu);

/* ---- each CPU's own data ---- */

/* Variables lie in a section of their own, which is the pattern that no CPU uses. */
extern char shim_percpu_start[] __asm__("__start_shim_percpu") __attribute__((weak));
extern char shim_percpu_stop[] __asm__("__stop_shim_percpu") __attribute__((weak));
static _Alignas(64) char variables[SHIM_CPUS][SHIM_PERCPU_UNIT];

void *shim_per_cpu(const volatile void *address, int cpu)
{
	char *at = (char *)address;

	if (at >= shim_percpu_start && at < shim_percpu_stop)
		return variables[cpu] + (at - shim_percpu_start);
	return at + (long)cpu * SHIM_PERCPU_UNIT;
}

void *shim_alloc_percpu(size_t size)
{
	might_sleep();
	if (size > SHIM_PERCPU_UNIT || shim_percpu_stop - shim_percpu_start > SHIM_PERCPU_UNIT)
		abort();
	return shim_fails() ? NULL : calloc(SHIM_CPUS, SHIM_PERCPU_UNIT);
}

void free_percpu(void *address)
{
	free(address);
}

/* ---- spinlocks: a mutex, so that a thread that waits leaves the real CPU to the others ---- */

void shim_lock(pthread_mutex_t *lock)
{
	shim_atomic++;
	pthread_mutex_lock(lock);
}

void shim_unlock(pthread_mutex_t *lock)
{
	pthread_mutex_unlock(lock);
	shim_atomic--;
}

/* Who finds the mutex free gets it, signal or not. */
static int lock_unless(struct mutex *m, bool (*pending)(struct task_struct *task))
{
	might_sleep();
	while (pthread_mutex_trylock(&m->lock)) {
		if (pending(current))
			return -EINTR;
		udelay(50);
	}
	return 0;
}

int mutex_lock_interruptible(struct mutex *m)
{
	return lock_unless(m, signal_pending);
}

int mutex_lock_killable(struct mutex *m)
{
	return lock_unless(m, fatal_signal_pending);
}

/* ---- RCU ---- */

static pthread_rwlock_t readers = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t callbacks_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t callbacks_changed = PTHREAD_COND_INITIALIZER;
static struct rcu_head *callbacks;	/* callbacks_lock */
static unsigned long callbacks_left;	/* callbacks_lock */

void rcu_read_lock(void)
{
	shim_atomic++;
	shim_rcu++;
	pthread_rwlock_rdlock(&readers);
}

void rcu_read_unlock(void)
{
	pthread_rwlock_unlock(&readers);
	shim_rcu--;
	shim_atomic--;
}

void synchronize_rcu(void)
{
	int cpu;

	might_sleep();
	pthread_rwlock_wrlock(&readers);
	pthread_rwlock_unlock(&readers);
	for (cpu = 0; cpu < SHIM_CPUS; cpu++) {
		pthread_mutex_lock(&cpu_lock[cpu]);
		pthread_mutex_unlock(&cpu_lock[cpu]);
	}
}

static void call_back(struct rcu_head *head)
{
	if ((unsigned long)head->func < 4096)
		free((char *)head - (unsigned long)head->func);	/* kfree_rcu() */
	else
		head->func(head);
}

static void *rcu_thread(void *unused)
{
	pthread_mutex_lock(&callbacks_lock);
	for (;;) {
		struct rcu_head *head = callbacks, *next;
		unsigned long nr = 0;

		if (!head) {
			pthread_cond_wait(&callbacks_changed, &callbacks_lock);
			continue;
		}
		callbacks = NULL;
		pthread_mutex_unlock(&callbacks_lock);
		synchronize_rcu();
		for (; head; head = next, nr++) {
			next = head->next;
			call_back(head);
		}
		pthread_mutex_lock(&callbacks_lock);
		callbacks_left -= nr;
		pthread_cond_broadcast(&callbacks_changed);
	}
	return unused;
}

static void start_thread(void *(*function)(void *arg))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, NULL) || pthread_detach(thread))
		abort();
}

static void start_rcu(void)
{
	start_thread(rcu_thread);
}

void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head))
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start_rcu);
	head->func = function;
	pthread_mutex_lock(&callbacks_lock);
	head->next = callbacks;
	callbacks = head;
	callbacks_left++;
	pthread_cond_broadcast(&callbacks_changed);
	pthread_mutex_unlock(&callbacks_lock);
}

void rcu_barrier(void)
{
	might_sleep();
	pthread_mutex_lock(&callbacks_lock);
	while (callbacks_left)
		pthread_cond_wait(&callbacks_changed, &callbacks_lock);
	pthread_mutex_unlock(&callbacks_lock);
}

/* ---- time ---- */

static unsigned long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

__attribute__((weak)) unsigned long shim_jiffies(void)
{
	return milliseconds() * 2;
}

__attribute__((weak)) long long ktime_get_seconds(void)
{
	return shim_jiffies() / HZ;
}

__attribute__((weak)) u64 ktime_get_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

__attribute__((weak)) int schedule_hrtimeout(ktime_t *time, enum hrtimer_mode mode)
{
	struct timespec wait = { *time / NSEC_PER_SEC, *time % NSEC_PER_SEC };

	might_sleep();
	if (current->state == TASK_RUNNING || mode != HRTIMER_MODE_REL)
		abort();
	current->state = TASK_RUNNING;
	return nanosleep(&wait, NULL) ? -EINTR : 0;
}

void udelay(unsigned long us)
{
	struct timespec wait = { .tv_nsec = us * 1000 };

	nanosleep(&wait, NULL);
}

/* ---- work ---- */

static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_changed = PTHREAD_COND_INITIALIZER;
static LIST_HEAD(work_queue);		/* work_lock, as all of struct work_struct */
static LIST_HEAD(work_timers);		/* work_lock */
static unsigned int works_running;	/* work_lock */
static bool works_rest;			/* work_lock: none begins */
static __thread struct work_struct *work_at;

static bool enqueue(struct work_struct *work)
{
	if (!list_empty(&work->link))
		return false;
	work->asked++;
	list_add_tail(&work->link, &work_queue);
	pthread_cond_broadcast(&work_changed);
	return true;
}

static void expire_timers(void)
{
	struct delayed_work *timer, *next;

	list_for_each_entry_safe(timer, next, &work_timers, timer) {
		if (time_before(jiffies, timer->due))
			continue;
		list_del_init(&timer->timer);
		enqueue(&timer->work);
	}
}

static struct work_struct *first_idle_work(void)
{
	struct work_struct *work;

	list_for_each_entry(work, &work_queue, link)
		if (!work->running)
			return work;
	return NULL;
}

static void wait_for_change(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 2000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&work_changed, &work_lock, &until);
}

static void *work_thread(void *unused)
{
	pthread_mutex_lock(&work_lock);
	for (;;) {
		struct work_struct *work;
		unsigned int asked;

		expire_timers();
		work = works_rest ? NULL : first_idle_work();
		if (!work) {
			wait_for_change();
			continue;
		}
		list_del_init(&work->link);
		work->running = true;
		works_running++;
		asked = work->asked;
		pthread_mutex_unlock(&work_lock);
		work_at = work;
		work->function(work);
		work_at = NULL;
		pthread_mutex_lock(&work_lock);
		work->running = false;
		works_running--;
		work->done = asked;
		pthread_cond_broadcast(&work_changed);
	}
	return unused;
}

static void start_work(void)
{
	start_thread(work_thread);
	start_thread(work_thread);
}

/* None runs when this returns, and none begins, timers or not, until @rest is false again. */
void shim_works_rest(bool rest)
{
	pthread_mutex_lock(&work_lock);
	works_rest = rest;
	while (rest && works_running)
		pthread_cond_wait(&work_changed, &work_lock);
	pthread_mutex_unlock(&work_lock);
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct workqueue_struct *queue = kzalloc(sizeof(*queue), GFP_KERNEL);

	if (!queue)
		return NULL;
	pthread_once(&once, start_work);
	queue->flags = flags;
	return queue;
}

void destroy_workqueue(struct workqueue_struct *queue)
{
	might_sleep();
	pthread_mutex_lock(&work_lock);
	while (!list_empty(&work_queue))
		pthread_cond_wait(&work_changed, &work_lock);
	pthread_mutex_unlock(&work_lock);
	kfree(queue);
}

bool queue_work(struct workqueue_struct *queue, struct work_struct *work)
{
	bool queued;

	pthread_mutex_lock(&work_lock);
	queued = enqueue(work);
	pthread_mutex_unlock(&work_lock);
	return queued;
}

bool queue_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
			unsigned long delay)
{
	bool idle;

	pthread_mutex_lock(&work_lock);
	idle = list_empty(&work->timer) && list_empty(&work->work.link);
	if (idle) {
		work->due = jiffies + delay;
		list_add_tail(&work->timer, &work_timers);
	}
	pthread_mutex_unlock(&work_lock);
	return idle;
}

/* Until what was asked before is done; what is asked while we wait is not waited for. */
bool flush_work(struct work_struct *work)
{
	unsigned int asked;

	might_sleep();
	pthread_mutex_lock(&work_lock);
	asked = work->asked;
	while ((int)(work->done - asked) < 0)
		pthread_cond_wait(&work_changed, &work_lock);
	pthread_mutex_unlock(&work_lock);
	return true;
}

unsigned int work_busy(struct work_struct *work)
{
	unsigned int busy;

	pthread_mutex_lock(&work_lock);
	busy = work->running || !list_empty(&work->link);
	pthread_mutex_unlock(&work_lock);
	return busy;
}

static void cancel(struct work_struct *work)
{
	if (!list_empty(&work->link)) {
		list_del_init(&work->link);
		work->done = work->asked;
	}
	while (work->running)
		pthread_cond_wait(&work_changed, &work_lock);
}

bool cancel_work_sync(struct work_struct *work)
{
	might_sleep();
	pthread_mutex_lock(&work_lock);
	cancel(work);
	pthread_mutex_unlock(&work_lock);
	return true;
}

/* Work that starts its timer again is stopped, too. */
bool cancel_delayed_work_sync(struct delayed_work *work)
{
	might_sleep();
	pthread_mutex_lock(&work_lock);
	do {
		list_del_init(&work->timer);
		cancel(&work->work);
	} while (!list_empty(&work->timer) || !list_empty(&work->work.link));
	pthread_mutex_unlock(&work_lock);
	return true;
}

struct work_struct *current_work(void)
{
	return work_at;
}
