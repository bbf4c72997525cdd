/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers in what a user writes, read as the kernel's lib/kstrtox.c does. */
#ifndef SHIM_LINUX_KSTRTOX_H
#define SHIM_LINUX_KSTRTOX_H

#include <linux/types.h>

int kstrtoul(const char *text, unsigned int base, unsigned long *result);
int kstrtoint(const char *text, unsigned int base, int *result);
int kstrtobool(const char *text, bool *result);
int kstrtoul_from_user(const char *text, size_t size, unsigned int base, unsigned long *result);
int kstrtoint_from_user(const char *text, size_t size, unsigned int base, int *result);

/* A text of the user's that cannot be read. */
#define SHIM_BAD_ADDRESS	((const char *)1)
unsigned long copy_from_user(void *to, const char *from, size_t size);

#endif
