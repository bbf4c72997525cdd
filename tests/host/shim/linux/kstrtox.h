/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers in what a user writes, read as the kernel's lib/kstrtox.c does. */
#ifndef SHIM_LINUX_KSTRTOX_H
#define SHIM_LINUX_KSTRTOX_H

#include <linux/types.h>

int kstrtoul(const char *text, unsigned int base, unsigned long *result);
int kstrtou64(const char *text, unsigned int base, u64 *result);
int kstrtoint(const char *text, unsigned int base, int *result);
int kstrtobool(const char *text, bool *result);

/* Memory of the user's that can neither be read nor written. */
#define SHIM_BAD_ADDRESS	((char *)1)
unsigned long copy_from_user(void *to, const char *from, size_t size);

#endif
