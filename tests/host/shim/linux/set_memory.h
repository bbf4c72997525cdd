/* SPDX-License-Identifier: GPL-2.0 */
/* Changing the direct map: the test does it. */
#ifndef SHIM_LINUX_SET_MEMORY_H
#define SHIM_LINUX_SET_MEMORY_H

int set_memory_uc(unsigned long addr, int pages);
int set_memory_wb(unsigned long addr, int pages);

#endif
