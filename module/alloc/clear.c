// SPDX-License-Identifier: GPL-2.0
/* Clear tables that the caller has taken out of their block. */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "alloc/clear.h"

/* Clear tables that only the caller holds. Context: any; does not sleep. */
void ptc_clear_tables(const unsigned long *pfns, unsigned int nr, unsigned int order)
{
	unsigned int i, page;

	for (i = 0; i < nr; i++)
		for (page = 0; page < 1U << order; page++)
			clear_page(page_address(pfn_to_page(pfns[i] + page)));
}
