/* SPDX-License-Identifier: GPL-2.0 */
/* on_memory_error: what is done where the kernel reports a memory error in a PTE table. */
#ifndef PTC_USER_BAD_MEMORY_H
#define PTC_USER_BAD_MEMORY_H

void ptc_bad_memory_init(void);
void ptc_bad_memory_exit(void);

#endif /* PTC_USER_BAD_MEMORY_H */
