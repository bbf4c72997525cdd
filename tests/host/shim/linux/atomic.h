/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accesses that several threads make at once on purpose. ThreadSanitizer is to find the others:
 * READ_ONCE() hides what it reads, as the kernel's own detector lets a plain store race with a
 * marked load. It knows no fences, so what a fence orders here is ordered by the access itself.
 */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <linux/types.h>

unsigned long shim_read_once(const volatile void *from, size_t size);
unsigned long shim_read_acquire(const volatile void *from, size_t size);

/* A race that is meant, and of which nothing is believed that is not checked afterwards. */
#ifdef __SANITIZE_THREAD__
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
#define shim_race_begin()	AnnotateIgnoreReadsBegin(__FILE__, __LINE__)
#define shim_race_end()		AnnotateIgnoreReadsEnd(__FILE__, __LINE__)
#else
#define shim_race_begin()	((void)0)
#define shim_race_end()		((void)0)
#endif

/*
 * Code that publishes by a store, and reads by what depends on a marked load, is ordered without a
 * fence. For ThreadSanitizer to see that, such a program has its loads acquire: see build.sh.
 */
#ifndef SHIM_READ_ONCE
#define SHIM_READ_ONCE	shim_read_once
#endif

/*
 * What happens on this thread between any two accesses; NULL: nothing. It is not interrupted itself.
 * Programs that use it are compiled with a flag: see build.sh.
 */
extern __thread void (*meanwhile)(void);

#ifdef SHIM_MEANWHILE
void shim_meanwhile(void);
#else
#define shim_meanwhile()	((void)0)
#endif

#define READ_ONCE(x) ({									\
	unsigned long __word;								\
											\
	shim_meanwhile();								\
	__word = SHIM_READ_ONCE(&(x), sizeof(x));					\
	*(__typeof__(x) *)&__word; /* one of a struct, too */				\
})
#define WRITE_ONCE(x, value)	\
	(shim_meanwhile(), __atomic_store_n(&(x), value, __ATOMIC_RELAXED))

#define data_race(expression) ({								\
	shim_meanwhile();								\
	shim_race_begin();								\
	__auto_type __value = (expression);						\
	shim_race_end();								\
	__value;									\
})

#define barrier()			asm volatile("" : : : "memory")
#define smp_load_acquire(p)		(shim_did(LOOK, 1), __atomic_load_n(p, __ATOMIC_ACQUIRE))
#define smp_store_release(p, value)	__atomic_store_n(p, value, __ATOMIC_RELEASE)
#define smp_rmb()			barrier()	/* enough on x86 */
#define smp_wmb()			barrier()
#define smp_mb()			asm volatile("mfence" : : : "memory")
#define smp_mb__after_atomic()		barrier()
#define smp_acquire__after_ctrl_dep()	smp_rmb()

#define cmpxchg(p, old, new) ({								\
	__typeof__(*(p)) __old = (old);							\
											\
	shim_meanwhile();								\
	__atomic_compare_exchange_n(p, &__old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);	\
	__old;										\
})

#define try_cmpxchg(p, old, new) (shim_meanwhile(),					\
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))

#define atomic_read(a)		__atomic_load_n(&(a)->counter, __ATOMIC_ACQUIRE)
#define atomic_set(a, n)	__atomic_store_n(&(a)->counter, n, __ATOMIC_RELAXED)
#define atomic_inc(a)		((void)__atomic_add_fetch(&(a)->counter, 1, __ATOMIC_SEQ_CST))
#define atomic_dec(a)		((void)__atomic_sub_fetch(&(a)->counter, 1, __ATOMIC_SEQ_CST))
#define atomic_add(n, a)	((void)__atomic_add_fetch(&(a)->counter, n, __ATOMIC_SEQ_CST))
#define atomic_try_cmpxchg(a, old, new) (shim_meanwhile(),				\
	__atomic_compare_exchange_n(&(a)->counter, old, new, false, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_SEQ_CST))
#define atomic_inc_return(a)	__atomic_add_fetch(&(a)->counter, 1, __ATOMIC_SEQ_CST)
#define atomic_dec_return(a)	__atomic_sub_fetch(&(a)->counter, 1, __ATOMIC_SEQ_CST)
#define atomic_read_acquire(a)		atomic_read(a)
#define atomic_dec_return_release(a)	atomic_dec_return(a)
#define atomic_long_read	atomic_read
#define atomic_long_inc		atomic_inc

/* Code that is patched, in the kernel. */
struct static_key_false { atomic_t enabled; };
#define DEFINE_STATIC_KEY_FALSE(name)	struct static_key_false name
#define DECLARE_STATIC_KEY_FALSE(name)	extern struct static_key_false name
#define static_branch_unlikely(key)	(atomic_read(&(key)->enabled) != 0)
#define static_branch_enable(key)	atomic_set(&(key)->enabled, 1)
#define static_branch_disable(key)	atomic_set(&(key)->enabled, 0)
#define static_branch_inc(key)		atomic_inc(&(key)->enabled)
#define static_branch_dec(key)		atomic_dec(&(key)->enabled)

#endif
