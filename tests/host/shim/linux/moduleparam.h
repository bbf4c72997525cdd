/* SPDX-License-Identifier: GPL-2.0 */
/* Modules: their parameters are for the test to find, by the file that has them and their name. */
#ifndef SHIM_LINUX_MODULEPARAM_H
#define SHIM_LINUX_MODULEPARAM_H

#include <linux/types.h>

struct kernel_param;

struct kernel_param_ops {
	unsigned int flags;
	int (*set)(const char *text, const struct kernel_param *param);
	int (*get)(char *buffer, const struct kernel_param *param);
};

struct kernel_param {
	const char *file, *name;
	const struct kernel_param_ops *ops;
	void *arg;
	unsigned int mode;
	struct kernel_param *next;
};

#define KERNEL_PARAM_OPS_FL_NOARG	1

extern const struct kernel_param_ops param_ops_bool;
int param_set_bool(const char *text, const struct kernel_param *param);
int param_get_bool(char *buffer, const struct kernel_param *param);
int param_get_ulong(char *buffer, const struct kernel_param *param);
int sysfs_emit(char *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* No program here writes to a parameter beside another task that does. */
#define kernel_param_lock(module)	((void)(module))
#define kernel_param_unlock(module)	((void)(module))

extern struct kernel_param *shim_params;

#define module_param_cb(param_name, param_ops, param_arg, param_mode)			\
	static __attribute__((constructor)) void shim_register_##param_name(void)	\
	{										\
		static struct kernel_param param;					\
											\
		param = (struct kernel_param){						\
			.file = __FILE__, .name = #param_name, .ops = (param_ops),	\
			.arg = (param_arg), .mode = (param_mode), .next = shim_params,	\
		};									\
		shim_params = &param;							\
	}
#define module_param_named(name, variable, type, mode)	\
	module_param_cb(name, &param_ops_##type, &(variable), mode)

struct shim_module {
	const char *file;
	int (*init)(void);
	struct shim_module *next;
};

extern struct shim_module *shim_modules;
int shim_load(const char *file);	/* the module whose init is in that file */

#define module_init(function)								\
	static __attribute__((constructor)) void shim_register_module(void)		\
	{										\
		static struct shim_module module = { .file = __FILE__, .init = function };	\
											\
		module.next = shim_modules;						\
		shim_modules = &module;							\
	}										\
	extern int shim_nothing
#define module_exit(function)	\
	static void (* const shim_exit)(void) __attribute__((used)) = function
#define __MODULE_PARM_TYPE(name, type)	extern int shim_nothing
#define MODULE_PARM_DESC(name, text)	extern int shim_nothing
#define MODULE_INFO(name, text)		extern int shim_nothing
#define MODULE_DESCRIPTION(text)	extern int shim_nothing
#define MODULE_AUTHOR(text)		extern int shim_nothing
#define MODULE_LICENSE(text)		extern int shim_nothing
#define MODULE_VERSION(text)		extern int shim_nothing
#define EXPORT_SYMBOL_GPL(name)		extern int shim_nothing
#define EXPORT_PER_CPU_SYMBOL_GPL(name)	extern int shim_nothing
#define EXPORT_TRACEPOINT_SYMBOL_GPL(name)	extern int shim_nothing

/* Who uses a module has a reference of it; none is to be had once it goes. */
struct module {
	int refs;		/* atomic */
	bool going;
};

extern struct module shim_this_module;	/* all files are of one, unless the test says */
#define THIS_MODULE		(&shim_this_module)

bool try_module_get(struct module *module);
void __module_get(struct module *module);
void module_put(struct module *module);

#endif
