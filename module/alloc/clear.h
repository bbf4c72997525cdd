/* SPDX-License-Identifier: GPL-2.0 */
/* Clear tables. */
#ifndef PTC_ALLOC_CLEAR_H
#define PTC_ALLOC_CLEAR_H

void ptc_clear_tables(const unsigned long *pfns, unsigned int nr, unsigned int order);

#endif /* PTC_ALLOC_CLEAR_H */
