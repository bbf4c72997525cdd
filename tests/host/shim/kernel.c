// SPDX-License-Identifier: GPL-2.0
/* What the kernel says, how it reads numbers, and the parameters of modules. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/kernel.h>

/* ---- accesses that ThreadSanitizer is not to see ---- */

noinline __attribute__((no_sanitize("thread")))
unsigned long shim_read_once(const volatile void *from, size_t size)
{
	switch (size) {
	case 1:
		return *(const volatile u8 *)from;
	case 2:
		return *(const volatile u16 *)from;
	case 4:
		return *(const volatile u32 *)from;
	case 8:
		return *(const volatile unsigned long *)from;
	}
	abort();
}

unsigned long shim_read_acquire(const volatile void *from, size_t size)
{
	switch (size) {
	case 1:
		return __atomic_load_n((const volatile u8 *)from, __ATOMIC_ACQUIRE);
	case 2:
		return __atomic_load_n((const volatile u16 *)from, __ATOMIC_ACQUIRE);
	case 4:
		return __atomic_load_n((const volatile u32 *)from, __ATOMIC_ACQUIRE);
	case 8:
		return __atomic_load_n((const volatile unsigned long *)from, __ATOMIC_ACQUIRE);
	}
	abort();
}

/* ---- what happens meanwhile ---- */

__thread void (*meanwhile)(void);

#ifdef SHIM_MEANWHILE
void shim_meanwhile(void)
{
	void (*happens)(void) = meanwhile;

	if (!happens)
		return;
	meanwhile = NULL;
	happens();
	meanwhile = happens;
}
#endif

/* ---- messages ---- */

bool shim_traced = true;

unsigned int shim_warnings;
__thread char shim_logged[512];
struct shim_utsname shim_utsname;

/* SHIM_LOG=1: show them, for whoever looks for a mistake. */
static void say(const char *format, va_list args)
{
	if (getenv("SHIM_LOG"))
		vfprintf(stderr, format, args);
}

void shim_log(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(shim_logged, sizeof(shim_logged), format, args);
	va_end(args);
	va_start(args, format);
	say(format, args);
	va_end(args);
}

void shim_warn(const char *format, ...)
{
	va_list args;

	__atomic_add_fetch(&shim_warnings, 1, __ATOMIC_SEQ_CST);
	va_start(args, format);
	say(format, args);
	va_end(args);
}

__attribute__((weak)) bool signal_pending(struct task_struct *task)
{
	return false;
}

__attribute__((weak)) bool fatal_signal_pending(struct task_struct *task)
{
	return false;
}

/* ---- modules ---- */

struct module shim_this_module;

void __module_get(struct module *module)
{
	__atomic_add_fetch(&module->refs, 1, __ATOMIC_SEQ_CST);
}

bool try_module_get(struct module *module)
{
	if (module->going)
		return false;
	__module_get(module);
	return true;
}

void module_put(struct module *module)
{
	if (__atomic_sub_fetch(&module->refs, 1, __ATOMIC_SEQ_CST) < 0)
		abort();
}

/* ---- numbers ---- */

static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10U : UINT_MAX;
}

static int parse_digits(const char *text, unsigned int base, unsigned long *result)
{
	bool hex = text[0] == '0' && (text[1] | 0x20) == 'x', too_large = false;
	const char *start;
	unsigned long n = 0;

	if (!base)
		base = text[0] != '0' ? 10 : hex && digit(text[2]) < 16 ? 16 : 8;
	if (base == 16 && hex)
		text += 2;
	for (start = text; digit(*text) < base; text++) {
		too_large |= __builtin_mul_overflow(n, base, &n);
		too_large |= __builtin_add_overflow(n, digit(*text), &n);
	}
	if (too_large)
		return -ERANGE;
	if (text == start)
		return -EINVAL;
	text += *text == '\n';
	if (*text)
		return -EINVAL;
	*result = n;
	return 0;
}

int kstrtoul(const char *text, unsigned int base, unsigned long *result)
{
	return parse_digits(text + (text[0] == '+'), base, result);
}

int kstrtou64(const char *text, unsigned int base, u64 *result)
{
	unsigned long n;
	int err = kstrtoul(text, base, &n);

	if (!err)
		*result = n;
	return err;
}

int kstrtoint(const char *text, unsigned int base, int *result)
{
	bool negative = text[0] == '-';
	unsigned long n;
	int err = negative ? parse_digits(text + 1, base, &n) : kstrtoul(text, base, &n);

	if (err)
		return err;
	if (n > INT_MAX + (negative ? 1UL : 0))
		return -ERANGE;
	*result = negative ? -(long)n : (long)n;
	return 0;
}

int kstrtobool(const char *text, bool *result)
{
	if (!text[0] || !strchr("yYtT1nNfF0oO", text[0]))
		return -EINVAL;
	if (text[0] != 'o' && text[0] != 'O')
		*result = strchr("yYtT1", text[0]) != NULL;
	else if (text[1] && strchr("nNfF", text[1]))
		*result = strchr("nN", text[1]) != NULL;
	else
		return -EINVAL;
	return 0;
}

unsigned long copy_from_user(void *to, const char *from, size_t size)
{
	might_sleep();
	if (from == SHIM_BAD_ADDRESS)
		return size;
	memcpy(to, from, size);
	return 0;
}

/* ---- parameters ---- */

struct kernel_param *shim_params;
struct shim_module *shim_modules;

int shim_load(const char *file)
{
	const struct shim_module *module;

	for (module = shim_modules; module; module = module->next)
		if (!strcmp(module->file, file))
			return module->init();
	abort();
}

int param_set_bool(const char *text, const struct kernel_param *param)
{
	return kstrtobool(text ?: "1", param->arg);
}

int param_get_bool(char *buffer, const struct kernel_param *param)
{
	return sprintf(buffer, "%c\n", *(bool *)param->arg ? 'Y' : 'N');
}

int param_get_ulong(char *buffer, const struct kernel_param *param)
{
	return sprintf(buffer, "%lu\n", *(unsigned long *)param->arg);
}

const struct kernel_param_ops param_ops_bool = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = param_set_bool,
	.get = param_get_bool,
};

int sysfs_emit(char *buffer, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsprintf(buffer, format, args);
	va_end(args);
	return length;
}
