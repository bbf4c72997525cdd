/* SPDX-License-Identifier: GPL-2.0 */
/* Find tables that are out, by page frame number. */
#ifndef PTC_ALLOC_TABLE_H
#define PTC_ALLOC_TABLE_H

#include "alloc/record.h"

bool ptc_table_next(unsigned long *pfn, struct ptc_record *copy);
struct ptc_record *ptc_record_of(unsigned long pfn);

#endif /* PTC_ALLOC_TABLE_H */
