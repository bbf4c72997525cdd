/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's words, in user space, as far as the files of module/ that are tested here speak
 * them. A header of the kernel's that is not in this folder is an alias of kernel.h, which includes
 * all that are: see build.sh.
 */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/kconfig.h>

#define ERESTARTNOHAND	514	/* no user sees it */

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;	/* as printf() formats of the kernel have it */
#define loff_t	long long	/* likewise */
typedef unsigned short umode_t;
typedef unsigned int gfp_t;
typedef u64 phys_addr_t;

typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

/* What only the kernel's own tools read. */
#define __force
#define __init
#define __exit
#define __percpu
#define __rcu
#define __user
#define ____cacheline_aligned_in_smp

#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define fallthrough		__attribute__((__fallthrough__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#ifndef shim_did			/* a program may count what is done: see build.sh */
#define shim_did(what, n)	((void)0)
#endif
#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r" (var) : "0" (var))

#endif
