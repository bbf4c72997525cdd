/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this kernel was configured with. Some programs have more, by flags of their own: see
 * build.sh.
 */
#ifndef SHIM_LINUX_KCONFIG_H
#define SHIM_LINUX_KCONFIG_H

#define CONFIG_X86_64		1
#define CONFIG_PREEMPT_COUNT	1
#define CONFIG_X86_PAT		1

/* Whether an option is defined as 1: only then is there a comma, and 1 the second argument. */
#define SHIM_COMMA_1			0,
#define SHIM_SECOND(first, second, ...)	second
#define SHIM_IS_1(comma)		SHIM_SECOND(comma 1, 0)
#define SHIM_IS_SET(value)		SHIM_IS_1(SHIM_COMMA_##value)
#define IS_ENABLED(option)		SHIM_IS_SET(option)

#endif
