/* SPDX-License-Identifier: GPL-2.0 */
/* The words that need nothing behind them, and all the others. */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <linux/types.h>

#define U16_MAX			UINT16_MAX
#define U64_MAX		(~0ULL)
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define min(a, b)		({ __typeof__(a) __a = (a); __typeof__(b) __b = (b);	\
				   __a < __b ? __a : __b; })
#define max(a, b)		({ __typeof__(a) __a = (a); __typeof__(b) __b = (b);	\
				   __a > __b ? __a : __b; })
#define min3(a, b, c)		min(min(a, b), c)
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define clamp(x, least, most)	min(max(x, least), most)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define ALIGN_DOWN(x, size)	((x) & ~((__typeof__(x))(size) - 1))
#define round_down(x, size)	ALIGN_DOWN(x, size)
#define ALIGN(x, size)		ALIGN_DOWN((x) + ((size) - 1), size)
#define IS_ALIGNED(x, size)	(((x) & ((__typeof__(x))(size) - 1)) == 0)
#define BIT(n)			(1UL << (n))
#define ilog2(n)		(63U - __builtin_clzl(n))
#define container_of(ptr, type, member)	((type *)((char *)(ptr) - offsetof(type, member)))
#define struct_size(p, member, n)	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))
#define struct_group_tagged(TAG, NAME, ...)	\
	union { struct { __VA_ARGS__ }; struct TAG { __VA_ARGS__ } NAME; }
#define __acquires(lock)
#define __releases(lock)
#define static_assert(condition, ...)	_Static_assert(condition, #condition)

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	unsigned long power = 1;

	while (power < n)
		power <<= 1;
	return power;
}

#define MAX_ERRNO		4095
#define IS_ERR_VALUE(x)		((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)
#define IS_ERR(ptr)		IS_ERR_VALUE(ptr)
#define ERR_PTR(err)		((void *)(long)(err))
#define ERR_CAST(ptr)		((void *)(ptr))
#define PTR_ERR(ptr)		((long)(ptr))

static inline bool IS_ERR_OR_NULL(const void *ptr)
{
	return !ptr || IS_ERR(ptr);
}

static inline int PTR_ERR_OR_ZERO(const void *ptr)
{
	return IS_ERR(ptr) ? PTR_ERR(ptr) : 0;
}

#define scnprintf(to, size, ...)	snprintf(to, size, __VA_ARGS__)	/* which has room */
char *strim(char *text);
char *skip_spaces(const char *text);
#define strscpy(to, from, size)	((void)snprintf(to, size, "%s", from))

static inline bool strstarts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static inline const void *memchr_inv(const void *start, int c, size_t size)
{
	const unsigned char *at = start;

	for (; size; at++, size--)
		if (*at != (unsigned char)c)
			return at;
	return NULL;
}

/* What the kernel would log: counted, so that a test can say that there was none, or one. */
extern unsigned int shim_warnings;
extern __thread char shim_logged[512];	/* the last message, without what does not fit */
void shim_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
void shim_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define pr_warn(...)			shim_log(__VA_ARGS__)
#define pr_err(...)			shim_log(__VA_ARGS__)
#define pr_warn_once(...)		shim_log(__VA_ARGS__)
#define pr_err_once(...)		shim_log(__VA_ARGS__)
#define pr_warn_ratelimited(...)	shim_log(__VA_ARGS__)

#define WARN_ONCE(condition, ...) ({		\
	bool __bad = !!(condition);		\
	if (__bad)				\
		shim_warn(__VA_ARGS__);		\
	__bad;					\
})
#define WARN_ON_ONCE(condition)	WARN_ONCE(condition, "%s:%d\n", __FILE__, __LINE__)

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <linux/cgroup.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/livepatch.h>
#include <linux/moduleparam.h>
#include <linux/tracepoint.h>
#include <linux/utsname.h>
#include <asm/cpufeature.h>

#endif
