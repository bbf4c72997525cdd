/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lending tables to the kernel, which gives none back: the pool's half. The interface is in
 * pt_cache.h.
 */
#ifndef PTC_ALLOC_LEND_H
#define PTC_ALLOC_LEND_H

#include <linux/types.h>

struct ptc_node;

unsigned int ptc_lender_collect(struct ptc_node *node, bool at_once);
void ptc_lender_stock_up(struct ptc_node *node);
void ptc_lender_note_dirt(const struct ptc_node *node, const unsigned long *pfns,
			  unsigned int nr);
bool ptc_lender_has_tables_out(const struct ptc_node *node);

#endif /* PTC_ALLOC_LEND_H */
