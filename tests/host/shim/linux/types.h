/* SPDX-License-Identifier: GPL-2.0 */
/* The few words of the kernel's language that module/direct_map/walk.c speaks, in user space. */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t u64;

#endif
