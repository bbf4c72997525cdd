/* SPDX-License-Identifier: GPL-2.0 */
/* Gives single pages back to the page allocator. */
#ifndef PTC_ALLOC_LEAVE_H
#define PTC_ALLOC_LEAVE_H

unsigned int ptc_leave(unsigned long *pfns, unsigned int nr);

#endif /* PTC_ALLOC_LEAVE_H */
