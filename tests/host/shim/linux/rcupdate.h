/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RCU: a grace period waits for all who are in rcu_read_lock() or have interrupts off. A thread of
 * its own calls what was given to call_rcu().
 */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <linux/types.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
void synchronize_rcu(void);
#define synchronize_rcu_tasks()	synchronize_rcu()
void rcu_barrier(void);
void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head));

/* SRCU: a lock that readers share and who waits for them takes alone, for a moment. */
struct srcu_struct { pthread_rwlock_t readers; };

#define DEFINE_SRCU(name)		struct srcu_struct name = { PTHREAD_RWLOCK_INITIALIZER }
#define srcu_read_lock(srcu)		pthread_rwlock_rdlock(&(srcu)->readers)
#define srcu_read_unlock(srcu, cookie)	((void)(cookie), (void)pthread_rwlock_unlock(&(srcu)->readers))
#define srcu_read_lock_held(srcu)	true
#define synchronize_srcu(srcu) do {			\
	might_sleep();					\
	pthread_rwlock_wrlock(&(srcu)->readers);	\
	pthread_rwlock_unlock(&(srcu)->readers);	\
} while (0)

#define RCU_INITIALIZER(p)	(p)
#define rcu_access_pointer(p)	__atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_dereference(p)	__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_check(p, condition)	rcu_dereference(p)
#define rcu_dereference_protected(p, condition)	(p)
#define rcu_assign_pointer(p, value)	__atomic_store_n(&(p), value, __ATOMIC_RELEASE)

/* The offset in place of a function: free the struct that the head is in. */
#define kfree_rcu(ptr, member)	\
	call_rcu(&(ptr)->member, (void (*)(struct rcu_head *))offsetof(__typeof__(*(ptr)), member))

#endif
