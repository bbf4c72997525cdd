/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs. A thread runs on one, and moves to another whenever it turns interrupts off: that is when a
 * task of the kernel may find itself on another. Interrupts off is the lock of the CPU: whoever
 * has it is alone on that CPU, and an IPI is somebody else who takes it and acts as that CPU.
 *
 * Several threads may be on one CPU while interrupts are on, so this_cpu_add(), which is one
 * instruction in the kernel, takes the lock as well.
 */
#ifndef SHIM_LINUX_PERCPU_H
#define SHIM_LINUX_PERCPU_H

#include <pthread.h>

#include <linux/types.h>

#ifndef SHIM_CPUS			/* a program may have another machine: see build.sh */
#define SHIM_CPUS	4
#define SHIM_NODES	3
#endif
#ifndef SHIM_NODES_MAX
#define SHIM_NODES_MAX	SHIM_NODES
#endif

extern __thread int shim_cpu;
extern __thread unsigned int shim_atomic;	/* locks, interrupts or preemption off: no sleep */
extern __thread unsigned int shim_rcu;		/* of them, rcu_read_lock() */
extern __thread unsigned int shim_preempt;	/* of them, preempt_disable() */

void shim_irq_save(void);
void shim_irq_restore(void);
bool shim_cpu_down(unsigned int cpu);	/* nobody runs there when it returns; not the last one */
void shim_cpu_up(unsigned int cpu);
void shim_must_sleep(const char *what);	/* stops the program when it may not */

#define might_sleep()			shim_must_sleep(__func__)
#define preemptible()			(shim_atomic == 0)
#define preempt_disable()		((void)(shim_atomic++, shim_preempt++))
#define preempt_enable()		((void)(shim_preempt--, shim_atomic--))
#define local_irq_save(flags)		((flags) = 0, shim_irq_save())
#define local_irq_restore(flags)	((void)(flags), shim_irq_restore())
#define local_irq_disable()		(shim_meanwhile(), shim_irq_save())
#define local_irq_enable()		(shim_irq_restore(), shim_meanwhile())

#define smp_processor_id()		shim_cpu
#define for_each_possible_cpu(cpu)	for (cpu = 0; cpu < SHIM_CPUS; cpu++)
#define cpu_to_node(cpu)		((cpu) % SHIM_NODES)

/* ---- each CPU's own data ---- */

#define SHIM_PERCPU_UNIT	4096	/* from one CPU's to the next's */

void *shim_per_cpu(const volatile void *address, int cpu);
void *shim_alloc_percpu(size_t size);
void free_percpu(void *address);

#define DECLARE_PER_CPU(type, name)	extern __typeof__(type) name
#define DEFINE_PER_CPU(type, name)	\
	__typeof__(type) name __attribute__((section("shim_percpu"), aligned(64)))
#define alloc_percpu(type)	((type *)shim_alloc_percpu(sizeof(type)))

#define per_cpu_ptr(ptr, cpu)	((__typeof__(ptr))shim_per_cpu(ptr, cpu))
#define this_cpu_ptr(ptr)	per_cpu_ptr(ptr, shim_cpu)
#define raw_cpu_ptr(ptr)	this_cpu_ptr(ptr)
#define this_cpu_add(x, n) do {			\
	shim_irq_save();			\
	*this_cpu_ptr(&(x)) += (n);		\
	shim_irq_restore();			\
} while (0)
#define this_cpu_inc(x)		this_cpu_add(x, 1)
#define this_cpu_dec(x)		this_cpu_add(x, -1)

/* ---- IPIs ---- */

void shim_on_each_cpu(bool (*condition)(int cpu, void *arg), void (*function)(void *arg),
		      void *arg);

#define on_each_cpu_cond(condition, function, arg, wait)	\
	shim_on_each_cpu(condition, function, arg)
#define on_each_cpu(function, arg, wait)	shim_on_each_cpu(NULL, function, arg)

/* ---- CPUs that come and go: the test calls what was registered here ---- */

enum cpuhp_state { CPUHP_BP_PREPARE_DYN };

extern int (*shim_cpu_prepare)(unsigned int cpu);
extern int (*shim_cpu_dead)(unsigned int cpu);

#define cpuhp_setup_state_nocalls(state, name, prepare, dead)	\
	(shim_cpu_prepare = (prepare), shim_cpu_dead = (dead), 1)
#define cpuhp_remove_state_nocalls(state)	((void)(state))

/* ---- locks ---- */

/* Nobody sleeps who holds it. */
void shim_lock(pthread_mutex_t *lock);
void shim_unlock(pthread_mutex_t *lock);

#ifndef SHIM_OWN_SPINLOCKS		/* or the program has some of its own */
typedef pthread_mutex_t spinlock_t;

#define spin_lock(lock)		shim_lock(lock)
#define spin_unlock(lock)	shim_unlock(lock)
#define DEFINE_SPINLOCK(name)	spinlock_t name = PTHREAD_MUTEX_INITIALIZER
#define spin_lock_init(lock)	pthread_mutex_init(lock, NULL)

typedef spinlock_t raw_spinlock_t;

#define raw_spin_lock_init(lock)	spin_lock_init(lock)
#define raw_spin_lock(lock)	spin_lock(lock)
#define raw_spin_unlock(lock)	spin_unlock(lock)
#endif

#define lockdep_assert_irqs_disabled()	do { if (!shim_atomic) abort(); } while (0)

#define spin_lock_irq(lock)	(shim_irq_save(), spin_lock(lock))
#define spin_unlock_irq(lock)	(spin_unlock(lock), shim_irq_restore())
#define raw_spin_lock_irq(lock)	(shim_irq_save(), raw_spin_lock(lock))
#define raw_spin_unlock_irq(lock)	(raw_spin_unlock(lock), shim_irq_restore())
#define raw_spin_lock_irqsave(lock, flags)	((flags) = 0, raw_spin_lock_irq(lock))
#define raw_spin_unlock_irqrestore(lock, flags)	((void)(flags), raw_spin_unlock_irq(lock))
#define lockdep_is_held(lock)	true

struct mutex { pthread_mutex_t lock; };

#define DEFINE_MUTEX(name)	struct mutex name = { PTHREAD_MUTEX_INITIALIZER }
#define mutex_init(m)		pthread_mutex_init(&(m)->lock, NULL)
#define mutex_lock(m)		({ might_sleep(); (void)pthread_mutex_lock(&(m)->lock); })
int mutex_lock_interruptible(struct mutex *m);
int mutex_lock_killable(struct mutex *m);
#define mutex_unlock(m)		((void)pthread_mutex_unlock(&(m)->lock))

#endif
